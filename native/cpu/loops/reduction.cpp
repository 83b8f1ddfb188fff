// Sums in a fixed order: lanes within a chunk, then the chunks one after the other. Bound by
// memory.
#include "row_tiles.h"
#include "storage.h"
#include "sums.h"

namespace figment::FIGMENT_ISA {

// result = finish(the sum of term(x_i)), accumulated in double.
template <class Term, class Finish>
static int reduce(figment_context* ctx, float* result, const float* x, int64_t n, Term term,
                  Finish finish) {
  double* partial = static_cast<double*>(scratch(ctx, sizeof(double) * (divide_up(n, kChunk) + 1)));
  if (partial == nullptr) return 1;
  const double total =
      sum_of_chunks(ctx, partial, n, [=](int64_t i) FIGMENT_INLINE { return term(x[i]); });
  *result = static_cast<float>(finish(total));
  return 0;
}

// Types, not functions: a pointer to a function would be called for every element.
struct Same {
  FIGMENT_INLINE double operator()(double value) const { return value; }
};
struct Square {
  FIGMENT_INLINE double operator()(double value) const { return value * value; }
};
struct Root {
  FIGMENT_INLINE double operator()(double value) const { return __builtin_sqrt(value); }
};

int sum(figment_context* ctx, float* result, const float* x, int64_t n) {
  return reduce(ctx, result, x, n, Same{}, Same{});
}

int sum_of_squares(figment_context* ctx, float* result, const float* x, int64_t n) {
  return reduce(ctx, result, x, n, Square{}, Same{});
}

// gradients *= min(1, max_norm / norm).
int clip_by_norm(figment_context* ctx, float* gradients, float* norm, double max_norm, int64_t n) {
  if (reduce(ctx, norm, gradients, n, Square{}, Root{}) != 0) return 1;
  const float factor = clip_factor(*norm, max_norm);
  return factor == 1.0f ? 0 : scale(ctx, gradients, gradients, factor, n);
}

int row_sum_of_squares(figment_context* ctx, float* result, const float* x, int32_t rows,
                       int64_t columns) {
  parallel_for(ctx, rows, [=](int64_t row) {
    result[row] =
        static_cast<float>(sum_over(row * columns, (row + 1) * columns,
                                    [=](int64_t i) FIGMENT_INLINE { return Square{}(x[i]); }));
  });
  return 0;
}

int column_sum(figment_context* ctx, float* result, const void* x, int32_t accumulate,
               int32_t bfloat16, int64_t rows, int32_t channels) {
  const RowTiles tiles(rows, channels);
  double* partial =
      static_cast<double*>(scratch(ctx, sizeof(double) * (tiles.chunks * channels + channels)));
  if (partial == nullptr) return 1;
  with_storage(bfloat16, x, [=](auto* x) {
    parallel_for(ctx, tiles.count(), [=](int64_t i) {
      const Tile t = tiles.tile(i);
      alignas(64) float sums[kMaxWidth];
      for (int64_t j = 0; j < t.width; ++j) sums[j] = 0.0f;
      tiles.for_lines(t, [&](int64_t offset, int64_t width) FIGMENT_INLINE {
#pragma omp simd
        for (int64_t j = 0; j < width; ++j) sums[j] += load(x + offset + j);
      });
      tiles.fold_columns(t, sums, partial + t.chunk * channels + t.channel);
    });
  });
  double* total = partial + tiles.chunks * channels;
  for (int64_t c = 0; c < channels; ++c) total[c] = 0;
  for (int64_t chunk = 0; chunk < tiles.chunks; ++chunk) {
    for (int64_t c = 0; c < channels; ++c) total[c] += partial[chunk * channels + c];
  }
  for (int64_t c = 0; c < channels; ++c) {
    const float value = static_cast<float>(total[c]);
    result[c] = accumulate != 0 ? result[c] + value : value;
  }
  return 0;
}

}  // namespace figment::FIGMENT_ISA

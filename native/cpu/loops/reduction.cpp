// Sums in a fixed order: lanes within a chunk, then the chunks one after the other. Bound by
// memory.
#include "row_tiles.h"

namespace figment::FIGMENT_ISA {

constexpr int kSumLanes = 16;

// result = the sum of term(x_i), accumulated in double.
template <class Term>
static int reduce(figment_context* ctx, float* result, const float* x, int64_t n, Term term) {
  const int64_t chunks = divide_up(n, kChunk);
  double* partial = static_cast<double*>(scratch(ctx, sizeof(double) * (chunks + 1)));
  if (partial == nullptr) return 1;
  parallel_for(ctx, chunks, [=](int64_t chunk) {
    const int64_t begin = chunk * kChunk;
    const int64_t end = smaller(n, begin + kChunk);
    double lane[kSumLanes] = {};
    int64_t i = begin;
    for (; i + kSumLanes <= end; i += kSumLanes) {
      for (int j = 0; j < kSumLanes; ++j) lane[j] += term(x[i + j]);
    }
    for (int j = 0; i < end; ++i, ++j) lane[j] += term(x[i]);
    for (int width = kSumLanes / 2; width > 0; width /= 2) {
      for (int j = 0; j < width; ++j) lane[j] += lane[j + width];
    }
    partial[chunk] = lane[0];
  });
  double total = 0;
  for (int64_t i = 0; i < chunks; ++i) total += partial[i];
  *result = static_cast<float>(total);
  return 0;
}

int sum(figment_context* ctx, float* result, const float* x, int64_t n) {
  return reduce(ctx, result, x, n, [](double value) { return value; });
}

int sum_of_squares(figment_context* ctx, float* result, const float* x, int64_t n) {
  return reduce(ctx, result, x, n, [](double value) { return value * value; });
}

int column_sum(figment_context* ctx, float* result, const float* x, int32_t accumulate,
               int64_t rows, int32_t channels) {
  const RowTiles tiles(rows, channels);
  double* partial =
      static_cast<double*>(scratch(ctx, sizeof(double) * (tiles.chunks * channels + channels)));
  if (partial == nullptr) return 1;
  parallel_for(ctx, tiles.count(), [=](int64_t i) {
    const Tile t = tiles.tile(i);
    alignas(64) float sums[kMaxWidth];
    for (int64_t j = 0; j < t.width; ++j) sums[j] = 0.0f;
    tiles.for_lines(t, [&](int64_t offset, int64_t width) FIGMENT_INLINE {
#pragma omp simd
      for (int64_t j = 0; j < width; ++j) sums[j] += x[offset + j];
    });
    tiles.fold_columns(t, sums, partial + t.chunk * channels + t.channel);
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

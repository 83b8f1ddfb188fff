// The gradient of a dense layer's weights over many rows: dw [out][in] = dy^T x for dy [batch][out]
// and x [batch][in], and the sums of dy's columns on the way. A thread has some rows of dw and goes
// through the batch in blocks, of which both factors and its sums stay in cache. Bound by the
// product's multiply-adds.
#include "many_rows.h"
#include "product_tiles.h"

namespace figment::FIGMENT_ISA {
namespace {

constexpr int64_t kRows = 128;   // of a block
constexpr int64_t kTurned = 16;  // rows that are turned together: their lines stay in cache

// kCount numbers of which `count` are there, zeros for the others. One copy where all are.
template <int kCount>
inline void copy_some(float* to, const float* from, int64_t count) {
  if (count >= kCount) {
    __builtin_memcpy(to, from, kCount * sizeof(float));
  } else {
    for (int64_t i = 0; i < kCount; ++i) to[i] = i < count ? from[i] : 0.0f;
  }
}

// x in blocks of kRows rows, each in panels of kWidth columns; zeros past the last column.
void pack_blocks(figment_context* ctx, float* packed, const float* x, int64_t batch, int64_t in) {
  const int64_t columns = round_up(in, kWidth);
  parallel_for(ctx, divide_up(batch, kRows), [=](int64_t block) {
    const int64_t first = block * kRows, last = smaller(batch, first + kRows);
    for (int64_t j = 0; j < columns; j += kWidth) {
      float* to = packed + first * columns + j * kRows;
      for (int64_t row = first; row < last; ++row, to += kWidth) {
        copy_some<kWidth>(to, x + row * in + j, in - j);
      }
    }
  });
}

}  // namespace

int tall_product(figment_context* ctx, float* dw, float* dbias, const float* dy, const float* x,
                 int32_t accumulate, int32_t batch, int32_t in, int32_t out) {
  const int64_t columns = round_up(in, kWidth), tiles = divide_up(out, kHeight);
  const int64_t blocks = divide_up(batch, kRows), units = tiles * kHeight;
  const int64_t packed_size = blocks * kRows * columns;
  // The panels first, at a line of cache. Of all units: sums [units][columns], turned
  // [kRows][units], the bias' [units] of all blocks, in double, and of one.
  const int64_t floats = packed_size + units * (columns + kRows + 1 + 2);
  float* packed = static_cast<float*>(scratch(ctx, sizeof(float) * static_cast<size_t>(floats)));
  if (packed == nullptr) return 1;
  float* all_sums = packed + packed_size;
  float* all_turned = all_sums + units * columns;
  double* totals = reinterpret_cast<double*>(all_turned + units * kRows);
  float* all_bias = reinterpret_cast<float*>(totals + units);
  pack_blocks(ctx, packed, x, batch, in);
  const int64_t threads = ctx->threads;
  parallel_for(ctx, threads, [=](int64_t thread) {
    const int64_t first_tile = tiles * thread / threads, end = tiles * (thread + 1) / threads;
    const int64_t first = first_tile * kHeight, last = smaller(out, end * kHeight);
    for (int64_t u = first; u < last; ++u) totals[u] = 0;
    for (int64_t block = 0; block < blocks; ++block) {
      const int64_t row = block * kRows, end_row = smaller(batch, row + kRows);
      for (int64_t r = row; r < end_row; r += kTurned) {
        for (int64_t tile = first_tile; tile < end; ++tile) {
          const int64_t unit = tile * kHeight;
          float* to = all_turned + unit * kRows + (r - row) * kHeight;
          for (int64_t i = r; i < smaller(end_row, r + kTurned); ++i, to += kHeight) {
            __builtin_prefetch(dy + (i + kTurned) * out + unit);  // past the end it does nothing
            copy_some<kHeight>(to, dy + i * out + unit, out - unit);
          }
        }
      }
      for (int64_t j = 0; j < columns; j += kWidth) {
        const float* panel = packed + row * columns + j * kRows;
        for (int64_t tile = first_tile; tile < end; ++tile) {
          const int64_t unit = tile * kHeight;
          tile_product<Order::kTransposed>(all_sums + unit * columns + j, columns,
                                           all_turned + unit * kRows, kHeight, panel, end_row - row,
                                           block > 0);
        }
      }
      if (dbias == nullptr) continue;
      for (int64_t u = first; u < last; ++u) all_bias[u] = 0.0f;
      for (int64_t r = row; r < end_row; ++r) {
        const float* from = dy + r * out;
#pragma omp simd
        for (int64_t u = first; u < last; ++u) all_bias[u] += from[u];
      }
      for (int64_t u = first; u < last; ++u) totals[u] += static_cast<double>(all_bias[u]);
    }
    for (int64_t u = first; u < last; ++u) {
      float* to = dw + u * in;
      const float* from = all_sums + u * columns;
      for (int64_t i = 0; i < in; ++i) to[i] = accumulate != 0 ? to[i] + from[i] : from[i];
      if (dbias == nullptr) continue;
      const float sum = static_cast<float>(totals[u]);
      dbias[u] = accumulate != 0 ? dbias[u] + sum : sum;
    }
  });
  return 0;
}

}  // namespace figment::FIGMENT_ISA

// Work on the rows of x [rows][columns], a sample each: sums of squares, and rows scaled or mixed
// by a number of their own. Bound by memory: 4 bytes an element to sum, 8 to scale, 12 to mix.
#include "common.cuh"

using namespace figment;

constexpr int kRowChains = 4;  // independent additions in flight

// result [rows] = sum of squares of each row, in float32 by thread and float64 above. Blocks: rows.
FIGMENT_KERNEL row_sum_of_squares(float* result, const Real* x, int64 columns) {
  __shared__ double shared[kThreads];
  const Real* row = x + blockIdx.x * columns;
  double sum = 0;
  for (int64 begin = threadIdx.x; begin < columns; begin += kRowChains * kThreads) {
    float square[kRowChains];
    FIGMENT_UNROLL
    for (int k = 0; k < kRowChains; ++k) {
      const int64 i = begin + k * kThreads;
      const float value = i < columns ? load(row + i) : 0.0f;
      square[k] = value * value;
    }
    sum += (square[0] + square[1]) + (square[2] + square[3]);
  }
  sum = block_sum(sum, shared);
  if (threadIdx.x == 0) result[blockIdx.x] = static_cast<float>(sum);
}

// A block's row, and which of the row's blocks it is. Blocks: rows * ceil(columns /
// kBlockElements).
struct RowBlock {
  int64 row, block;

  __device__ explicit RowBlock(int64 columns) {
    const int64 blocks = (columns + kBlockElements - 1) / kBlockElements;
    row = blockIdx.x / blocks;
    block = blockIdx.x % blocks;
  }
};

FIGMENT_KERNEL scale_rows(Real* y, const Real* x, const float* factor, int64 columns) {
  const RowBlock b(columns);
  const int64 at = b.row * columns;
  const float by = factor[b.row];
  map_block(
      b.block, y + at, columns, [=](float value) { return by * value; }, x + at);
}

// y = a + weight (b - a).
FIGMENT_KERNEL lerp_rows(Real* y, const Real* a, const Real* b, const float* weight,
                         int64 columns) {
  const RowBlock block(columns);
  const int64 at = block.row * columns;
  const float t = weight[block.row];
  map_block(
      block.block, y + at, columns, [=](float from, float to) { return lerp(from, to, t); }, a + at,
      b + at);
}

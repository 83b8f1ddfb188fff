// Columns of one tensor to columns of another, which concatenates and splits along the last axis:
// y[row][y_from + c] (+)= x[row][x_from + c]. Bound by memory: 8 bytes an element, 12 to add.
#include "rows.cuh"

using namespace figment;

// y and x stand at the first column that takes part.
template <int kWidth>
FIGMENT_MEMBER void copy_packs(float* y, const float* x, int columns, int accumulate, int64 rows,
                               int y_columns, int x_columns) {
  // One division of 64 bits a block; within the block 32 bits do.
  const unsigned row_packs = static_cast<unsigned>(columns) / kWidth;
  const int64 start = static_cast<int64>(blockIdx.x) * kBlockVectors;
  const int64 row0 = start / row_packs;
  const unsigned place0 = static_cast<unsigned>(start - row0 * row_packs) + threadIdx.x;
  Pack<kWidth> packs[kVectors];
  FIGMENT_UNROLL
  for (int i = 0; i < kVectors; ++i) {
    const unsigned place = place0 + i * kThreads;
    const int64 row = row0 + place / row_packs;
    if (row < rows) {
      packs[i] = load_pack<kWidth>(x + row * x_columns + place % row_packs * kWidth);
    }
  }
  FIGMENT_UNROLL
  for (int i = 0; i < kVectors; ++i) {
    const unsigned place = place0 + i * kThreads;
    const int64 row = row0 + place / row_packs;
    if (row >= rows) break;
    float* to = y + row * y_columns + place % row_packs * kWidth;
    if (accumulate != 0) {
      const Pack<kWidth> before = load_pack<kWidth>(to);
      FIGMENT_UNROLL
      for (int k = 0; k < kWidth; ++k) packs[i].v[k] += before.v[k];
    }
    store_pack<kWidth>(to, packs[i]);
  }
}

// In vectors where they divide all sizes. Blocks: ceil(packs of the columns / kBlockVectors).
FIGMENT_KERNEL copy_columns(float* y, int y_from, const float* x, int x_from, int columns,
                            int accumulate, int64 rows, int y_columns, int x_columns) {
  if ((columns | y_from | x_from | y_columns | x_columns) % kLane4 == 0) {
    copy_packs<kLane4>(y + y_from, x + x_from, columns, accumulate, rows, y_columns, x_columns);
  } else {
    copy_packs<1>(y + y_from, x + x_from, columns, accumulate, rows, y_columns, x_columns);
  }
}

// Layout changes of images: y [N][HW][C] = x [N][C][HW] and back, as transposes of a matrix a
// sample. Bound by memory: 8 bytes an element. A 32 x 32 tile goes through shared memory, a column
// of padding keeping its transposed reads free of bank conflicts.
#include "common.cuh"

using namespace figment;

constexpr int kTile = 32;
constexpr int kTileRows = kThreads / kTile;

// y [columns][rows] = x [rows][columns], for sample blockIdx.y of the batch. Blocks a sample:
// ceil(rows / 32) * ceil(columns / 32), column tiles first.
FIGMENT_KERNEL transpose(float* y, const float* x, int rows, int columns) {
  __shared__ float tile[kTile][kTile + 1];
  const int column_tiles = (columns + kTile - 1) / kTile;
  const int row0 = static_cast<int>(blockIdx.x) / column_tiles * kTile;
  const int column0 = static_cast<int>(blockIdx.x) % column_tiles * kTile;
  const int lane = static_cast<int>(threadIdx.x) % kTile;
  const int line = static_cast<int>(threadIdx.x) / kTile;
  const int64 sample = static_cast<int64>(blockIdx.y) * rows * columns;
  FIGMENT_UNROLL
  for (int k = 0; k < kTile; k += kTileRows) {
    const int row = row0 + line + k;
    const int column = column0 + lane;
    if (row < rows && column < columns) {
      tile[line + k][lane] = x[sample + static_cast<int64>(row) * columns + column];
    }
  }
  sync_block();
  FIGMENT_UNROLL
  for (int k = 0; k < kTile; k += kTileRows) {
    const int column = column0 + line + k;
    const int row = row0 + lane;
    if (row < rows && column < columns) {
      y[sample + static_cast<int64>(column) * rows + row] = tile[lane][line + k];
    }
  }
}

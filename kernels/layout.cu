// Layout changes of images: y [N][HW][C] = x [N][C][HW] and back, each a transpose of one matrix a
// sample. Bound by memory: 8 bytes an element. A 32 x 32 tile goes through shared memory, so that
// reads and writes both run along rows; a column of padding keeps its transposed reads free of bank
// conflicts.
#include "common.cuh"

using namespace figment;

constexpr int kTile = 32;
constexpr int kTileLines = kThreads / kTile;  // rows of a tile that a block moves at a time

// y [batch][columns][rows] = x [batch][rows][columns]. Blocks: batch * ceil(rows / 32) *
// ceil(columns / 32), column tiles first.
FIGMENT_KERNEL transpose(Real* y, const Real* x, int rows, int columns) {
  __shared__ float tile[kTile][kTile + 1];
  const unsigned column_tiles = tiles_of(columns, kTile);
  const unsigned tiles = tiles_of(rows, kTile) * column_tiles;
  const unsigned place = blockIdx.x % tiles;
  const int row0 = static_cast<int>(place / column_tiles) * kTile;
  const int column0 = static_cast<int>(place % column_tiles) * kTile;
  const int64 sample = static_cast<int64>(blockIdx.x / tiles) * rows * columns;
  const int lane = static_cast<int>(threadIdx.x) % kTile;
  const int line = static_cast<int>(threadIdx.x) / kTile;
  FIGMENT_UNROLL
  for (int k = line; k < kTile; k += kTileLines) {
    if (row0 + k < rows && column0 + lane < columns) {
      tile[k][lane] = load(x + sample + static_cast<int64>(row0 + k) * columns + column0 + lane);
    }
  }
  sync_block();
  FIGMENT_UNROLL
  for (int k = line; k < kTile; k += kTileLines) {
    if (row0 + lane < rows && column0 + k < columns) {
      store(y + sample + static_cast<int64>(column0 + k) * rows + row0 + lane, tile[lane][k]);
    }
  }
}

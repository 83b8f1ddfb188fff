// Transposed convolution, y = ending(x transposed-conv w + bias), and the gradient of a convolution
// to its input, which is the same without bias. x is the small image, y
// the large one.
//
// With h = stride p - pad + r, a row h of y sees only the taps r = f, f + stride, ... of its phase
// f = (h + pad) mod stride, from the rows p = (h + pad - r) / stride of x. So each pair of phases
// (of rows and of columns) is a dense GEMM of M = batch x its pixels, N = C channels and depth =
// its taps x K: implicit_gemm.cuh. No zero between the pixels of x is ever multiplied. One launch
// has the blocks of all phases, those with the most taps first, so that the short ones fill the
// end.
#include "gemm_epilogues.cuh"
#include "loaders.cuh"

using namespace figment;

namespace {

// One phase along one axis.
struct Phase {
  int taps;      // r = index + stride t for t < taps; none where the stride exceeds the kernel
  int index;     // the first tap
  int first;     // the first of y's rows
  int count;     // how many there are: first, first + stride, ...
  int first_of;  // the row of x that the first tap brings to the first of y's rows

  __device__ Phase(int index, int stride, int pad, int kernel, int size)
      : taps((kernel - index + stride - 1) / stride),
        index(index),
        first((index - pad) % stride),
        first_of(0) {
    if (first < 0) first += stride;
    count = first < size ? (size - first + stride - 1) / stride : 0;
    first_of = (first + pad - index) / stride;
  }
};

// Phases with a tap more than the others: the first ones.
__device__ inline int heavy_phases(int kernel, int stride) {
  const int rest = kernel % stride;
  return rest == 0 ? stride : rest;
}

// Phase number `order` of a launch, the heavy first: (heavy, heavy), (heavy, light), (light,
// heavy), (light, light) along (rows, columns).
struct PhasePair {
  int row, column;

  __device__ PhasePair(int order, const GemmProblem& p) {
    const int heavy_rows = heavy_phases(p.kernel_height, p.stride_height);
    const int heavy_columns = heavy_phases(p.kernel_width, p.stride_width);
    const int light_columns = p.stride_width - heavy_columns;
    const bool light_row = order >= heavy_rows * p.stride_width;
    const int rows = light_row ? p.stride_height - heavy_rows : heavy_rows;
    if (light_row) order -= heavy_rows * p.stride_width;
    const bool light_column = order >= rows * heavy_columns;
    if (light_column) order -= rows * heavy_columns;
    const int columns = light_column ? light_columns : heavy_columns;
    row = order / columns + (light_row ? heavy_rows : 0);
    column = order % columns + (light_column ? heavy_columns : 0);
  }
};

// Where the pixels of a phase pair lie in y.
struct PhasePixels {
  int first_column, first_row;  // of the GEMM: the block's
  int rows;                     // of the GEMM: all images' pixels of the phases
  int first_high, count_high, first_wide, count_wide;

  __device__ int offset(int row, const GemmProblem& p) const {
    const int line = row / count_wide;
    const int image = line / count_high;
    const int to_row = first_high + line % count_high * p.stride_height;
    const int to_column = first_wide + row % count_wide * p.stride_width;
    return ((image * p.height + to_row) * p.width + to_column) * p.channels;
  }
};

// y [batch][H][W][C], statistics of it [phases x row_tiles][3][C] or null, x [batch][P][Q][K], w
// [K][R][S][C], bias [C] or null; partial and ticket as join_parts takes them. Grid: BlockTile's.
template <class T, bool Vector>
__device__ inline FIGMENT_INLINE void conv_transpose_tile(float* y, float* statistics,
                                                          const float* x, const float* w,
                                                          const float* bias, float* partial,
                                                          unsigned* ticket, const Ending& ending,
                                                          const GemmProblem& p) {
  __shared__ SharedTiles<T> shared;
  __shared__ PhasePixels pixels;  // for the epilogue: the main loop needs the registers
  const BlockTile tile(p);
  const PhasePair phases(tile.row / p.row_tiles, p);
  const Phase high(phases.row, p.stride_height, p.pad_top, p.kernel_height, p.height);
  const Phase wide(phases.column, p.stride_width, p.pad_left, p.kernel_width, p.width);
  const int first_row = tile.row % p.row_tiles * T::kRows;
  const int rows = p.batch * high.count * wide.count;
  const int first_column = tile.column * T::kColumns;
  if (threadIdx.x == 0)
    pixels = {first_column, first_row, rows, high.first, high.count, wide.first, wide.count};
  sync_block();

  // Phases differ by a row or column of pixels: where that makes a tile, the block has no depth.
  const int depth = first_row < rows ? high.taps * wide.taps * p.small_channels : 0;
  const Part part(p, depth, T::kDepth);
  // No step is made where there is no tap.
  const Odometer odometer(wide.taps > 0 ? wide.taps : 1, p.small_channels, T::kDepth, p.step_low);

  using A = Patches<T, Vector, -1>;
  __shared__ typename A::Table origins;
  A a(origins, x, p.small_height, p.small_width, p.small_channels, high.taps, odometer, first_row,
      part.first, [&](int row) -> Origin {
        if (row >= rows) return {-1, 0, 0};  // of a phase without columns there is no line
        const int line = row / wide.count;
        return {line / high.count, high.first_of + line % high.count,
                wide.first_of + row % wide.count};
      });
  WeightTaps<T, Vector> b(w + (high.index * p.kernel_width + wide.index) * p.channels, p, high.taps,
                          odometer, first_column, part.first);
  Sums<T> sums;
  multiply<T>(sums, shared, a, b, part.steps, [](const auto&) {});
  if (!join_parts(sums, p, partial, ticket)) return;
  if (statistics != nullptr) {
    write_statistics<T>(statistics, sums, shared, bias, row_tile_again(p),
                        pixels.rows - pixels.first_row, pixels.first_column, p.channels);
  }
  store_finished<T>(y, sums, shared, p, ending, bias, pixels.first_column, p.channels,
                    [&](int row_in_tile) {
                      const int row = pixels.first_row + row_in_tile;
                      return row < pixels.rows ? pixels.offset(row, p) : -1;
                    });
}

}  // namespace

#define FIGMENT_CONV_TRANSPOSE(tile)                                                              \
  FIGMENT_GEMM_KERNEL(Tile##tile, true)                                                           \
  conv_transpose_##tile##_vector(float* y, float* statistics, const float* x, const float* w,     \
                                 const float* bias, float* partial, unsigned* ticket,             \
                                 const Ending ending, const GemmProblem p) {                      \
    conv_transpose_tile<Tile##tile, true>(y, statistics, x, w, bias, partial, ticket, ending, p); \
  }                                                                                               \
  FIGMENT_GEMM_KERNEL(Tile##tile, false)                                                          \
  conv_transpose_##tile##_scalar(float* y, float* statistics, const float* x, const float* w,     \
                                 const float* bias, float* partial, unsigned* ticket,             \
                                 const Ending ending, const GemmProblem p) {                      \
    conv_transpose_tile<Tile##tile::OfNumbers, false>(y, statistics, x, w, bias, partial, ticket, \
                                                      ending, p);                                 \
  }

FIGMENT_CONV_TRANSPOSE(128x128)
FIGMENT_CONV_TRANSPOSE(64x64)
FIGMENT_CONV_TRANSPOSE(128x32)
FIGMENT_CONV_TRANSPOSE(32x128)

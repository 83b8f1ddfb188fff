// Convolution, y = ending(x conv w + bias), and the gradient of a transposed convolution to its
// input, which is the same without bias. A GEMM of M = batch x P x Q pixels, N = K
// channels and depth R x S x C: implicit_gemm.cuh. A dense layer is the convolution of a 1 x 1
// image.
#include "gemm_epilogues.cuh"
#include "loaders.cuh"

using namespace figment;

namespace {

// y [batch][P][Q][K], statistics of it [row_tiles][3][K] or null, x [batch][H][W][C], w
// [K][R][S][C], bias [K] or null; partial and ticket as join_parts takes them. Grid: BlockTile's.
template <class T, bool Vector>
__device__ inline FIGMENT_INLINE void conv_tile(float* y, float* statistics, const float* x,
                                                const float* w, const float* bias, float* partial,
                                                unsigned* ticket, const Ending& ending,
                                                const GemmProblem& p) {
  __shared__ SharedTiles<T> shared;
  const Part part(p, p.filter, T::kDepth);
  const BlockTile tile(p);
  const int first_row = tile.row * T::kRows;
  const int first_column = tile.column * T::kColumns;

  using A = Patches<T, Vector, 1>;
  __shared__ typename A::Table origins;
  A a(origins, x, p.height, p.width, p.channels, p.kernel_height,
      Odometer(p.kernel_width, p.channels, p), first_row, part.first, [&](int row) -> Origin {
        const int line = row / p.small_width;
        return {row < p.pixels ? line / p.small_height : -1,
                line % p.small_height * p.stride_height - p.pad_top,
                row % p.small_width * p.stride_width - p.pad_left};
      });
  WeightRows<T, Vector> b(w, p.small_channels, p.filter, first_column, part.first);
  Sums<T> sums;
  multiply<T>(sums, shared, a, b, part.steps, [](const auto&) {});
  if (!join_parts(sums, p, partial, ticket)) return;
  if (statistics != nullptr) {
    write_statistics<T>(statistics, sums, shared, bias, tile.row, p.pixels - first_row,
                        first_column, p.small_channels);
  }
  store_finished<T>(y, sums, shared, p, ending, bias, first_column, p.small_channels, [&](int row) {
    const int pixel = first_row + row;
    return pixel < p.pixels ? pixel * p.small_channels : -1;
  });
}

}  // namespace

#define FIGMENT_CONV(tile)                                                                       \
  FIGMENT_GEMM_KERNEL(Tile##tile, true)                                                          \
  conv_##tile##_vector(float* y, float* statistics, const float* x, const float* w,              \
                       const float* bias, float* partial, unsigned* ticket, const Ending ending, \
                       const GemmProblem p) {                                                    \
    conv_tile<Tile##tile, true>(y, statistics, x, w, bias, partial, ticket, ending, p);          \
  }                                                                                              \
  FIGMENT_GEMM_KERNEL(Tile##tile, false)                                                         \
  conv_##tile##_scalar(float* y, float* statistics, const float* x, const float* w,              \
                       const float* bias, float* partial, unsigned* ticket, const Ending ending, \
                       const GemmProblem p) {                                                    \
    conv_tile<Tile##tile::OfNumbers, false>(y, statistics, x, w, bias, partial, ticket, ending,  \
                                            p);                                                  \
  }

FIGMENT_CONV(128x128)
FIGMENT_CONV(64x64)
FIGMENT_CONV(128x32)
FIGMENT_CONV(32x128)

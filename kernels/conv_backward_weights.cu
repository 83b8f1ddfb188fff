// The gradient of a convolution, a transposed convolution or a dense layer to its weights: dw [K][R
// x S x C] (+)= small^T patches(large), summed over the pixels of the small image. For a
// convolution the small image is dy and the large one x, for a transposed convolution the other way
// round. A GEMM of M = K channels, N = R x S x C and depth = batch x P x Q pixels:
// implicit_gemm.cuh. Tiles are few and the depth is long, so it is nearly always split.
#include "gemm_epilogues.cuh"
#include "loaders.cuh"

using namespace figment;

namespace {

// The sums over k of the values of A that a thread loads: of its rows, at its depths.
template <class A>
struct RowSums {
  typename A::Value of[A::kRowPieces] = {};

  __device__ void add(const typename A::Value (&values)[A::kPieces]) {
    FIGMENT_UNROLL
    for (int i = 0; i < A::kPieces; ++i) {
      typename A::Value& sum = of[i % A::kRowPieces];
      if constexpr (A::kWidth == 1) {
        sum += values[i];
      } else {
        sum = map4([](float s, float x) { return s + x; }, sum, values[i]);
      }
    }
  }
};

// mine [kRows] = the threads' sums, added in ascending depth lines.
template <class T, class A>
__device__ inline void keep_row_sums(float* mine, SharedTiles<T>& shared, const RowSums<A>& sums) {
  static_assert(A::kDepthLines <= T::kDepth, "the sums fit in A's shared memory");
  sync_block();  // the last stage has been read
  FIGMENT_UNROLL
  for (int j = 0; j < A::kRowPieces; ++j) {
    *reinterpret_cast<typename A::Value*>(shared.a.at(0, A::depth_line(), A::row_of(j))) =
        sums.of[j];
  }
  sync_block();
  const int row = static_cast<int>(threadIdx.x);
  if (row < T::kRows) {
    float sum = 0.0f;
    FIGMENT_UNROLL
    for (int line = 0; line < A::kDepthLines; ++line) sum += *shared.a.at(0, line, row);
    mine[row] = sum;
  }
}

// dw [K][R][S][C], dbias [K] or null, small [batch][P][Q][K], large [batch][H][W][C]; partial and
// ticket as join_parts takes them; row_partial: kRows floats for each block of the first tile
// column, where dbias is wanted. Grid: BlockTile's.
template <class T, bool Vector>
__device__ inline void weights_tile(float* dw, float* dbias, const float* small, const float* large,
                                    float* partial, float* row_partial, unsigned* ticket,
                                    const GemmProblem& p) {
  __shared__ SharedTiles<T> shared;
  const int columns = p.filter;
  const Part part(p, p.pixels, T::kDepth);
  const BlockTile tile(p);
  const int first_row = tile.row * T::kRows;
  const int first_column = tile.column * T::kColumns;

  using A = PixelChannels<T, Vector>;
  A a(small, p.small_channels, p.pixels, first_row, part.first);
  PatchColumns<T, Vector> b(large, p, first_column, part.first);
  Sums<T> sums;
  RowSums<A> row_sums;
  multiply<T>(sums, shared, a, b, part.steps, [&](const auto& values) { row_sums.add(values); });

  // The first tile of a row of tiles has seen all of A's rows: their sums are dbias.
  const bool has_bias = dbias != nullptr && tile.column == 0;
  float* of_tile = row_partial + static_cast<int64>(row_tile_again(p)) * p.split * T::kRows;
  if (has_bias) keep_row_sums(of_tile + part.index * T::kRows, shared, row_sums);
  if (!join_parts(sums, p, partial, ticket)) return;
  if (has_bias) {
    const int row = static_cast<int>(threadIdx.x);
    if (row < T::kRows && first_row + row < p.small_channels) {
      float sum = 0.0f;
      for (int k = 0; k < p.split; ++k) sum += of_tile[k * T::kRows + row];
      float* to = dbias + first_row + row;
      *to = p.accumulate != 0 ? *to + sum : sum;
    }
  }
  const bool accumulate = p.accumulate != 0;
  store_rows<T>(
      sums, shared, p.vector_output != 0, first_column, columns,
      [&](int row_in_tile) {
        const int row = first_row + row_in_tile;
        return row < p.small_channels ? row * columns : -1;
      },
      [&](int i, int, Float4 v) {
        store4(dw + i,
               accumulate ? map4([](float x, float s) { return x + s; }, load4(dw + i), v) : v);
      },
      [&](int i, int, float v) { dw[i] = accumulate ? dw[i] + v : v; });
}

}  // namespace

#define FIGMENT_WEIGHTS(tile)                                                                   \
  FIGMENT_GEMM_KERNEL(Tile##tile, true)                                                         \
  conv_backward_weights_##tile##_vector(float* dw, float* dbias, const float* small,            \
                                        const float* large, float* partial, float* row_partial, \
                                        unsigned* ticket, const GemmProblem p) {                \
    weights_tile<Tile##tile, true>(dw, dbias, small, large, partial, row_partial, ticket, p);   \
  }                                                                                             \
  FIGMENT_GEMM_KERNEL(Tile##tile, false)                                                        \
  conv_backward_weights_##tile##_scalar(float* dw, float* dbias, const float* small,            \
                                        const float* large, float* partial, float* row_partial, \
                                        unsigned* ticket, const GemmProblem p) {                \
    weights_tile<Tile##tile, false>(dw, dbias, small, large, partial, row_partial, ticket, p);  \
  }

FIGMENT_WEIGHTS(128x128)
FIGMENT_WEIGHTS(64x64)
FIGMENT_WEIGHTS(128x32)
FIGMENT_WEIGHTS(32x128)

// One GEMM for dense layers, convolutions and transposed convolutions: C [M][N] = A [M][K] B [K][N]
// in float32, where an operand's element is computed as an address of an image ("implicit") or is a
// padding zero. Bound by FLOPs at large tiles, by bytes where M or N is small.
//
// A block computes a tile of C. Loaders (loaders.cuh) say which addresses a thread reads; the main
// loop brings them through registers into one of two shared buffers while it multiplies the other;
// an epilogue (gemm_epilogues.cuh) finishes C and writes it. Another main loop (cp.async, mma.sync)
// takes the same loaders and epilogues.
//
// An element's products are added in ascending k by fused multiply-adds. Where K is split among
// blocks, the one that finishes last adds their sums in ascending k. So bits depend on the plan
// (dev.figment.cuda.GemmPlan) and nothing else; vector and scalar loaders give the same.
#ifndef FIGMENT_IMPLICIT_GEMM_CUH_
#define FIGMENT_IMPLICIT_GEMM_CUH_

#include "common.cuh"

namespace figment {

// For all lanes of a warp: orders what they do to shared memory.
__device__ inline void sync_warp() { asm volatile("bar.warp.sync -1;" ::: "memory"); }

// The value that a lane of the warp has; for all lanes.
__device__ inline int lane_value(int value, int lane) {
  int of_lane;
  asm volatile("shfl.sync.idx.b32 %0, %1, %2, 31, -1;" : "=r"(of_lane) : "r"(value), "r"(lane));
  return of_lane;
}

// Of 128 bytes of global memory at such a boundary: what they hold is not needed any more, so the
// cache need not write it to memory.
__device__ inline void discard_line([[maybe_unused]] float* line) {
#if __CUDA_ARCH__ >= 800
  asm volatile("discard.global.L2 [%0], 128;" ::"l"(line) : "memory");
#endif
}

// What a launch is about, in the order in which dev.figment.cuda.GemmKernels passes it. The
// convolution goes from a large image [batch][height][width][channels] to a small one
// [batch][small_height][small_width][small_channels].
struct GemmProblem {
  int batch;
  int height, width, channels;
  int small_height, small_width, small_channels;
  int kernel_height, kernel_width;
  int stride_height, stride_width;
  int pad_top, pad_left;
  int row_tiles;        // of one stride phase
  int columns_abreast;  // column tiles that take turns along gridDim.x; BlockTile
  int split;            // blocks that share the K of a tile
  int vector_output;    // whether rows of the output are whole 16-byte vectors
  // What could be computed from the above, but is read from constant memory in the main loop, where
  // registers are short. Steps of kDepth along k, as Odometer counts: of conv_transpose
  // the lowest alone.
  int step_high, step_mid, step_low;
  int filter;                // weights of a small channel: R x S x C
  int tap_down, tap_across;  // weights from a phase's tap to the next one: down, across
  int pixels;                // of the small images: batch x height x width
  int accumulate;            // whether C is added to what is there
};

// A block's tile of C and its threads. A warp has 8 x 4 lanes; a lane has kThreadRows x
// kThreadColumns elements in groups of 4 x 4, one group every 32 rows and 16 columns: so that
// neighbouring lanes read neighbouring vectors of shared memory. Wide: a row of 32 numbers along k
// is what a warp loads at once, for which shared memory has one swizzled buffer in place of two.
template <int Rows, int Columns, int Depth, int RowWarps, int ColumnWarps, int BlocksOfProcessor,
          bool Wide = false>
struct Tile {
  // For operands along k that come by number.
  using OfNumbers = Tile<Rows, Columns, 32, RowWarps, ColumnWarps, BlocksOfProcessor, true>;
  static constexpr int kRows = Rows;
  static constexpr int kColumns = Columns;
  static constexpr int kDepth = Depth;  // of K at a time
  static constexpr bool kWide = Wide;
  static constexpr int kBuffers = Wide ? 1 : 2;
  static constexpr int kRowWarps = RowWarps;
  static constexpr int kWarps = RowWarps * ColumnWarps;
  static constexpr int kBlockThreads = 32 * kWarps;
  static constexpr int kBlocks = BlocksOfProcessor;  // at once, which bounds the registers
  static constexpr int kWarpRows = Rows / RowWarps;
  static constexpr int kWarpColumns = Columns / ColumnWarps;
  static constexpr int kThreadRows = kWarpRows / 8;
  static constexpr int kThreadColumns = kWarpColumns / 4;
  static constexpr int kRowGroups = kThreadRows / kLane4;
  static constexpr int kColumnGroups = kThreadColumns / kLane4;
  static_assert(kRowGroups * kLane4 * 8 == kWarpRows && kColumnGroups * kLane4 * 4 == kWarpColumns,
                "a warp's lanes cover its part in groups of 4 x 4");

  __device__ static int lane() { return static_cast<int>(threadIdx.x) % 32; }
  __device__ static int warp() { return static_cast<int>(threadIdx.x) / 32; }
  // Of the tile: this thread's first row and column.
  __device__ static int first_row() {
    return warp() / ColumnWarps * kWarpRows + lane() / 4 * kLane4;
  }
  __device__ static int warp_column() { return warp() % ColumnWarps * kWarpColumns; }
  __device__ static int first_column() { return warp_column() + lane() % 4 * kLane4; }
  // A column for each lane, where its warp goes over them by number.
  __device__ static int lane_column() { return warp_column() + lane(); }
  // Of the tile: row i of this thread, column of its group j.
  __device__ static int row(int i) { return first_row() + i / kLane4 * 32 + i % kLane4; }
  __device__ static int column(int j) { return first_column() + j * 16; }
};

// dev.figment.cuda.GemmTile names the same. At least 8 x 4 products a pair of loads from shared
// memory; the skinny ones serve few rows (a small batch) or few columns (a small layer).
using Tile128x128 = Tile<128, 128, 8, 2, 4, 2>;
using Tile64x64 = Tile<64, 64, 16, 2, 2, 4>;
using Tile128x32 = Tile<128, 32, 16, 4, 1, 4>;
using Tile32x128 = Tile<32, 128, 16, 1, 4, 4>;

// ---- from global memory through registers to shared memory

// An operand in shared memory, [k][row], in vectors of 4 rows. The padding of a vector spreads the
// transposing stores of a warp (16 rows x 2 vectors) over all 32 banks. Of a wide tile a warp
// stores 32 k of one row: there the vectors of a k change places by k / 4 and a vector's rows by k
// % 4.
template <class T, int Rows>
struct SharedOperand {
  static constexpr int kPitch = Rows / kLane4 + !T::kWide;
  static_assert(!T::kWide || Rows >= 32, "8 vectors change places");
  Float4 stage[T::kBuffers][T::kDepth][kPitch];

  __device__ float* at(int buffer, int k, int row) {
    if constexpr (T::kWide) {
      return reinterpret_cast<float*>(&stage[buffer][k][row / kLane4 ^ (k >> 2 & 7)]) +
             (row % kLane4 ^ (k & 3));
    } else {
      return reinterpret_cast<float*>(&stage[buffer][k][0]) + row;
    }
  }
  // Rows 4 vector .. 4 vector + 3.
  __device__ Float4 rows(int buffer, int k, int vector) const {
    if constexpr (T::kWide) {
      const Float4 v = stage[buffer][k][vector ^ (k >> 2 & 7)];
      const Float4 pairs = (k & 1) != 0 ? Float4{v.y, v.x, v.w, v.z} : v;
      return (k & 2) != 0 ? Float4{pairs.z, pairs.w, pairs.x, pairs.y} : pairs;
    } else {
      return stage[buffer][k][vector];
    }
  }
};

template <class T>
struct SharedTiles {
  SharedOperand<T, T::kRows> a;
  SharedOperand<T, T::kColumns> b;

  // All of it, for what comes after the main loop.
  __device__ float* floats() { return reinterpret_cast<float*>(this); }
};

template <class T>
struct Sums {
  Float4 of[T::kThreadRows][T::kColumnGroups];
};

template <class Loader>
__device__ inline FIGMENT_INLINE void fetch(typename Loader::Value (&values)[Loader::kPieces],
                                            Loader& loader) {
  FIGMENT_UNROLL
  for (int i = 0; i < Loader::kPieces; ++i) {
    values[i] = typename Loader::Value{};
    if (loader.valid(i)) {
      values[i] = *reinterpret_cast<const typename Loader::Value*>(loader.base + loader.offset(i));
    }
  }
  loader.advance();
}

template <class Loader, class T, int Rows>
__device__ inline FIGMENT_INLINE void store(
    SharedOperand<T, Rows>& shared, int buffer,
    const typename Loader::Value (&values)[Loader::kPieces]) {
  FIGMENT_UNROLL
  for (int i = 0; i < Loader::kPieces; ++i) {
    float* to = shared.at(buffer, Loader::depth(i), Loader::row(i));
    if constexpr (Loader::kTransposes) {
      static_assert(!T::kWide, "what comes by vectors is stored as it lies");
      constexpr int pitch = SharedOperand<T, Rows>::kPitch * kLane4;
      to[0] = values[i].x;
      to[pitch] = values[i].y;
      to[2 * pitch] = values[i].z;
      to[3 * pitch] = values[i].w;
    } else {
      *reinterpret_cast<typename Loader::Value*>(to) = values[i];
    }
  }
}

// ---- the main loop

__device__ inline Float4 multiply_add(float a, Float4 b, Float4 sum) {
  return map4([a](float y, float s) { return fma(a, y, s); }, b, sum);
}

template <class T>
__device__ inline FIGMENT_INLINE void multiply_stage(Sums<T>& sums, const SharedTiles<T>& shared,
                                                     int buffer) {
  constexpr int kTogether =
      (T::kWide ? 256 : 512) / (T::kThreadRows * T::kThreadColumns);  // of k, in one unrolled body
  const int row = T::first_row() / kLane4;
  const int column = T::first_column() / kLane4;
  FIGMENT_NO_UNROLL
  for (int first = 0; first < T::kDepth; first += kTogether) {
    FIGMENT_UNROLL
    for (int k = first; k < first + kTogether; ++k) {
      Float4 a[T::kRowGroups];
      Float4 b[T::kColumnGroups];
      FIGMENT_UNROLL
      for (int i = 0; i < T::kRowGroups; ++i) a[i] = shared.a.rows(buffer, k, row + i * 8);
      FIGMENT_UNROLL
      for (int j = 0; j < T::kColumnGroups; ++j) b[j] = shared.b.rows(buffer, k, column + j * 4);
      FIGMENT_UNROLL
      for (int i = 0; i < T::kRowGroups; ++i) {
        FIGMENT_UNROLL
        for (int j = 0; j < T::kColumnGroups; ++j) {
          sums.of[4 * i][j] = multiply_add(a[i].x, b[j], sums.of[4 * i][j]);
          sums.of[4 * i + 1][j] = multiply_add(a[i].y, b[j], sums.of[4 * i + 1][j]);
          sums.of[4 * i + 2][j] = multiply_add(a[i].z, b[j], sums.of[4 * i + 2][j]);
          sums.of[4 * i + 3][j] = multiply_add(a[i].w, b[j], sums.of[4 * i + 3][j]);
        }
      }
    }
  }
}

// sums = A B over `steps` steps of kDepth, from where the loaders stand. `watch` sees each of A's
// values that this thread loads.
template <class T, class A, class B, class Watch>
__device__ inline FIGMENT_INLINE void multiply(Sums<T>& sums, SharedTiles<T>& shared, A& a, B& b,
                                               int steps, Watch watch) {
  FIGMENT_UNROLL
  for (int i = 0; i < T::kThreadRows; ++i) {
    FIGMENT_UNROLL
    for (int j = 0; j < T::kColumnGroups; ++j) sums.of[i][j] = Float4{};
  }
  if (steps <= 0) return;
  typename A::Value next_a[A::kPieces];
  typename B::Value next_b[B::kPieces];
  fetch(next_a, a);
  fetch(next_b, b);
  watch(next_a);
  store<A>(shared.a, 0, next_a);
  store<B>(shared.b, 0, next_b);
  sync_block();
  int buffer = 0;
  FIGMENT_NO_UNROLL
  for (int step = 1; step < steps; ++step) {
    fetch(next_a, a);
    fetch(next_b, b);
    multiply_stage(sums, shared, buffer);
    if constexpr (T::kBuffers == 1) {
      sync_block();  // the stage has been read
    } else {
      buffer ^= 1;
    }
    watch(next_a);
    store<A>(shared.a, buffer, next_a);
    store<B>(shared.b, buffer, next_b);
    sync_block();
  }
  multiply_stage(sums, shared, buffer);
}

// ---- a K that several blocks share

// This block's tile, of a grid of (row tiles x columns_abreast) x (column tiles / columns_abreast x
// split). Blocks begin along x first: over rows and the columns abreast, then over the parts of K,
// then over the other columns.
struct BlockTile {
  int row;     // of all phases
  int column;  // in tiles

  __device__ explicit BlockTile(const GemmProblem& p) {
    const int x = static_cast<int>(blockIdx.x);
    row = x / p.columns_abreast;
    column = static_cast<int>(blockIdx.y) / p.split * p.columns_abreast + x % p.columns_abreast;
  }
};

// Parts of a K begin at multiples of it, whatever a tile's depth: so kernels that step differently
// share K alike. dev.figment.cuda.GemmPlan.PART_UNIT.
constexpr int kPartUnit = 32;

// This block's part of the K of its tile.
struct Part {
  int index;  // of `split` parts
  int first;  // of K
  int steps;  // of `step`

  __device__ Part(const GemmProblem& p, int depth, int step) {
    index = static_cast<int>(blockIdx.y) % p.split;
    const int all = (depth + kPartUnit - 1) / kPartUnit;
    const int each = (all + p.split - 1) / p.split * kPartUnit;
    first = index * each;
    steps = ((depth - first < each ? depth - first : each) + step - 1) / step;
  }
};

// This block's place in the grid, read again: after the main loop, in which it then takes no
// register.
__device__ inline int block_x_again() {
  int x;
  asm volatile("mov.u32 %0, %%ctaid.x;" : "=r"(x));
  return x;
}
__device__ inline int block_y_again() {
  int y;
  asm volatile("mov.u32 %0, %%ctaid.y;" : "=r"(y));
  return y;
}
__device__ inline int row_tile_again(const GemmProblem& p) {
  return block_x_again() / p.columns_abreast;
}

// Brings the sums of a tile's parts together. True in the block that goes on with them, where
// `sums` then holds their sum in ascending k. partial: kRows x kColumns floats a block of the grid;
// ticket: a zero a tile.
template <class T>
__device__ inline bool join_parts(Sums<T>& sums, const GemmProblem& p, float* partial,
                                  unsigned* ticket) {
  if (p.split == 1) return true;
  constexpr int64 kSize = T::kRows * T::kColumns;
  const int across = static_cast<int>(gridDim.x);  // blocks from a part of a tile to the next one
  const int own = kLane4 * static_cast<int>(threadIdx.x);
  float* const mine =
      partial + (static_cast<int64>(block_y_again()) * across + block_x_again()) * kSize + own;
  FIGMENT_UNROLL
  for (int i = 0; i < T::kThreadRows; ++i) {
    FIGMENT_UNROLL
    for (int j = 0; j < T::kColumnGroups; ++j) {
      store4(mine + (i * T::kColumnGroups + j) * kLane4 * T::kBlockThreads, sums.of[i][j]);
      sums.of[i][j] = Float4{};
    }
  }
  const int columns = block_y_again() / p.split;  // before those of this block
  if (!last_block(ticket + columns * across + block_x_again(), p.split)) return false;
  const int64 next = across * kSize;
  float* const first =
      partial + (columns * p.split * static_cast<int64>(across) + block_x_again()) * kSize;
  FIGMENT_NO_UNROLL
  for (int k = 0; k < p.split; ++k) {
    FIGMENT_UNROLL
    for (int i = 0; i < T::kThreadRows; ++i) {
      FIGMENT_UNROLL
      for (int j = 0; j < T::kColumnGroups; ++j) {
        sums.of[i][j] = map4(
            [](float s, float x) { return s + x; }, sums.of[i][j],
            load4(first + k * next + own + (i * T::kColumnGroups + j) * kLane4 * T::kBlockThreads));
      }
    }
  }
  sync_block();  // the sums have been read
  constexpr int kLine = 32;
  FIGMENT_NO_UNROLL
  for (int k = 0; k < p.split; ++k) {
    for (int i = static_cast<int>(threadIdx.x); i < kSize / kLine; i += T::kBlockThreads) {
      discard_line(first + k * next + i * kLine);
    }
  }
  return true;
}

}  // namespace figment

// A kernel of a tile; threads and registers are the tile's. Scalar loaders hold more numbers.
#define FIGMENT_GEMM_KERNEL(tile, vector) \
  extern "C" __global__ void __launch_bounds__(tile::kBlockThreads, tile::kBlocks / (2 - (vector)))

#endif  // FIGMENT_IMPLICIT_GEMM_CUH_

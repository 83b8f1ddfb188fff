// How the kernels of batch_norm.cu share out x [rows][channels], and how they add up what their
// threads and blocks have summed.
#ifndef FIGMENT_BATCH_NORM_TILES_CUH_
#define FIGMENT_BATCH_NORM_TILES_CUH_

#include "common.cuh"

namespace figment {

constexpr int kTileChannels = 32;  // a block: 128 bytes of a row
constexpr int kTileTerms = 16;     // rows a thread takes
constexpr int kInFlight = 4;       // loads before the first use
// Doubles from one sum of all threads to the next: the sums of 32 channels lie in different banks.
constexpr int kSumStride = kThreads + kLane4;

// ---- how x [rows][channels] is shared out

// Where a thread works: V neighbouring channels of every `lines`-th row of its block, 4 where rows
// begin at 16-byte boundaries, else 1. Grid: ceil(rows / (kTileTerms * lines)) row blocks, and for
// each all ceil(channels / kTileChannels) channel blocks side by side (BatchNormTiles has the same
// sums).
template <int V>
struct Tile {
  int lanes, lines;         // threads along a row; rows a block reads at a time
  int lane;                 // this thread's
  int channel_block;        // which 32 channels
  int channel;              // this thread's first
  bool mine;                // whether it has any
  int64 row_block, blocks;  // which rows, of how many
  int64 first, last;        // this thread's first row, and the first past its block

  __device__ Tile(int64 rows, int channels, bool reverse = false) {
    lanes = 1;
    while (lanes * V < kTileChannels && lanes * V < channels) lanes *= 2;
    lines = kThreads / lanes;
    lane = static_cast<int>(threadIdx.x) % lanes;
    const unsigned channel_blocks = tiles_of(channels, kTileChannels);
    const unsigned block = reverse ? gridDim.x - 1 - blockIdx.x : blockIdx.x;
    channel_block = static_cast<int>(block % channel_blocks);
    channel = channel_block * kTileChannels + lane * V;
    mine = channel < channels;
    row_block = block / channel_blocks;
    blocks = gridDim.x / channel_blocks;
    const int64 begin = row_block * kTileTerms * lines;
    first = begin + static_cast<int>(threadIdx.x) / lanes;
    last = begin + kTileTerms * lines < rows ? begin + kTileTerms * lines : rows;
  }

  __device__ int rows_of_block(int64 block, int64 rows) const {
    const int64 most = kTileTerms * lines, rest = rows - block * most;
    return static_cast<int>(rest < most ? rest : most);
  }
};

// use(offset, read(offset)) for this thread's rows, of which read loads one or two packs.
template <int V, class Read, class Use>
FIGMENT_INLINE __device__ inline void for_rows(const Tile<V>& t, int channels, Read read, Use use) {
  if (!t.mine) return;
  const int64 step = static_cast<int64>(t.lines) * channels;
  using In = decltype(read(step));
  constexpr int kRows = kInFlight * sizeof(Pack<V>) / sizeof(In);
  for (int begin = 0; begin < kTileTerms; begin += kRows) {
    const int64 row = t.first + begin * t.lines;
    const int64 offset = row * channels + t.channel;
    In in[kRows];
    FIGMENT_UNROLL
    for (int k = 0; k < kRows; ++k) {
      if (row + k * t.lines < t.last) in[k] = read(offset + k * step);
    }
    FIGMENT_UNROLL
    for (int k = 0; k < kRows; ++k) {
      if (row + k * t.lines < t.last) use(offset + k * step, in[k]);
    }
  }
}

// Calls f with the width of a thread's packs, 4 or 1, as a type.
template <class F>
__device__ inline void with_width(int width, F f) {
  if (width == kLane4) {
    f(Pack<kLane4>{});
  } else {
    f(Pack<1>{});
  }
}

// ---- sums over rows

// Each of S sums over the threads of one lane, in a fixed tree, for all of them. `shared` has S *
// kSumStride elements.
template <int S>
__device__ inline void sum_lines(double (&sum)[S], int lanes, double* shared) {
  const int thread = static_cast<int>(threadIdx.x);
  FIGMENT_UNROLL
  for (int k = 0; k < S; ++k) shared[k * kSumStride + thread] = sum[k];
  sync_block();
  for (int half = kThreads / 2; half >= lanes; half /= 2) {
    if (thread < half) {
      FIGMENT_UNROLL
      for (int k = 0; k < S; ++k) {
        shared[k * kSumStride + thread] += shared[k * kSumStride + thread + half];
      }
    }
    sync_block();
  }
  FIGMENT_UNROLL
  for (int k = 0; k < S; ++k) sum[k] = shared[k * kSumStride + thread % lanes];
  sync_block();
}

// Leaves what sum_lines has just summed, times a factor, in the n-th column of partial [row
// blocks][2][channels]. Thread i writes channel i, whose sum is in shared memory for lane i / V.
template <int V>
__device__ inline void leave(double* partial, int n, double factor, const Tile<V>& t, int channels,
                             const double* shared) {
  const int thread = static_cast<int>(threadIdx.x);
  const int channel = t.channel_block * kTileChannels + thread;
  if (thread < kTileChannels && channel < channels) {
    partial[(t.row_block * 2 + n) * channels + channel] =
        factor * shared[thread % V * kSumStride + thread / V];
  }
  sync_block();
}

// A block's channels one a lane, to go through what its row blocks left.
struct Merge {
  int lanes, line, lines, channel;
  bool mine;

  __device__ Merge(int channel_block, int channels) {
    const int thread = static_cast<int>(threadIdx.x);
    lanes = kTileChannels;
    line = thread / lanes;
    lines = kThreads / lanes;
    channel = channel_block * kTileChannels + thread % lanes;
    mine = channel < channels;
  }

  // f(i) for this line's share of 0 <= i < count.
  template <class F>
  __device__ FIGMENT_INLINE void for_each(int64 count, F f) const {
    if (!mine) return;
    FIGMENT_UNROLL_4
    for (int64 i = line; i < count; i += lines) f(i);
  }

  // The sum of term(i) over 0 <= i < count, for every line.
  template <class F>
  __device__ double sum(int64 count, double* shared, F term) const {
    double sum[1] = {};
    for_each(count, [&](int64 i) FIGMENT_INLINE { sum[0] += term(i); });
    sum_lines(sum, lanes, shared);
    return sum[0];
  }
};

}  // namespace figment

#endif  // FIGMENT_BATCH_NORM_TILES_CUH_

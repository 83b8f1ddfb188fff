// Random numbers by element: a thread draws the Philox block of elements 4 i .. 4 i + 3, whatever
// the grid, so every device draws the same.
#ifndef FIGMENT_RANDOM_DRAWS_CUH_
#define FIGMENT_RANDOM_DRAWS_CUH_

#include "common.cuh"
#include "philox.h"

namespace figment {

// Calls f(i, words) for each of this thread's blocks of four elements that begins before n.
// Blocks needed: ceil(n / kBlockElements).
template <class F>
__device__ inline void for_draws(int64 n, long long seed, const int* counter, int stream, F f) {
  const PhiloxStream s = philox_stream(seed, *counter, stream);
  const int64 first = static_cast<int64>(blockIdx.x) * kBlockVectors + threadIdx.x;
  for (int k = 0; k < kVectors; ++k) {
    const int64 draw = first + k * kThreads;
    if (draw * kLane4 < n) f(draw * kLane4, philox_block(s, static_cast<uint64>(draw)));
  }
}

// Whether elements i .. i + 3 of p are one aligned vector inside n.
template <class T>
__device__ inline bool whole_vector(const T* p, int64 i, int64 n) {
  return head_of(p) == 0 && i + kLane4 <= n;
}

template <class T>
__device__ inline Float4 load_up_to_4(const T* p, int64 i, int64 n) {
  if (whole_vector(p, i, n)) return load4(p + i);
  Float4 v;
  v.x = load(p + i);
  v.y = i + 1 < n ? load(p + i + 1) : 0.0f;
  v.z = i + 2 < n ? load(p + i + 2) : 0.0f;
  v.w = i + 3 < n ? load(p + i + 3) : 0.0f;
  return v;
}

template <class T>
__device__ inline void store_up_to_4(T* p, int64 i, int64 n, Float4 v) {
  if (whole_vector(p, i, n)) {
    store4(p + i, v);
    return;
  }
  store(p + i, v.x);
  if (i + 1 < n) store(p + i + 1, v.y);
  if (i + 2 < n) store(p + i + 2, v.z);
  if (i + 3 < n) store(p + i + 3, v.w);
}

// y[i] = f(the i-th random integer, {in[0][i] ...}) over a grid of ceil(n / kBlockElements) blocks;
// y may be any of the inputs. Four loads are in flight while the first numbers are drawn, however
// many inputs there are: more would take registers, and so warps.
template <int N, class T, class F>
FIGMENT_INLINE __device__ inline void map_draws(T* y, const T* const (&in)[N], int64 n,
                                                long long seed, const int* counter, int stream,
                                                F f) {
  constexpr int kLoaded = kVectors / N;  // vectors of each input
  const PhiloxStream s = philox_stream(seed, *counter, stream);
  const int64 first = static_cast<int64>(blockIdx.x) * kBlockVectors + threadIdx.x;
  FIGMENT_NO_UNROLL
  for (int begin = 0; begin < kVectors; begin += kLoaded) {
    const int64 draw = first + begin * kThreads;
    Float4 loaded[kLoaded][N];
    FIGMENT_UNROLL
    for (int k = 0; k < kLoaded; ++k) {
      const int64 i = (draw + k * kThreads) * kLane4;
      FIGMENT_UNROLL
      for (int a = 0; a < N; ++a) {
        if (i < n) loaded[k][a] = load_up_to_4(in[a], i, n);
      }
    }
    FIGMENT_UNROLL
    for (int k = 0; k < kLoaded; ++k) {
      const int64 i = (draw + k * kThreads) * kLane4;
      if (i >= n) return;
      const PhiloxBlock bits = philox_block(s, static_cast<uint64>(draw + k * kThreads));
      float at[kLane4][N];
      FIGMENT_UNROLL
      for (int a = 0; a < N; ++a) {
        at[0][a] = loaded[k][a].x;
        at[1][a] = loaded[k][a].y;
        at[2][a] = loaded[k][a].z;
        at[3][a] = loaded[k][a].w;
      }
      float out[kLane4];
      FIGMENT_UNROLL
      for (int j = 0; j < kLane4; ++j) out[j] = f(bits.word[j], at[j]);
      store_up_to_4(y, i, n, vector_of(out));
    }
  }
}

}  // namespace figment

#endif  // FIGMENT_RANDOM_DRAWS_CUH_

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
__device__ inline bool whole_vector(const float* p, int64 i, int64 n) {
  return head_of(p) == 0 && i + kLane4 <= n;
}

__device__ inline Float4 load_up_to_4(const float* p, int64 i, int64 n) {
  if (whole_vector(p, i, n)) return load4(p + i);
  Float4 v;
  v.x = p[i];
  v.y = i + 1 < n ? p[i + 1] : 0.0f;
  v.z = i + 2 < n ? p[i + 2] : 0.0f;
  v.w = i + 3 < n ? p[i + 3] : 0.0f;
  return v;
}

__device__ inline void store_up_to_4(float* p, int64 i, int64 n, Float4 v) {
  if (whole_vector(p, i, n)) {
    store4(p + i, v);
    return;
  }
  p[i] = v.x;
  if (i + 1 < n) p[i + 1] = v.y;
  if (i + 2 < n) p[i + 2] = v.z;
  if (i + 3 < n) p[i + 3] = v.w;
}

}  // namespace figment

#endif  // FIGMENT_RANDOM_DRAWS_CUH_

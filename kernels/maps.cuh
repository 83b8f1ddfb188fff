// Element-wise maps: a thread loads four vectors before it uses the first, and the ends that no
// vector covers go by element.
#ifndef FIGMENT_MAPS_CUH_
#define FIGMENT_MAPS_CUH_

#include "storage.cuh"

namespace figment {

// y[i] = f(in[i]...) for the share of n elements of one of ceil(n / kBlockElements) blocks; y may
// be any of the inputs. Where all pointers stand alike to a boundary of four elements the bulk goes
// in vectors, the ends by element.
template <class T, class F, class... In>
__device__ inline void map_block(int64 block, T* y, int64 n, F f, const In*... in) {
  const int head = head_of(y);
  const bool alike = ((head_of(in) == head) && ...);  // also of no input
  if (!alike) {
    // As many loads in flight as in vectors.
    FIGMENT_UNROLL_4
    for (int k = 0; k < kThreadElements; ++k) {
      const int64 i = block * kBlockElements + k * kThreads + threadIdx.x;
      if (i < n) store(y + i, f(load(in + i)...));
    }
    return;
  }
  const int64 start = head < n ? head : n;
  const int64 vectors = (n - start) / kLane4;
  const int64 first = block * kBlockVectors + threadIdx.x;
  Float4 out[kVectors];  // no store before the last load, which may be of the same memory
  FIGMENT_UNROLL
  for (int k = 0; k < kVectors; ++k) {
    const int64 v = first + k * kThreads;
    if (v < vectors) out[k] = map4(f, load4(in + start + v * kLane4)...);
  }
  FIGMENT_UNROLL
  for (int k = 0; k < kVectors; ++k) {
    const int64 v = first + k * kThreads;
    if (v < vectors) store4(y + start + v * kLane4, out[k]);
  }
  // The ends: at most 3 elements before and 3 after, by the first block's first lanes.
  if (block == 0 && threadIdx.x < 2 * kLane4) {
    const int64 tail = start + vectors * kLane4;
    const int64 i = threadIdx.x < kLane4 ? threadIdx.x : tail + threadIdx.x - kLane4;
    if (threadIdx.x < kLane4 ? i < start : i < n) store(y + i, f(load(in + i)...));
  }
}

// The same over a grid of ceil(n / kBlockElements) blocks.
template <class T, class F, class... In>
__device__ inline void map_elements(T* y, int64 n, F f, const In*... in) {
  map_block(blockIdx.x, y, n, f, in...);
}

}  // namespace figment

#endif  // FIGMENT_MAPS_CUH_

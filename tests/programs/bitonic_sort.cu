// Bitonic sort of 2^m keys. A step compares keys `distance` apart in runs of `width`; steps whose
// partners lie in one block of 2 * blockDim keys are done together in dynamic shared memory.
#include "device.cuh"

__device__ inline void order(unsigned& low, unsigned& high, bool ascending) {
  if ((low > high) == ascending) {
    unsigned swap = low;
    low = high;
    high = swap;
  }
}

extern "C" __global__ void bitonic_step(unsigned* keys, unsigned width, unsigned distance) {
  unsigned pair = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned i = 2 * pair - (pair & (distance - 1));
  order(keys[i], keys[i + distance], (i & width) == 0);
}

// All steps of the widths from `first_width` to `last_width`, with distances of at most blockDim.
extern "C" __global__ void bitonic_block(unsigned* keys, unsigned first_width,
                                         unsigned last_width) {
  extern __shared__ unsigned part[];
  unsigned thread = threadIdx.x, size = 2 * blockDim.x, base = blockIdx.x * size;
  part[thread] = keys[base + thread];
  part[thread + blockDim.x] = keys[base + thread + blockDim.x];
  for (unsigned width = first_width; width <= last_width; width *= 2) {
    unsigned distance = width / 2 < blockDim.x ? width / 2 : blockDim.x;
    for (; distance > 0; distance /= 2) {
      block_barrier();
      unsigned i = 2 * thread - (thread & (distance - 1));
      order(part[i], part[i + distance], ((base + i) & width) == 0);
    }
  }
  block_barrier();
  keys[base + thread] = part[thread];
  keys[base + thread + blockDim.x] = part[thread + blockDim.x];
}

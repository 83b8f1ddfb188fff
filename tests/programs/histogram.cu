// Counts of each byte value: every block counts in shared memory, then adds to the global counters.
#include "device.cuh"

extern "C" __global__ void histogram(unsigned* counts, const unsigned char* data, int n) {
  __shared__ unsigned local[256];
  for (int bin = threadIdx.x; bin < 256; bin += blockDim.x) local[bin] = 0;
  block_barrier();
  int stride = gridDim.x * blockDim.x;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += stride)
    fetch_add(&local[data[i]], 1);
  block_barrier();
  for (int bin = threadIdx.x; bin < 256; bin += blockDim.x) {
    if (local[bin] != 0) fetch_add(&counts[bin], local[bin]);
  }
}

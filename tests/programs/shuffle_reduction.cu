// The sum of n floats: each thread strides over the input, a warp adds up by shuffles, the first
// warp adds the warps' sums. Two launches (partial sums, then one block over them) give a fixed
// order.
#include "device.cuh"

__device__ float warp_sum(float value) {
  for (int distance = 16; distance > 0; distance /= 2) value += shuffle_down(value, distance);
  return value;
}

// partial[block] = the block's share of the sum; blockDim is a multiple of 32.
extern "C" __global__ void sum_blocks(float* partial, const float* in, int n) {
  __shared__ float warps[32];
  float sum = 0.0f;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    sum += in[i];
  sum = warp_sum(sum);
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  if (lane == 0) warps[warp] = sum;
  block_barrier();
  if (warp == 0) {
    sum = warp_sum(lane < blockDim.x / 32 ? warps[lane] : 0.0f);
    if (lane == 0) partial[blockIdx.x] = sum;
  }
}

// sum[i] = a[i] + b[i] for n elements: one thread an element.
#include "device.cuh"

extern "C" __global__ void vector_add(float* sum, const float* a, const float* b, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) sum[i] = a[i] + b[i];
}

// Inclusive prefix sums of n integers in three launches: each block scans its 256 elements and
// leaves its total, one block scans the totals, every block adds what came before it.
#include "device.cuh"

constexpr int kBlock = 256;

extern "C" __global__ void scan_blocks(int* out, int* totals, const int* in, int n) {
  __shared__ int sums[2][kBlock];
  int thread = threadIdx.x, i = blockIdx.x * kBlock + thread, from = 0;
  sums[0][thread] = i < n ? in[i] : 0;
  block_barrier();
  for (int distance = 1; distance < kBlock; distance *= 2) {
    int value = sums[from][thread];
    if (thread >= distance) value += sums[from][thread - distance];
    sums[1 - from][thread] = value;
    from = 1 - from;
    block_barrier();
  }
  if (i < n) out[i] = sums[from][thread];
  if (thread == kBlock - 1) totals[blockIdx.x] = sums[from][thread];
}

extern "C" __global__ void add_totals(int* out, const int* scanned_totals, int n) {
  int i = blockIdx.x * kBlock + threadIdx.x;
  if (blockIdx.x > 0 && i < n) out[i] += scanned_totals[blockIdx.x - 1];
}

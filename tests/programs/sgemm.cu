// c[m][n] = a[m][k] * b[k][n], row-major, any sizes: 16 x 16 tiles staged in shared memory. The sum
// runs over k in ascending order with fused multiply-adds, so the host can match it bit for bit.
#include "device.cuh"

constexpr int kTile = 16;

extern "C" __global__ void sgemm(float* c, const float* a, const float* b, int m, int n, int k) {
  __shared__ float a_tile[kTile][kTile];
  __shared__ float b_tile[kTile][kTile + 1];
  int x = threadIdx.x, y = threadIdx.y;
  int row = blockIdx.y * kTile + y, column = blockIdx.x * kTile + x;
  float sum = 0.0f;
  for (int base = 0; base < k; base += kTile) {
    a_tile[y][x] = row < m && base + x < k ? a[row * k + base + x] : 0.0f;
    b_tile[y][x] = base + y < k && column < n ? b[(base + y) * n + column] : 0.0f;
    block_barrier();
    for (int i = 0; i < kTile; ++i) sum = __builtin_fmaf(a_tile[y][i], b_tile[i][x], sum);
    block_barrier();
  }
  if (row < m && column < n) c[row * n + column] = sum;
}

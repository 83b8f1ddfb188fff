// Device code for engine_compiled: compiled by clang and, where it is present, by nvcc.
#ifdef __NVCC__
#include <cstdio>
#else
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#include <__clang_cuda_builtin_vars.h>
#endif

typedef unsigned int u32;
typedef unsigned long long u64;

__device__ u32 shuffle_down(u32 v, int delta) {
  u32 r;
  asm volatile("shfl.sync.down.b32 %0, %1, %2, 31, -1;" : "=r"(r) : "r"(v), "r"(delta));
  return r;
}
__device__ u32 add_to(u32* p, u32 v) {
  u32 old;
  asm volatile("atom.add.u32 %0, [%1], %2;" : "=r"(old) : "l"(p), "r"(v) : "memory");
  return old;
}
__device__ void fence() { asm volatile("membar.gl;" ::: "memory"); }

// Sum of n values: a shuffle reduction in each block, the last block adds the partial sums.
extern "C" __global__ void ticket_sum(u32* total, u32* partials, u32* ticket, const u32* in,
                                      int n) {
  __shared__ u32 sums[32];
  __shared__ u32 last;
  u32 v = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    v += in[i];
  for (int d = 16; d > 0; d /= 2) v += shuffle_down(v, d);
  if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = v;
  __syncthreads();
  if (threadIdx.x == 0) {
    u32 s = 0;
    for (u32 w = 0; w < (blockDim.x + 31) / 32; ++w) s += sums[w];
    partials[blockIdx.x] = s;
    fence();
    last = add_to(ticket, 1) == gridDim.x - 1;
  }
  __syncthreads();
  if (last && threadIdx.x == 0) {
    fence();
    u32 s = 0;
    for (u32 b = 0; b < gridDim.x; ++b) s += ((volatile u32*)partials)[b];
    *total = s;
  }
}

// A dense switch, doubles, 64-bit division, local arrays, recursion.
__device__ __attribute__((noinline)) u32 collatz(u64 n, u32 steps) {
  return n == 1 ? steps : collatz(n % 2 ? 3 * n + 1 : n / 2, steps + 1);
}
__constant__ double weights[4] = {0.5, 1.5, 2.5, 3.5};
extern "C" __global__ void mixed(double* out, u32* steps, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  double table[8];
  for (int k = 0; k < 8; ++k) table[k] = weights[(i + k) & 3] * k;
  double r;
  switch (i % 7) {
    case 0:
      r = table[i & 7] + 1;
      break;
    case 1:
      r = table[(i + 1) & 7] * 2;
      break;
    case 2:
      r = table[(i * 3) & 7] / 3;
      break;
    case 3:
      r = __builtin_sqrt(table[i & 7]);
      break;
    case 4:
      r = (double)(int)(table[i & 7] * 100);
      break;
    case 5:
      r = (double)((u64)i * 1000003ull / (u64)(i % 13 + 1));
      break;
    default:
      r = -table[i & 7];
      break;
  }
  out[i] = r;
  steps[i] = collatz(i + 1, 0);
}

// A tiled product with a 4x4 tile a thread: C[m][n] = sum_k A[m][k] B[k][n]; sizes multiples of 64.
#define TILE 64
#define DEPTH 16
extern "C" __global__ void sgemm(float* c, const float* a, const float* b, int m, int n, int k) {
  __shared__ float as[DEPTH][TILE];
  __shared__ float bs[DEPTH][TILE];
  int tx = threadIdx.x % 16, ty = threadIdx.x / 16;
  int row = blockIdx.y * TILE, col = blockIdx.x * TILE;
  float acc[4][4] = {};
  for (int k0 = 0; k0 < k; k0 += DEPTH) {
    for (int e = threadIdx.x; e < TILE * DEPTH; e += 256) {
      as[e % DEPTH][e / DEPTH] = a[(row + e / DEPTH) * k + k0 + e % DEPTH];
      bs[e / TILE][e % TILE] = b[(k0 + e / TILE) * n + col + e % TILE];
    }
    __syncthreads();
#pragma unroll
    for (int d = 0; d < DEPTH; ++d) {
      float x[4], y[4];
      for (int i = 0; i < 4; ++i) x[i] = as[d][ty * 4 + i];
      for (int j = 0; j < 4; ++j) y[j] = bs[d][tx + 16 * j];
      for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j) acc[i][j] = __builtin_fmaf(x[i], y[j], acc[i][j]);
    }
    __syncthreads();
  }
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) c[(row + ty * 4 + i) * n + col + tx + 16 * j] = acc[i][j];
}

// printf and assert, as compilers lower them.
extern "C" __device__ void __assertfail(const char* message, const char* file, unsigned line,
                                        const char* function, u64 size) __attribute__((noreturn));
#ifndef __NVCC__
extern "C" __device__ int vprintf(const char* format, void* arguments);
#endif
extern "C" __global__ void speak(int limit) {
#ifdef __NVCC__
  printf("thread %d: %5.2f %s 100%%\n", (int)threadIdx.x, threadIdx.x * 0.5, "ok");
#else
  struct {
    int thread;
    double half;
    const char* text;
  } arguments = {(int)threadIdx.x, threadIdx.x * 0.5, "ok"};
  vprintf("thread %d: %5.2f %s 100%%\n", &arguments);
#endif
  if ((int)threadIdx.x >= limit) __assertfail("threadIdx.x < limit", "speak.cu", 7, "speak", 1);
}

// What these programs need of CUDA C++ beyond the language, without any NVIDIA header, so that
// clang (with no toolkit) and nvcc compile the same text.
#pragma once

#ifdef __clang__
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#include <__clang_cuda_builtin_vars.h>
#endif

// All threads of the block meet; memory written before is seen after.
__device__ inline void block_barrier() { asm volatile("bar.sync 0;" ::: "memory"); }

// Lanes of one warp: the value of the lane `distance` above.
__device__ inline float shuffle_down(float value, int distance) {
  float result;
  asm volatile("shfl.sync.down.b32 %0, %1, %2, 31, 0xffffffff;"
               : "=f"(result)
               : "f"(value), "r"(distance));
  return result;
}

// Adds to a counter in shared or global memory and gives its value before.
__device__ inline unsigned fetch_add(unsigned* counter, unsigned value) {
  unsigned before;
  asm volatile("atom.add.u32 %0, [%1], %2;" : "=r"(before) : "l"(counter), "r"(value) : "memory");
  return before;
}

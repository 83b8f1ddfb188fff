// CUDA's keywords without NVIDIA's headers (clang; nvcc has them built in), the shape of a block,
// block-wide sums and the ticket of a one-launch reduction.
//
// Grids are a function of the problem size alone, so results do not depend on the GPU.
#ifndef FIGMENT_BLOCK_CUH_
#define FIGMENT_BLOCK_CUH_

#if defined(__clang__)
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#include <__clang_cuda_builtin_vars.h>
#endif
// For functions and lambdas on a thread's own arrays, which stay in registers only where it is
// known who reads them.
#define FIGMENT_INLINE __attribute__((always_inline))
#define FIGMENT_UNROLL _Pragma("unroll")
#define FIGMENT_UNROLL_2 _Pragma("unroll 2")
#define FIGMENT_UNROLL_4 _Pragma("unroll 4")
#define FIGMENT_NO_UNROLL _Pragma("unroll 1")

#include "formulas.h"

namespace figment {

typedef long long int64;
typedef unsigned long long uint64;

constexpr int kThreads = 256;  // of every block
constexpr int kLane4 = 4;      // elements of a vector, one access
constexpr int kVectors = 4;    // a thread: 4 loads in flight before the first use
constexpr int kThreadElements = kLane4 * kVectors;
constexpr int kBlockVectors = kThreads * kVectors;
constexpr int kBlockElements = kThreads * kThreadElements;  // CudaKernels.BLOCK_ELEMENTS

// Tiles of `size` that cover n >= 1.
__device__ inline unsigned tiles_of(int n, int size) {
  return static_cast<unsigned>((n - 1) / size + 1);
}

__device__ inline void sync_block() { asm volatile("bar.sync 0;" ::: "memory"); }

// Writes before it are seen by every thread of the GPU that sees a write after it.
__device__ inline void fence_gpu() { asm volatile("fence.acq_rel.gpu;" ::: "memory"); }

__device__ inline unsigned atomic_inc(unsigned* counter, unsigned last) {
  unsigned old;
  asm volatile("atom.global.inc.u32 %0, [%1], %2;"
               : "=r"(old)
               : "l"(counter), "r"(last)
               : "memory");
  return old;
}

// The sum over the block's threads in a fixed tree, for every thread; `shared` has kThreads
// elements and may be used again after the next sync_block().
template <class T>
__device__ inline T block_sum(T value, T* shared) {
  shared[threadIdx.x] = value;
  sync_block();
  FIGMENT_UNROLL
  for (int width = kThreads / 2; width > 0; width /= 2) {
    if (static_cast<int>(threadIdx.x) < width) shared[threadIdx.x] += shared[threadIdx.x + width];
    sync_block();
  }
  return shared[0];
}

// True for all threads of the block that is the last of `blocks` to come here; what the others
// wrote before coming is visible to it. The ticket is 0 again afterwards.
__device__ inline bool last_block(unsigned* ticket, unsigned blocks) {
  __shared__ bool last;
  sync_block();
  if (threadIdx.x == 0) {
    fence_gpu();  // after the barrier: it covers what the whole block wrote
    last = atomic_inc(ticket, blocks - 1) == blocks - 1;
    fence_gpu();
  }
  sync_block();
  return last;
}

// Calls f with the activation of a kind (dev.figment.device.Activation.Kind).
template <class F>
__device__ inline FIGMENT_INLINE void with_activation(int kind, float slope, F f) {
  switch (kind) {
    case kRelu:
      f(Relu{});
      break;
    case kLeakyRelu:
      f(LeakyRelu{slope});
      break;
    case kTanh:
      f(Tanh{});
      break;
    case kSigmoid:
      f(Sigmoid{});
      break;
    default:
      f(Identity{});
  }
}

}  // namespace figment

// Kernels have C names: they are looked up by them.
#define FIGMENT_KERNEL extern "C" __global__ void __launch_bounds__(figment::kThreads)

#endif  // FIGMENT_BLOCK_CUH_

// How the loops are shared out: in chunks that depend on sizes alone, never on the threads.
#ifndef FIGMENT_CPU_LOOPS_PARALLEL_H_
#define FIGMENT_CPU_LOOPS_PARALLEL_H_

#include <omp.h>

#include "formulas.h"
#include "loops.h"

// On a lambda with a loop: out of line, its floats would be read again after each store.
#define FIGMENT_INLINE __attribute__((always_inline))

namespace figment::FIGMENT_ISA {

// Elements of a chunk: some microseconds of work, as waking the team takes one or two; 64 KB.
constexpr int64_t kChunk = 16384;

inline int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }
inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// Takes a copy, so that what the body holds stays in registers.
template <class Body>
void run(Body body, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) body(i);
}

// body(i) for 0 <= i < count, neighbouring i by the same thread. A team of one is none: libgomp
// would allocate it anew whenever the size of the team changes.
template <class Body>
void parallel_for(figment_context* ctx, int64_t count, Body body) {
  if (count <= 1 || ctx->threads == 1) return run(body, 0, count);
#pragma omp parallel num_threads(ctx->threads)
  {
    const int64_t thread = omp_get_thread_num(), threads = omp_get_num_threads();
    run(body, count * thread / threads, count * (thread + 1) / threads);
  }
}

// body(begin, end) over the chunks of n elements.
template <class Body>
void for_chunks(figment_context* ctx, int64_t n, Body body) {
  parallel_for(ctx, divide_up(n, kChunk),
               [=](int64_t i) FIGMENT_INLINE { body(i * kChunk, smaller(n, (i + 1) * kChunk)); });
}

// body(function) with the formulas' type of an activation, so that each gets a loop of its own.
template <class Body>
void with_activation(int32_t kind, float slope, Body body) {
  switch (kind) {
    case kRelu:
      return body(Relu{});
    case kLeakyRelu:
      return body(LeakyRelu{slope});
    case kTanh:
      return body(Tanh{});
    case kSigmoid:
      return body(Sigmoid{});
    default:
      return body(Identity{});
  }
}

}  // namespace figment::FIGMENT_ISA

#endif  // FIGMENT_CPU_LOOPS_PARALLEL_H_

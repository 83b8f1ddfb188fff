// How the loops are shared out: in chunks that depend on sizes alone, never on the threads.
#ifndef FIGMENT_CPU_LOOPS_PARALLEL_H_
#define FIGMENT_CPU_LOOPS_PARALLEL_H_

#include "formulas.h"
#include "loops.h"

// On a lambda with a loop: out of line, its floats would be read again after each store.
#define FIGMENT_INLINE __attribute__((always_inline))

namespace figment::FIGMENT_ISA {

// Elements of a chunk: some microseconds of work, as waking the team takes one or two; 64 KB.
constexpr int64_t kChunk = 16384;

inline int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }
inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// body(i) for 0 <= i < count, neighbouring i by the same thread. A copy of the
// body in each thread keeps what it holds in registers.
template <class Body>
void parallel_for(figment_context* ctx, int64_t count, Body body) {
  const int threads = count > 1 ? ctx->threads : 1;
#pragma omp parallel for num_threads(threads) schedule(static) firstprivate(body)
  for (int64_t i = 0; i < count; ++i) body(i);
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

// What every CPU kernel shares: the context behind figment.h, its scratch memory and its errors.
// Plain on purpose: the loops include this file with instruction-set flags, and an inline function
// of the standard library compiled there could be the copy that the linker keeps for everybody.
#ifndef FIGMENT_CPU_CONTEXT_H_
#define FIGMENT_CPU_CONTEXT_H_

#include <stddef.h>

#include "figment.h"

namespace figment {

// The instruction set of our own loops, chosen once at run time.
enum class Isa { kBaseline, kAvx2, kAvx512 };

// Engine, stream and cached primitives of oneDNN: onednn.h.
struct OneDnn;

}  // namespace figment

struct figment_context {
  int threads;  // for `num_threads(ctx->threads)`: every parallel region names it
  figment::Isa isa;
  figment::OneDnn* onednn;
  void* scratch;
  size_t scratch_bytes;
  char plan[128];
  char error[512];
};

namespace figment {

// At least `bytes` of 64-byte aligned scratch with undefined content, valid until the next call of
// scratch() on this context: an operation asks once for all it needs. NULL when memory is missing,
// with the error set. The arena only grows, so its pages are touched once.
void* scratch(figment_context* ctx, size_t bytes);

// Sets the error's text as printf does and returns 1, the C ABI's failure.
int fail(figment_context* ctx, const char* format, ...) __attribute__((format(printf, 2, 3)));

// The CPUs this process may use: its affinity mask, cut to its control group's quota.
int available_threads();

}  // namespace figment

#endif  // FIGMENT_CPU_CONTEXT_H_

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

// What dense products and oneDNN's convolutions multiply: the tensors, or copies of them rounded to
// bfloat16, by its instructions or, where the processor lacks those, by float32's: the same
// products. Sums are float32 always.
enum class Factors { kFloat32, kBfloat16, kRounded };

// Memory that only grows, so its pages are touched once.
struct Workspace {
  void* memory;
  size_t bytes;
};

// Engine, stream and cached primitives of oneDNN: onednn.h.
struct OneDnn;
// The implementations of convolutions that a plan chose: choices.h.
struct Choices;

}  // namespace figment

struct figment_context {
  int threads;  // for `num_threads(ctx->threads)`: every parallel region names it
  figment::Isa isa;
  bool fast_convolutions;
  figment::Factors factors;
  figment::OneDnn* onednn;
  figment::Choices* choices;
  figment::Workspace scratch, widened;
  char plan[160];
  char error[512];
};

namespace figment {

// At least `bytes` of 64-byte aligned scratch with undefined content, valid until the next call of
// scratch() on this context: an operation asks once for all it needs. NULL when memory is missing,
// with the error set.
void* scratch(figment_context* ctx, size_t bytes);
// The same for float32 copies of bfloat16 tensors, which last while an operation uses its scratch.
void* widened(figment_context* ctx, size_t bytes);

// Sets the error's text as printf does and returns 1, the C ABI's failure.
int fail(figment_context* ctx, const char* format, ...) __attribute__((format(printf, 2, 3)));

// The CPUs this thread may use: its affinity mask, cut to its control group's quota.
int available_threads();

// Gives each thread of the calling thread's team a CPU of its own, when the team has just as many
// threads as there are CPUs to use. Measured on 2 CPUs: left alone, both threads of a team are put
// on one CPU for long stretches (waking draws a thread to its waker's CPU); a product of 0.15 ms
// then takes 0.33, or 5 to 15 where the waiting thread spins. Pinned, it took 0.15 to 0.18 even
// with eight other processes running. A smaller team is left alone: it cannot know which CPUs are
// idle, and two processes would choose the same ones.
// The calling thread is pinned too, and what it starts inherits that. Calls nest.
void pin_team(int threads);
// Undoes the calling thread's pin_team(), the last of them for real.
void release_team();

}  // namespace figment

#endif  // FIGMENT_CPU_CONTEXT_H_

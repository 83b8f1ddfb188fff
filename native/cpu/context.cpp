// The context of figment.h: its threads, instruction set, scratch memory and error text.
#include "context.h"

#include <omp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <exception>
#include <new>

#include "choices.h"

namespace figment {
namespace {

constexpr size_t kAlignment = 64;
constexpr const char* kIsaNames[] = {"baseline", "avx2", "avx512"};
constexpr const char* kFactorNames[] = {"", "bf16, ", "bf16 by float32 instructions, "};

size_t rounded(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

Isa widest_isa() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return Isa::kAvx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Isa::kAvx2;
#endif
  return Isa::kBaseline;
}

// False when the name is unknown or the processor lacks the set.
bool choose_isa(const char* name, Isa* isa) {
  const Isa widest = widest_isa();
  if (strcmp(name, "auto") == 0) {
    *isa = widest;
    return true;
  }
  for (Isa candidate : {Isa::kBaseline, Isa::kAvx2, Isa::kAvx512}) {
    if (strcmp(name, kIsaNames[static_cast<int>(candidate)]) == 0) {
      *isa = candidate;
      return candidate <= widest;
    }
  }
  return false;
}

// Narrows oneDNN too. It takes this before its first use in a process only; the plan tells what it
// really uses.
void limit_onednn(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::kAvx2) dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx2);
  if (isa == Isa::kBaseline) dnnl::set_max_cpu_isa(dnnl::cpu_isa::sse41);
#else
  (void)isa;
#endif
}

// Without the instructions, of AVX-512 or AMX, oneDNN has no products of bfloat16.
Factors rounded_factors(Isa isa) {
  const bool has = isa == Isa::kAvx512 && onednn_has(dnnl::cpu_isa::avx512_core_bf16);
  return has ? Factors::kBfloat16 : Factors::kRounded;
}

// Its instruction set counts too: it differs from ours by what the processor adds to AVX-512.
void describe(figment_context* ctx) {
  const dnnl_version_t* version = dnnl_version();
  snprintf(ctx->plan, sizeof(ctx->plan), "%s, %d thread%s, %s%soneDNN %d.%d.%d on isa %#x",
           kIsaNames[static_cast<int>(ctx->isa)], ctx->threads, ctx->threads == 1 ? "" : "s",
           ctx->fast_convolutions ? "fast convolutions, " : "",
           kFactorNames[static_cast<int>(ctx->factors)], version->major, version->minor,
           version->patch, static_cast<unsigned>(dnnl::get_effective_cpu_isa()));
}

void* grown(figment_context* ctx, Workspace* workspace, size_t bytes) {
  if (bytes <= workspace->bytes) return workspace->memory;
  free(workspace->memory);
  workspace->bytes = 0;
  const size_t size = rounded(bytes);
  workspace->memory = aligned_alloc(kAlignment, size);
  if (workspace->memory == nullptr) {
    fail(ctx, "%zu bytes of scratch memory were asked for and there is not as much left.", bytes);
    return nullptr;
  }
  workspace->bytes = size;
  memset(workspace->memory, 0, size);
  return workspace->memory;
}

}  // namespace

void* scratch(figment_context* ctx, size_t bytes) { return grown(ctx, &ctx->scratch, bytes); }

void* widened(figment_context* ctx, size_t bytes) { return grown(ctx, &ctx->widened, bytes); }

int fail(figment_context* ctx, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(ctx->error, sizeof(ctx->error), format, arguments);
  va_end(arguments);
  return 1;
}

}  // namespace figment

figment_context* figment_create(int32_t threads, const char* isa, int32_t fast_convolutions,
                                int32_t bfloat16) {
  figment::Isa chosen;
  if (threads < 0 || isa == nullptr || !figment::choose_isa(isa, &chosen)) return nullptr;
  figment_context* ctx = new (std::nothrow) figment_context();
  if (ctx == nullptr) return nullptr;
  try {
    ctx->threads = threads == 0 ? figment::available_threads() : threads;
    ctx->isa = chosen;
    ctx->fast_convolutions = fast_convolutions != 0;
    figment::limit_onednn(chosen);
    if (bfloat16 != 0) ctx->factors = figment::rounded_factors(chosen);
    omp_set_num_threads(ctx->threads);  // this thread's teams, oneDNN's among them
    ctx->onednn = new figment::OneDnn();
    ctx->choices = new figment::Choices();
    figment::describe(ctx);
    figment::pin_team(ctx->threads);
    return ctx;
  } catch (const std::exception&) {
    delete ctx->choices;
    delete ctx->onednn;
    delete ctx;
    return nullptr;
  }
}

void figment_destroy(figment_context* ctx) {
  if (ctx == nullptr) return;
  figment::release_team();
  delete ctx->choices;
  delete ctx->onednn;
  free(ctx->scratch.memory);
  free(ctx->widened.memory);
  delete ctx;
}

const char* figment_last_error(figment_context* ctx) { return ctx->error; }

const char* figment_plan(figment_context* ctx) { return ctx->plan; }

int64_t figment_scratch_bytes(figment_context* ctx) {
  return static_cast<int64_t>(ctx->scratch.bytes + ctx->widened.bytes);
}

void* figment_allocate(int64_t bytes) {
  if (bytes < 0) return nullptr;
  const size_t size = figment::rounded(bytes > 0 ? static_cast<size_t>(bytes) : 1);
  void* memory = aligned_alloc(figment::kAlignment, size);
  if (memory != nullptr) memset(memory, 0, size);
  return memory;
}

void figment_free(void* memory) { free(memory); }

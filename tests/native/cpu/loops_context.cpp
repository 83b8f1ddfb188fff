#include "loops_context.h"

#include <stdlib.h>

namespace figment {

void* scratch(figment_context* ctx, size_t bytes) {
  // Exactly as much as asked, so that an address checker sees a byte too many.
  free(ctx->scratch.memory);
  ctx->scratch = {aligned_alloc(64, (bytes + 63) / 64 * 64), bytes};
  return memset(ctx->scratch.memory, 0xee, bytes);
}

int fail(figment_context*, const char*, ...) { return 1; }

}  // namespace figment

std::vector<figment::Isa> available_isas() {
  std::vector<figment::Isa> isas = {figment::Isa::kBaseline};
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    isas.push_back(figment::Isa::kAvx2);
  }
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    isas.push_back(figment::Isa::kAvx512);
  }
#endif
  return isas;
}

LoopsContext::LoopsContext(figment::Isa isa, int threads) : ctx() {
  ctx.isa = isa;
  ctx.threads = threads;
}

LoopsContext::~LoopsContext() { free(ctx.scratch.memory); }

std::vector<float> numbers(size_t n, float range, uint32_t seed) {
  std::vector<float> result(n);
  uint32_t state = seed * 2654435761u;
  for (float& value : result) {
    state = state * 1664525u + 1013904223u;
    value = range * (static_cast<float>(state >> 8) / 8388608.0f - 1.0f);
  }
  return result;
}

Outputs same_bits(const char* name, const std::function<Outputs(figment_context*)>& operation) {
  Outputs first;
  for (const figment::Isa isa : available_isas()) {
    for (const int threads : {1, 3}) {
      LoopsContext context(isa, threads);
      const Outputs outputs = operation(&context.ctx);
      if (first.empty()) first = outputs;
      for (size_t i = 0; i < outputs.size(); ++i) {
        for (size_t j = 0; j < outputs[i].size(); ++j) {
          CHECK(memcmp(&outputs[i][j], &first[i][j], sizeof(float)) == 0,
                "%s, %s, %d threads: output %zu [%zu] is %a, not %a", name,
                kIsaNames[static_cast<int>(isa)], threads, i, j, outputs[i][j], first[i][j]);
        }
      }
    }
  }
  return first;
}

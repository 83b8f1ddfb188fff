// Adam over a flat arena. Bound by memory: 28 bytes a parameter.
#include "parallel.h"

namespace figment::FIGMENT_ISA {

int adam(figment_context* ctx, float* values, float* m, float* v, const float* gradients,
         const int32_t* step, const float* learning_rate, double beta1, double beta2,
         double epsilon, int64_t n) {
  const AdamStep constants = adam_step(*learning_rate, beta1, beta2, epsilon, *step);
  for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) {
      adam_update(constants, gradients[i], values + i, m + i, v + i);
    }
  });
  return 0;
}

}  // namespace figment::FIGMENT_ISA

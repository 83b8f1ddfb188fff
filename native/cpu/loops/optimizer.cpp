// Optimizers over a flat arena (formulas.h has the update of one parameter), and its moving
// average. Bound by memory: bytes a parameter are 28 for Adam, 20 for RMSProp and SGD with
// momentum, 12 for plain SGD and the average.
#include "parallel.h"

namespace figment::FIGMENT_ISA {

int adam(figment_context* ctx, float* values, float* m, float* v, const float* gradients,
         const int32_t* step, const float* learning_rate, double beta1, double beta2,
         double epsilon, double weight_decay, int64_t n) {
  const AdamStep s = adam_step(*learning_rate, beta1, beta2, epsilon, weight_decay, *step);
  for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) {
      adam_update(s, gradients[i], values + i, m + i, v + i);
    }
  });
  return 0;
}

int sgd(figment_context* ctx, float* values, float* velocity, const float* gradients,
        const float* learning_rate, float momentum, int32_t nesterov, float weight_decay,
        int64_t n) {
  const SgdStep s = {*learning_rate, momentum, weight_decay, nesterov != 0};
  for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
    if (velocity == nullptr) {
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) sgd_update(s, gradients[i], values + i);
    } else {
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) sgd_update(s, gradients[i], values + i, velocity + i);
    }
  });
  return 0;
}

int rms_prop(figment_context* ctx, float* values, float* mean_square, const float* gradients,
             const float* learning_rate, double decay, double epsilon, int64_t n) {
  const RmsPropStep s = rms_prop_step(*learning_rate, decay, epsilon);
  for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) {
      rms_prop_update(s, gradients[i], values + i, mean_square + i);
    }
  });
  return 0;
}

int ema(figment_context* ctx, float* average, const float* values, const int32_t* step,
        double decay, int64_t n) {
  const float weight = ema_weight(step, decay);
  for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) average[i] = lerp(average[i], values[i], weight);
  });
  return 0;
}

}  // namespace figment::FIGMENT_ISA

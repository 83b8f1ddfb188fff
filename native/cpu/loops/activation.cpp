// Activations: y = f(x), dx = dy f'(from y). Memory bound but for tanh and sigmoid.
#include "parallel.h"

namespace figment::FIGMENT_ISA {

int activation_forward(figment_context* ctx, float* y, const float* x, int32_t activation,
                       float slope, int64_t n) {
  with_activation(activation, slope, [=](auto f) {
    for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) y[i] = f.forward(x[i]);
    });
  });
  return 0;
}

int activation_backward(figment_context* ctx, float* dx, const float* dy, const float* y,
                        int32_t activation, float slope, int64_t n) {
  with_activation(activation, slope, [=](auto f) {
    for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) dx[i] = f.backward(dy[i], y[i]);
    });
  });
  return 0;
}

}  // namespace figment::FIGMENT_ISA

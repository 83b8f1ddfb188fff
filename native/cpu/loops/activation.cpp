// Activations: y = f(x), dx = dy f'(from y). Memory bound but for tanh and sigmoid.
#include "storage.h"

namespace figment::FIGMENT_ISA {

int activation_forward(figment_context* ctx, void* y, const void* x, int32_t activation,
                       float slope, int32_t bfloat16, int64_t n) {
  with_storage(bfloat16, y, x, [=](auto* y, auto* x) {
    with_activation(activation, slope, [=](auto f) {
      for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
#pragma omp simd
        for (int64_t i = begin; i < end; ++i) store(y + i, f.forward(load(x + i)));
      });
    });
  });
  return 0;
}

int activation_backward(figment_context* ctx, void* dx, const void* dy, const void* y,
                        int32_t activation, float slope, int32_t bfloat16, int64_t n) {
  with_storage(bfloat16, dx, dy, y, [=](auto* dx, auto* dy, auto* y) {
    with_activation(activation, slope, [=](auto f) {
      for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
#pragma omp simd
        for (int64_t i = begin; i < end; ++i) store(dx + i, f.backward(load(dy + i), load(y + i)));
      });
    });
  });
  return 0;
}

}  // namespace figment::FIGMENT_ISA

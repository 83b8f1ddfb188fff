// Inverted dropout after an activation, Srivastava et al. (JMLR 2014). The mask is never stored:
// backward draws it again.
#include "random_bits.h"
#include "storage.h"

namespace figment::FIGMENT_ISA {

// floor(p 2^32): an element is kept when its integer is not below.
static unsigned threshold_of(double p) { return static_cast<unsigned>(p * 4294967296.0); }

int dropout_forward(figment_context* ctx, void* y, const void* x, int32_t activation, float slope,
                    double p, int64_t seed, const int32_t* counter, int32_t stream,
                    int32_t bfloat16, int64_t n) {
  const unsigned threshold = threshold_of(p);
  const float factor = static_cast<float>(1.0 / (1.0 - p));
  with_storage(bfloat16, y, x, [=](auto* y, auto* x) {
    with_activation(activation, slope, [=](auto f) {
      for_draws(ctx, n, philox_stream(seed, *counter, stream),
                [=](int64_t begin, int64_t end, const Bits* bits) FIGMENT_INLINE {
#pragma omp simd
                  for (int64_t i = begin; i < end; ++i) {
                    const float kept = f.forward(load(x + i)) * factor;
                    store(y + i, bits[i - begin] >= threshold ? kept : 0.0f);
                  }
                });
    });
  });
  return 0;
}

int dropout_backward(figment_context* ctx, void* dx, const void* dy, const void* y,
                     int32_t activation, float slope, double p, int64_t seed,
                     const int32_t* counter, int32_t stream, int32_t bfloat16, int64_t n) {
  const unsigned threshold = threshold_of(p);
  const float factor = static_cast<float>(1.0 / (1.0 - p));
  const float keep = static_cast<float>(1.0 - p);
  with_storage(bfloat16, dx, dy, y, [=](auto* dx, auto* dy, auto* y) {
    with_activation(activation, slope, [=](auto f) {
      for_draws(ctx, n, philox_stream(seed, *counter, stream),
                [=](int64_t begin, int64_t end, const Bits* bits) FIGMENT_INLINE {
#pragma omp simd
                  for (int64_t i = begin; i < end; ++i) {
                    const float kept = f.backward(load(dy + i), load(y + i) * keep) * factor;
                    store(dx + i, bits[i - begin] >= threshold ? kept : 0.0f);
                  }
                });
    });
  });
  return 0;
}

}  // namespace figment::FIGMENT_ISA

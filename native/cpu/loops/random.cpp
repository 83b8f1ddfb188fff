// Uniform, normal and Bernoulli numbers from Philox. Bound by arithmetic: ten rounds for four
// numbers.
#include "random_bits.h"

namespace figment::FIGMENT_ISA {

int increment(figment_context*, int32_t* counter) {
  *counter = static_cast<int32_t>(static_cast<uint32_t>(*counter) + 1);
  return 0;
}

int uniform(figment_context* ctx, float* y, float low, float high, int64_t seed,
            const int32_t* counter, int32_t stream, int64_t n) {
  const float width = high - low;
  for_draws(ctx, n, philox_stream(seed, *counter, stream),
            [=](int64_t begin, int64_t end, const Bits* bits) FIGMENT_INLINE {
#pragma omp simd
              for (int64_t i = begin; i < end; ++i) {
                y[i] = fma(width, uniform_of(bits[i - begin]), low);
              }
            });
  return 0;
}

int normal(figment_context* ctx, float* y, float mean, float deviation, int64_t seed,
           const int32_t* counter, int32_t stream, int64_t n) {
  const PhiloxStream source = philox_stream(seed, *counter, stream);
  for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
    for (int64_t first = begin; first < end; first += kDraws) {
      alignas(64) float normals[kDraws];
      draw_normals(normals, source, first);
      const int64_t count = smaller(end - first, kDraws);
#pragma omp simd
      for (int64_t i = 0; i < count; ++i) y[first + i] = fma(deviation, normals[i], mean);
    }
  });
  return 0;
}

int bernoulli(figment_context* ctx, float* y, const float* p, int64_t seed, const int32_t* counter,
              int32_t stream, int64_t n) {
  for_draws(ctx, n, philox_stream(seed, *counter, stream),
            [=](int64_t begin, int64_t end, const Bits* bits) FIGMENT_INLINE {
#pragma omp simd
              for (int64_t i = begin; i < end; ++i) {
                y[i] = bernoulli_of(bits[i - begin], p[i]);
              }
            });
  return 0;
}

}  // namespace figment::FIGMENT_ISA

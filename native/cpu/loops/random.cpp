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
  for_draws(ctx, n, philox_stream(seed, *counter, stream),
            [=](int64_t begin, int64_t end, const Bits* bits) FIGMENT_INLINE {
              alignas(64) float normals[kDraws];
#pragma omp simd
              for (int i = 0; i < kDraws; i += 2) {
                const NormalPair pair = box_muller(uniform_of(bits[i]), uniform_of(bits[i + 1]));
                normals[i] = pair.first;
                normals[i + 1] = pair.second;
              }
#pragma omp simd
              for (int64_t i = begin; i < end; ++i) {
                y[i] = fma(deviation, normals[i - begin], mean);
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

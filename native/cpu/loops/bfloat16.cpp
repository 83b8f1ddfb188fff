// From float32 to bfloat16 and back. Memory bound.
#include "bfloat16.h"

#include "parallel.h"

namespace figment::FIGMENT_ISA {

int to_bfloat16(figment_context* ctx, uint16_t* y, const float* x, int64_t n) {
  for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) y[i] = static_cast<uint16_t>(bfloat16_of(x[i]));
  });
  return 0;
}

int from_bfloat16(figment_context* ctx, float* y, const uint16_t* x, int64_t n) {
  for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) y[i] = float_of(static_cast<unsigned>(x[i]) << 16);
  });
  return 0;
}

int round_to_bfloat16(figment_context* ctx, float* y, const float* x, int64_t n) {
  for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) y[i] = float_of(bfloat16_of(x[i]) << 16);
  });
  return 0;
}

}  // namespace figment::FIGMENT_ISA

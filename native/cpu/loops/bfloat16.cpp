// Rounding to bfloat16, the upper half of a float32: to the nearest, ties to even. Memory bound.
#include "bfloat16.h"

#include "parallel.h"

namespace figment::FIGMENT_ISA {
namespace {

// As kernels/storage.cuh has it, so that all devices get the same bits.
FIGMENT_FORMULA unsigned upper_half(float x) {
  const unsigned bits = bits_of(x);
  const unsigned rounded = (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
  return (bits & 0x7fffffffu) > 0x7f800000u ? 0x7fffu : rounded;
}

}  // namespace

int to_bfloat16(figment_context* ctx, uint16_t* y, const float* x, int64_t n) {
  for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) y[i] = static_cast<uint16_t>(upper_half(x[i]));
  });
  return 0;
}

int round_to_bfloat16(figment_context* ctx, float* y, const float* x, int64_t n) {
  for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) y[i] = float_of(upper_half(x[i]) << 16);
  });
  return 0;
}

}  // namespace figment::FIGMENT_ISA

// Copies from one storage type to the other: loops of our own in loops/bfloat16.cpp.
#ifndef FIGMENT_CPU_BFLOAT16_H_
#define FIGMENT_CPU_BFLOAT16_H_

#include "context.h"

namespace figment {

// y = x, each number rounded to the nearest bfloat16, ties to even; a NaN becomes 0x7fff.
int figment_to_bfloat16(figment_context* ctx, uint16_t* y, const float* x, int64_t n);
// y = x.
int figment_from_bfloat16(figment_context* ctx, float* y, const uint16_t* x, int64_t n);
// y = x rounded as by the first, kept as float32.
int figment_round_to_bfloat16(figment_context* ctx, float* y, const float* x, int64_t n);

}  // namespace figment

#endif  // FIGMENT_CPU_BFLOAT16_H_

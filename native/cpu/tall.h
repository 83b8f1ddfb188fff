// The gradient of a dense layer's weights over many rows, a loop of our own in
// loops/tall_product.cpp.
#ifndef FIGMENT_CPU_TALL_H_
#define FIGMENT_CPU_TALL_H_

#include "context.h"

namespace figment {

// Whether it is faster so than by oneDNN: rows by the thousand, as the steps of a recurrent layer
// are, and sums that stay in cache. It multiplies in float32.
inline __attribute__((always_inline)) bool tall_is_faster(const figment_context* ctx, int32_t batch,
                                                          int32_t in, int32_t out) {
  return ctx->factors == Factors::kFloat32 && ctx->isa != Isa::kBaseline && batch >= 1024 &&
         in <= 512 && out >= 64;
}

// figment_dense_backward_weights of figment.h.
int figment_tall_product(figment_context* ctx, float* dw, float* dbias, const float* dy,
                         const float* x, int32_t accumulate, int32_t batch, int32_t in,
                         int32_t out);

}  // namespace figment

#endif  // FIGMENT_CPU_TALL_H_

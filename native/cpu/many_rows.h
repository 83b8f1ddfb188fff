// Dense layers over many rows, by loops of our own: loops/tall_product.cpp, narrow_product.cpp.
#ifndef FIGMENT_CPU_MANY_ROWS_H_
#define FIGMENT_CPU_MANY_ROWS_H_

#include "context.h"

namespace figment {

// Whether the gradient of the weights is faster so than by oneDNN: rows by the thousand, as the
// steps of a recurrent layer are, and sums that stay in cache. It multiplies in float32.
inline __attribute__((always_inline)) bool tall_is_faster(const figment_context* ctx, int32_t batch,
                                                          int32_t in, int32_t out) {
  return ctx->factors == Factors::kFloat32 && ctx->isa != Isa::kBaseline && batch >= 1024 &&
         in <= 512 && out >= 64;
}

// figment_dense_backward_weights of figment.h.
int figment_tall_product(figment_context* ctx, float* dw, float* dbias, const float* dy,
                         const float* x, int32_t accumulate, int32_t batch, int32_t in,
                         int32_t out);

// Whether layers of few inputs are, forward and to their weights: by loops/narrow_product.cpp,
// which take what memory takes. On a Zen 3, two threads, 8192 rows of 8 inputs and 512 outputs
// took 1.5 ms where oneDNN took 2.7, and backwards 1.7 where tall_product.cpp took 3.0.
inline __attribute__((always_inline)) bool narrow_is_faster(const figment_context* ctx,
                                                            int32_t batch, int32_t in,
                                                            int32_t out) {
  return ctx->factors == Factors::kFloat32 && ctx->isa != Isa::kBaseline && batch >= 1024 &&
         in <= 24 && out >= 128;
}

// figment_dense_forward of figment.h.
int figment_narrow_forward(figment_context* ctx, float* y, const float* x, const float* w,
                           const float* bias, int32_t activation, float slope, int32_t batch,
                           int32_t in, int32_t out);
// figment_dense_backward_weights of figment.h.
int figment_narrow_weight_gradient(figment_context* ctx, float* dw, float* dbias, const float* dy,
                                   const float* x, int32_t accumulate, int32_t batch, int32_t in,
                                   int32_t out);

}  // namespace figment

#endif  // FIGMENT_CPU_MANY_ROWS_H_

// Convolution: x is the large image, y the small one.
#include "convolution.h"

using figment::Pass;

int figment_conv_forward(figment_context* ctx, float* y, const float* x, const float* w,
                         const float* bias, int32_t activation, float slope, int32_t batch,
                         const figment_conv* geometry) {
  return figment::guarded(ctx, "conv_forward", [&] {
    return figment::large_to_small(ctx, y, x, w, {bias, activation, slope}, Pass{batch, *geometry});
  });
}

int figment_conv_backward_data(figment_context* ctx, float* dx, const float* dy, const float* w,
                               int32_t batch, const figment_conv* geometry) {
  return figment::guarded(ctx, "conv_backward_data", [&] {
    return figment::small_to_large(ctx, dx, dy, w, {}, Pass{batch, *geometry});
  });
}

int figment_conv_backward_weights(figment_context* ctx, float* dw, float* dbias, const float* dy,
                                  const float* x, int32_t accumulate, int32_t batch,
                                  const figment_conv* geometry) {
  return figment::guarded(ctx, "conv_backward_weights", [&] {
    const figment_conv& g = *geometry;
    if (figment::weight_gradient(ctx, dw, x, dy, accumulate != 0, Pass{batch, g}) != 0) return 1;
    if (dbias == nullptr) return 0;
    return figment_column_sum(ctx, dbias, dy, accumulate,
                              int64_t{batch} * g.small_height * g.small_width, g.small_channels);
  });
}

// Convolution: x is the large image, y the small one.
#include "convolution.h"

using figment::Pass;

int figment_conv_forward(figment_context* ctx, void* y, const void* x, const float* w,
                         const float* bias, int32_t activation, float slope, int32_t bfloat16_y,
                         int32_t bfloat16_x, int32_t batch, const figment_conv* geometry) {
  return figment::guarded(ctx, "conv_forward", [&] {
    const Pass pass{batch, *geometry};
    return figment::large_to_small(ctx, figment::small_image(y, bfloat16_y, pass),
                                   figment::large_image(x, bfloat16_x, pass), w,
                                   {bias, activation, slope}, pass);
  });
}

int figment_conv_backward_data(figment_context* ctx, void* dx, const void* dy, const float* w,
                               int32_t bfloat16_y, int32_t bfloat16_x, int32_t batch,
                               const figment_conv* geometry) {
  return figment::guarded(ctx, "conv_backward_data", [&] {
    const Pass pass{batch, *geometry};
    return figment::small_to_large(ctx, figment::large_image(dx, bfloat16_x, pass),
                                   figment::small_image(dy, bfloat16_y, pass), w, {}, pass);
  });
}

int figment_conv_backward_weights(figment_context* ctx, float* dw, float* dbias, const void* dy,
                                  const void* x, int32_t accumulate, int32_t bfloat16_y,
                                  int32_t bfloat16_x, int32_t batch, const figment_conv* geometry) {
  return figment::guarded(ctx, "conv_backward_weights", [&] {
    const Pass pass{batch, *geometry};
    if (figment::weight_gradient(ctx, dw, figment::large_image(x, bfloat16_x, pass),
                                 figment::small_image(dy, bfloat16_y, pass), accumulate != 0,
                                 pass) != 0) {
      return 1;
    }
    if (dbias == nullptr) return 0;
    const int32_t channels = pass.geometry.small_channels;
    return figment_column_sum(ctx, dbias, dy, accumulate, bfloat16_y,
                              figment::small_image(dy, bfloat16_y, pass).n / channels, channels);
  });
}

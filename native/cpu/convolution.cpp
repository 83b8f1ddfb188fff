#include "convolution.h"

#include "choices.h"
#include "winograd.h"

namespace figment {

int large_to_small(figment_context* ctx, float* small, const float* large, const float* w,
                   const Epilogue& epilogue, const Pass& pass) {
  const figment_conv& g = pass.geometry;
  const int64_t rows = int64_t{pass.batch} * g.small_height * g.small_width;
  const Epilogue activation = {nullptr, epilogue.activation, epilogue.slope};
  return by_choice(ctx, PassKind::kToSmall, pass, [&](Implementation implementation) {
    if (implementation == Implementation::kWinograd) {
      if (figment_winograd_to_small(ctx, small, large, w, epilogue.bias, pass.batch, &g) != 0) {
        return 1;
      }
      return apply(ctx, small, activation, rows, g.small_channels);
    }
    if (fuses(epilogue.activation)) {
      onednn_large_to_small(ctx, small, large, w, epilogue, pass);
      return 0;
    }
    onednn_large_to_small(ctx, small, large, w, {epilogue.bias, 0, 0}, pass);
    return apply(ctx, small, activation, rows, g.small_channels);
  });
}

int small_to_large(figment_context* ctx, float* large, const float* small, const float* w,
                   const Epilogue& epilogue, const Pass& pass) {
  const figment_conv& g = pass.geometry;
  const int64_t rows = int64_t{pass.batch} * g.height * g.width;
  const Epilogue activation = {nullptr, epilogue.activation, epilogue.slope};
  return by_choice(ctx, PassKind::kToLarge, pass, [&](Implementation implementation) {
    switch (implementation) {
      case Implementation::kFewChannels:
        few_channels_small_to_large(ctx, large, small, w, epilogue.bias, pass);
        return apply(ctx, large, activation, rows, g.channels);
      case Implementation::kWinograd:
        if (figment_winograd_to_large(ctx, large, small, w, epilogue.bias, pass.batch, &g) != 0) {
          return 1;
        }
        return apply(ctx, large, activation, rows, g.channels);
      default:
        onednn_small_to_large(ctx, large, small, w, pass);
        return apply(ctx, large, epilogue, rows, g.channels);
    }
  });
}

int weight_gradient(figment_context* ctx, float* dw, const float* large, const float* small,
                    bool accumulate, const Pass& pass) {
  return by_choice(ctx, PassKind::kWeightGradient, pass, [&](Implementation implementation) {
    if (implementation == Implementation::kWinograd) {
      return figment_winograd_weight_gradient(ctx, dw, large, small, accumulate, pass.batch,
                                              &pass.geometry);
    }
    onednn_weight_gradient(ctx, dw, large, small, accumulate, pass);
    return 0;
  });
}

int apply(figment_context* ctx, float* y, const Epilogue& epilogue, int64_t rows,
          int32_t channels) {
  if (epilogue.bias != nullptr) {
    const float* bias = epilogue.bias;
#pragma omp parallel for num_threads(ctx->threads) schedule(static)
    for (int64_t row = 0; row < rows; ++row) {
      float* out = y + row * channels;
      for (int32_t c = 0; c < channels; ++c) out[c] += bias[c];
    }
  }
  if (epilogue.activation == 0) return 0;
  return figment_activation_forward(ctx, y, y, epilogue.activation, epilogue.slope,
                                    rows * channels);
}

}  // namespace figment

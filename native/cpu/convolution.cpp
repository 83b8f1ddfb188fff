#include "convolution.h"

#include "bfloat16.h"
#include "choices.h"
#include "winograd.h"

namespace figment {
namespace {

// Float32 copies of a pass's bfloat16 tensors, for implementations that know no other: outside of
// the scratch, which those use.
class Floats {
 public:
  Floats(figment_context* ctx, const Stored& a, const Stored& b) : ctx_(ctx) {
    const size_t bytes = bytes_of(a) + bytes_of(b);
    next_ = static_cast<char*>(widened(ctx, bytes));
    if (next_ == nullptr && bytes > 0) throw std::bad_alloc();
  }

  const float* read(const Stored& x) {
    if (!x.bfloat16) return static_cast<const float*>(x.data);
    float* copy = room(x);
    figment_from_bfloat16(ctx_, copy, static_cast<const uint16_t*>(x.data), x.n);
    return copy;
  }

  // To write y to, and then to call written() with.
  float* room(const Stored& y) {
    if (!y.bfloat16) return static_cast<float*>(const_cast<void*>(y.data));
    float* place = reinterpret_cast<float*>(next_);
    next_ += bytes_of(y);
    return place;
  }

  int written(const Stored& y, const float* place) {
    if (!y.bfloat16) return 0;
    return figment_to_bfloat16(ctx_, static_cast<uint16_t*>(const_cast<void*>(y.data)), place, y.n);
  }

 private:
  static size_t bytes_of(const Stored& x) {
    return x.bfloat16 ? (sizeof(float) * static_cast<size_t>(x.n) + 63) / 64 * 64 : 0;
  }

  figment_context* ctx_;
  char* next_;
};

// run(y, x) with both as float32, then the activation.
template <class Run>
int with_floats(figment_context* ctx, const Stored& y, const Stored& x, const Epilogue& epilogue,
                int32_t channels, Run&& run) {
  Floats floats(ctx, y, x);
  const float* from = floats.read(x);
  float* to = floats.room(y);
  if (run(to, from) != 0) return 1;
  if (apply(ctx, to, {nullptr, epilogue.activation, epilogue.slope}, y.n, channels) != 0) return 1;
  return floats.written(y, to);
}

}  // namespace

Stored large_image(const void* data, int32_t bfloat16, const Pass& pass) {
  const figment_conv& g = pass.geometry;
  return {data, int64_t{pass.batch} * g.height * g.width * g.channels, bfloat16 != 0};
}

Stored small_image(const void* data, int32_t bfloat16, const Pass& pass) {
  const figment_conv& g = pass.geometry;
  return {data, int64_t{pass.batch} * g.small_height * g.small_width * g.small_channels,
          bfloat16 != 0};
}

int64_t weights_size(const Pass& pass) {
  const figment_conv& g = pass.geometry;
  return int64_t{g.small_channels} * g.kernel_height * g.kernel_width * g.channels;
}

int large_to_small(figment_context* ctx, const Stored& small, const Stored& large, const float* w,
                   const Epilogue& epilogue, const Pass& pass) {
  const figment_conv& g = pass.geometry;
  return by_choice(ctx, PassKind::kToSmall, pass, [&](Implementation implementation) {
    if (implementation == Implementation::kWinograd) {
      return with_floats(
          ctx, small, large, epilogue, g.small_channels, [&](float* to, const float* from) {
            return figment_winograd_to_small(ctx, to, from, w, epilogue.bias, pass.batch, &g);
          });
    }
    return onednn_large_to_small(ctx, small, large, w, epilogue, pass);
  });
}

int small_to_large(figment_context* ctx, const Stored& large, const Stored& small, const float* w,
                   const Epilogue& epilogue, const Pass& pass) {
  const figment_conv& g = pass.geometry;
  return by_choice(ctx, PassKind::kToLarge, pass, [&](Implementation implementation) {
    switch (implementation) {
      case Implementation::kFewChannels:
        return with_floats(ctx, large, small, epilogue, g.channels,
                           [&](float* to, const float* from) {
                             few_channels_small_to_large(ctx, to, from, w, epilogue.bias, pass);
                             return 0;
                           });
      case Implementation::kWinograd:
        return with_floats(
            ctx, large, small, epilogue, g.channels, [&](float* to, const float* from) {
              return figment_winograd_to_large(ctx, to, from, w, epilogue.bias, pass.batch, &g);
            });
      default:
        return onednn_small_to_large(ctx, large, small, w, epilogue, pass);
    }
  });
}

int weight_gradient(figment_context* ctx, float* dw, const Stored& large, const Stored& small,
                    bool accumulate, const Pass& pass) {
  return by_choice(ctx, PassKind::kWeightGradient, pass, [&](Implementation implementation) {
    if (implementation == Implementation::kWinograd) {
      Floats floats(ctx, large, small);
      const float* large_floats = floats.read(large);
      return figment_winograd_weight_gradient(ctx, dw, large_floats, floats.read(small), accumulate,
                                              pass.batch, &pass.geometry);
    }
    onednn_weight_gradient(ctx, dw, large, small, accumulate, pass);
    return 0;
  });
}

int apply(figment_context* ctx, float* y, const Epilogue& epilogue, int64_t n, int32_t channels) {
  if (epilogue.bias != nullptr) {
    const float* bias = epilogue.bias;
#pragma omp parallel for num_threads(ctx->threads) schedule(static)
    for (int64_t row = 0; row < n / channels; ++row) {
      float* out = y + row * channels;
      for (int32_t c = 0; c < channels; ++c) out[c] += bias[c];
    }
  }
  if (epilogue.activation == 0) return 0;
  return figment_activation_forward(ctx, y, y, epilogue.activation, epilogue.slope, 0, n);
}

}  // namespace figment

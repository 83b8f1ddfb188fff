// The three passes of a convolution between a large image [N][H][W][C] and a small one [N][P][Q][K]
// with weights [K][R][S][C]. A convolution and a transposed convolution are the same passes with
// their roles exchanged, so conv.cpp and conv_transpose.cpp only name them.
#ifndef FIGMENT_CPU_CONVOLUTION_H_
#define FIGMENT_CPU_CONVOLUTION_H_

#include "onednn.h"

namespace figment {

// What follows a pass in place: a bias a channel (may be null) and an activation.
struct Epilogue {
  const float* bias = nullptr;
  int32_t activation = 0;
  float slope = 0;
};

struct Pass {
  int32_t batch;
  figment_conv geometry;
};

// The images of a pass, and how many elements its weights have.
Stored large_image(const void* data, int32_t bfloat16, const Pass& pass);
Stored small_image(const void* data, int32_t bfloat16, const Pass& pass);
int64_t weights_size(const Pass& pass);

enum class PassKind : int32_t { kToSmall, kToLarge, kWeightGradient };

int large_to_small(figment_context* ctx, const Stored& small, const Stored& large, const float* w,
                   const Epilogue& epilogue, const Pass& pass);
int small_to_large(figment_context* ctx, const Stored& large, const Stored& small, const float* w,
                   const Epilogue& epilogue, const Pass& pass);
int weight_gradient(figment_context* ctx, float* dw, const Stored& large, const Stored& small,
                    bool accumulate, const Pass& pass);

// y [n / channels][channels] = activation(y + bias): the epilogue of a pass that could not fuse it.
int apply(figment_context* ctx, float* y, const Epilogue& epilogue, int64_t n, int32_t channels);

// The implementations, one a file; choices.h says which computes what.

// oneDNN's convolution.
int onednn_large_to_small(figment_context* ctx, const Stored& small, const Stored& large,
                          const float* w, const Epilogue& epilogue, const Pass& pass);
int onednn_small_to_large(figment_context* ctx, const Stored& large, const Stored& small,
                          const float* w, const Epilogue& epilogue, const Pass& pass);
void onednn_weight_gradient(figment_context* ctx, float* dw, const Stored& large,
                            const Stored& small, bool accumulate, const Pass& pass);

// A product to R x S x C columns and their sums: where C is so small that oneDNN's blocks of
// channels are nearly empty. Adds the bias; leaves the activation.
constexpr int32_t kFewChannels = 4;
void few_channels_small_to_large(figment_context* ctx, float* large, const float* small,
                                 const float* w, const float* bias, const Pass& pass);

}  // namespace figment

#endif  // FIGMENT_CPU_CONVOLUTION_H_

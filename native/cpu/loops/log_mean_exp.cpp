// The logarithm of the mean exponential down each column, and its gradient, the softmax.
#include "loss_formulas.h"
#include "parallel.h"

namespace figment::FIGMENT_ISA {

constexpr int64_t kTileColumns = 64;

int log_mean_exp(figment_context* ctx, float* value, float* weights, const float* x, int32_t count,
                 int32_t columns) {
  const int64_t stride = columns;
  parallel_for(ctx, divide_up(stride, kTileColumns), [=](int64_t tile) FIGMENT_INLINE {
    const int64_t first = tile * kTileColumns;
    const int64_t width = smaller(kTileColumns, stride - first);
    alignas(64) float most[kTileColumns];
    alignas(64) double sum[kTileColumns];
    for (int64_t i = 0; i < width; ++i) {
      most[i] = x[first + i];
      sum[i] = 0;
    }
    for (int64_t row = 1; row < count; ++row) {
      const float* in = x + row * stride + first;
#pragma omp simd
      for (int64_t i = 0; i < width; ++i) most[i] = in[i] > most[i] ? in[i] : most[i];
    }
    for (int64_t row = 0; row < count; ++row) {
      const float* in = x + row * stride + first;
      float* out = weights + row * stride + first;
#pragma omp simd
      for (int64_t i = 0; i < width; ++i) {
        out[i] = exp_of_negative(in[i] - most[i]);
        sum[i] += out[i];
      }
    }
    for (int64_t row = 0; row < count; ++row) {
      float* out = weights + row * stride + first;
#pragma omp simd
      for (int64_t i = 0; i < width; ++i) out[i] /= static_cast<float>(sum[i]);
    }
    for (int64_t i = 0; i < width; ++i) {
      value[first + i] = most[i] + log(static_cast<float>(sum[i] / count));
    }
  });
  return 0;
}

}  // namespace figment::FIGMENT_ISA

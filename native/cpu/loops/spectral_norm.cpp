// Spectral normalisation of weights w [rows][columns] (Miyato et al., 2018): a step of the power
// iteration, and the gradient of w / sigma. Sums are float64, whose products of two floats are
// exact. Bound by memory: w is read twice; for the gradient w once, dw twice, and written once.
#include "sums.h"

namespace figment::FIGMENT_ISA {

constexpr double kSmallest = 1e-12;  // a norm below it counts as 0
constexpr int64_t kStrip = 256;      // columns of w whose sums stay in the nearest cache

int spectral_norm(figment_context* ctx, float* inverse, float* u, float* v, const float* w,
                  int32_t rows, int32_t columns) {
  double* products = static_cast<double*>(scratch(ctx, sizeof(double) * static_cast<size_t>(rows)));
  if (products == nullptr) return 1;

  // v = w^T u.
  parallel_for(ctx, divide_up(columns, kStrip), [=](int64_t strip) {
    const int64_t first = strip * kStrip, width = smaller(kStrip, columns - first);
    alignas(64) double sums[kStrip] = {};
    for (int64_t row = 0; row < rows; ++row) {
      const double by = u[row];
      const float* from = w + row * columns + first;
#pragma omp simd
      for (int64_t j = 0; j < width; ++j) sums[j] += by * from[j];
    }
    for (int64_t j = 0; j < width; ++j) v[first + j] = static_cast<float>(sums[j]);
  });

  // w v, whose direction is the new u.
  parallel_for(ctx, rows, [=](int64_t row) {
    const float* from = w + row * columns;
    products[row] = sum_over(
        0, columns, [=](int64_t i) FIGMENT_INLINE { return static_cast<double>(from[i]) * v[i]; });
  });
  const double v_norm = __builtin_sqrt(sum_over(
      0, columns, [=](int64_t i) FIGMENT_INLINE { return static_cast<double>(v[i]) * v[i]; }));
  const double u_norm = __builtin_sqrt(
      sum_over(0, rows, [=](int64_t i) FIGMENT_INLINE { return products[i] * products[i]; }));

  const bool zero = v_norm < kSmallest || u_norm < kSmallest * v_norm;
  for (int64_t i = 0; !zero && i < rows; ++i) u[i] = static_cast<float>(products[i] / u_norm);
  for (int64_t i = 0; i < columns; ++i) v[i] = zero ? 0.0f : static_cast<float>(v[i] / v_norm);
  *inverse = zero ? 1.0f : static_cast<float>(v_norm / u_norm);
  return 0;
}

// dw = inverse (dw - inverse <dw, w> u v^T).
int spectral_norm_backward(figment_context* ctx, float* dw, const float* w, const float* u,
                           const float* v, const float* inverse, int32_t rows, int32_t columns) {
  const int64_t n = static_cast<int64_t>(rows) * columns;
  double* partial = static_cast<double*>(scratch(ctx, sizeof(double) * (divide_up(n, kChunk) + 1)));
  if (partial == nullptr) return 1;
  const double product = sum_of_chunks(
      ctx, partial, n, [=](int64_t i) FIGMENT_INLINE { return static_cast<double>(dw[i]) * w[i]; });
  const double by = *inverse;
  const float scale = static_cast<float>(by);
  parallel_for(ctx, rows, [=](int64_t row) {
    const float shift = static_cast<float>(by * by * product * u[row]);
    float* to = dw + row * columns;
#pragma omp simd
    for (int64_t i = 0; i < columns; ++i) to[i] = fma(-shift, v[i], scale * to[i]);
  });
  return 0;
}

}  // namespace figment::FIGMENT_ISA

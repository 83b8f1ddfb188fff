// KL(q || p) of diagonal Gaussians, value and gradients in one pass.
#include "loss_formulas.h"
#include "row_losses.h"

namespace figment::FIGMENT_ISA {

namespace {

// gradients [2 latent] of a row = factor * (means, then log variances), or 0 of a row left out.
void write_gradients(float* gradients, const float* dmean, const float* dv, float factor,
                     int64_t latent, int64_t first, int64_t count) {
  float* d = gradients + first;
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) d[i] = factor == 0.0f ? 0.0f : factor * dmean[i];
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) d[latent + i] = factor == 0.0f ? 0.0f : factor * dv[i];
}

}  // namespace

int gaussian_kl(figment_context* ctx, float* result, float* row_losses, float* dq, float* dp,
                const float* q, const float* p, const float* weights, const float* scale,
                int32_t batch, int32_t rows, int32_t latent) {
  const float share = *scale / static_cast<float>(batch);
  const int64_t width = latent;
  return sum_of_row_losses(
      ctx, result, row_losses, rows, 2 * width, batch, [=](int64_t row) -> double {
        const float weight = weights != nullptr ? weights[row] : 1.0f;
        const float factor = weight == 0.0f ? 0.0f : share * weight;
        const auto terms_of_row = [=](float* terms, int64_t first, int64_t count) FIGMENT_INLINE {
          const int64_t begin = 2 * row * width;
          const float* mean = q + begin + first;
          const float* v = mean + width;
          alignas(64) float dq_mean[kTerms], dq_v[kTerms], dp_mean[kTerms], dp_v[kTerms];
          if (p == nullptr) {
#pragma omp simd
            for (int64_t i = 0; i < count; ++i) {
              const MomentGradients kl = kl_to_standard_normal(mean[i], v[i]);
              terms[i] = kl.value;
              dq_mean[i] = kl.mean;
              dq_v[i] = kl.log_variance;
            }
          } else {
            const float* p_mean = p + begin + first;
            const float* p_v = p_mean + width;
#pragma omp simd
            for (int64_t i = 0; i < count; ++i) {
              const GaussianKl kl = kl_of_gaussians(mean[i], v[i], p_mean[i], p_v[i]);
              terms[i] = kl.value;
              dq_mean[i] = kl.q_mean;
              dq_v[i] = kl.q_log_variance;
              dp_mean[i] = kl.p_mean;
              dp_v[i] = kl.p_log_variance;
            }
          }
          write_gradients(dq + begin, dq_mean, dq_v, factor, width, first, count);
          if (dp != nullptr) {
            write_gradients(dp + begin, dp_mean, dp_v, factor, width, first, count);
          }
        };
        const double loss = sum_of_row(width, terms_of_row);
        return weight == 0.0f ? 0.0 : weight * loss;
      });
}

}  // namespace figment::FIGMENT_ISA

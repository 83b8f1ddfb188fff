// KL(q || p) of diagonal Gaussians, value and gradients in one pass.
#include "loss_formulas.h"
#include "row_losses.h"

namespace figment::FIGMENT_ISA {

// factor times a derivative; a factor of 0 leaves it out, whatever it is.
FIGMENT_FORMULA float weighted(float factor, float x) { return factor == 0.0f ? 0.0f : factor * x; }

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
          // Means, then log variances.
          const int64_t begin = 2 * row * width + first;
          const float *mean = q + begin, *v = mean + width;
          float *dq_mean = dq + begin, *dq_v = dq_mean + width;
          if (p == nullptr) {
#pragma omp simd
            for (int64_t i = 0; i < count; ++i) {
              const StandardKl kl = kl_to_standard_normal(mean[i], v[i]);
              terms[i] = kl.value;
              dq_mean[i] = weighted(factor, kl.mean);
              dq_v[i] = weighted(factor, kl.log_variance);
            }
            return;
          }
          const float *p_mean = p + begin, *p_v = p_mean + width;
          float *dp_mean = dp + begin, *dp_v = dp_mean + width;
#pragma omp simd
          for (int64_t i = 0; i < count; ++i) {
            const GaussianKl kl = kl_of_gaussians(mean[i], v[i], p_mean[i], p_v[i]);
            terms[i] = kl.value;
            dq_mean[i] = weighted(factor, kl.q_mean);
            dq_v[i] = weighted(factor, kl.q_log_variance);
            dp_mean[i] = weighted(factor, kl.p_mean);
            dp_v[i] = weighted(factor, kl.p_log_variance);
          }
        };
        const double loss = sum_of_row(width, terms_of_row);
        return weight == 0.0f ? 0.0 : weight * loss;
      });
}

}  // namespace figment::FIGMENT_ISA

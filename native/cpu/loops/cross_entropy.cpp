// Softmax cross-entropy: loss = log sum exp(x - max) + max - x_label, its gradient the softmax less
// 1 at the label.
#include "loss_formulas.h"
#include "row_losses.h"

namespace figment::FIGMENT_ISA {

int cross_entropy(figment_context* ctx, float* result, float* row_losses, float* dlogits,
                  const float* logits, const int32_t* labels, const float* weights, int32_t batch,
                  int32_t rows, int32_t classes) {
  const float share = 1.0f / static_cast<float>(batch);
  const int64_t width = classes;
  return sum_of_row_losses(
      ctx, result, row_losses, rows, width, batch, [=](int64_t row) FIGMENT_INLINE -> double {
        const float* x = logits + row * width;
        float* d = dlogits != nullptr ? dlogits + row * width : nullptr;
        const int64_t label = labels[row];
        const float weight = weights != nullptr ? weights[row] : 1.0f;
        if (label < 0 || weight == 0.0f) {
          for (int64_t i = 0; d != nullptr && i < width; ++i) d[i] = 0.0f;
          return 0;
        }
        float most = x[0];
#pragma omp simd reduction(max : most)
        for (int64_t i = 0; i < width; ++i) most = x[i] > most ? x[i] : most;
        const float chosen = label < width ? x[label] : 0.0f;
        // The exponentials wait in d for their sum.
        const double sum =
            sum_of_row(width, [=](float* terms, int64_t first, int64_t count) FIGMENT_INLINE {
              float* kept = d != nullptr ? d + first : terms;
#pragma omp simd
              for (int64_t i = 0; i < count; ++i)
                terms[i] = kept[i] = exp_of_negative(x[first + i] - most);
            });
        const float total = static_cast<float>(sum);
        // A label of no class makes the row NaN, so that it cannot go unseen.
        const bool known = label < width;
        const float factor = known ? share * weight : float_of(0x7fc00000u);
        if (d != nullptr) {
          const float scale = factor / total;
#pragma omp simd
          for (int64_t i = 0; i < width; ++i) d[i] *= scale;
          if (known) d[label] -= factor;
        }
        return known ? weight * (static_cast<double>(log(total)) + (most - chosen)) : factor;
      });
}

}  // namespace figment::FIGMENT_ISA

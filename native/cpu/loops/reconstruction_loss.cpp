// Negative log-likelihoods of data under predictions, value and gradient in one pass.
#include "loss_formulas.h"
#include "row_losses.h"

namespace figment::FIGMENT_ISA {

namespace {

struct Reconstruction {
  float* dprediction;
  const float* prediction;
  const float* target;
  const float* weights;
  bool row_weights;
  float share;  // 1 / batch
  int64_t columns;

  // The weights of a row's columns from `first` on, where there is one for each, else NULL.
  const float* column_weights(int64_t row, int64_t first) const {
    return weights == nullptr || row_weights ? nullptr : weights + row * columns + first;
  }
  float row_weight(int64_t row) const {
    return weights != nullptr && row_weights ? weights[row] : 1.0f;
  }
};

// A weight of 0 leaves a number out, whatever it is.
FIGMENT_FORMULA float weighted(float weight, float x) { return weight == 0.0f ? 0.0f : weight * x; }

// loop(weigh) with weigh(i, x): x times the weight of column first + i, or x where there are none.
template <class Loop>
FIGMENT_INLINE inline void with_weights(const Reconstruction& r, int64_t row, int64_t first,
                                        Loop loop) {
  const float* w = r.column_weights(row, first);
  const float row_weight = r.row_weight(row);
  if (w != nullptr) {
    loop([=](int64_t i, float x) FIGMENT_INLINE { return weighted(w[i], x); });
  } else if (r.row_weights) {
    loop([=](int64_t, float x) FIGMENT_INLINE { return weighted(row_weight, x); });
  } else {
    loop([](int64_t, float x) FIGMENT_INLINE { return x; });
  }
}

// One prediction for each element.
template <class Distribution>
double simple_row(const Reconstruction& r, Distribution distribution, int64_t row) {
  return sum_of_row(r.columns, [=](float* terms, int64_t first, int64_t count) FIGMENT_INLINE {
    const int64_t begin = row * r.columns + first;
    const float* p = r.prediction + begin;
    const float* x = r.target + begin;
    alignas(64) float unused[kTerms];
    float* dp = r.dprediction != nullptr ? r.dprediction + begin : unused;
    with_weights(r, row, first, [=](auto weigh) FIGMENT_INLINE {
#pragma omp simd
      for (int64_t i = 0; i < count; ++i) {
        const ValueAndGradient loss = distribution.loss(p[i], x[i]);
        terms[i] = weigh(i, loss.value);
        dp[i] = r.share * weigh(i, loss.gradient);
      }
    });
  });
}

// Means, then log variances.
double learned_row(const Reconstruction& r, int64_t row) {
  return sum_of_row(r.columns, [=](float* terms, int64_t first, int64_t count) FIGMENT_INLINE {
    const int64_t begin = 2 * row * r.columns + first;
    const float* mean = r.prediction + begin;
    const float* v = mean + r.columns;
    const float* x = r.target + row * r.columns + first;
    alignas(64) float unused[2 * kTerms];
    float* dmean = r.dprediction != nullptr ? r.dprediction + begin : unused;
    float* dv = r.dprediction != nullptr ? dmean + r.columns : unused + kTerms;
    with_weights(r, row, first, [=](auto weigh) FIGMENT_INLINE {
#pragma omp simd
      for (int64_t i = 0; i < count; ++i) {
        const MomentGradients loss = loss_of_learned_gaussian(mean[i], v[i], x[i]);
        terms[i] = weigh(i, loss.value);
        dmean[i] = r.share * weigh(i, loss.mean);
        dv[i] = r.share * weigh(i, loss.log_variance);
      }
    });
  });
}

}  // namespace

int reconstruction_loss(figment_context* ctx, float* result, float* row_losses, float* dprediction,
                        const float* prediction, const float* target, const float* weights,
                        int32_t likelihood, float precision, float constant, int32_t row_weights,
                        int32_t batch, int32_t rows, int32_t columns) {
  const Reconstruction r{dprediction,
                         prediction,
                         target,
                         weights,
                         row_weights != 0 && weights != nullptr,
                         1.0f / static_cast<float>(batch),
                         columns};
  const auto sum = [=](auto row_loss) {
    return sum_of_row_losses(ctx, result, row_losses, rows, columns, batch, row_loss);
  };
  switch (likelihood) {
    case kBernoulli:
      return sum([=](int64_t row) { return simple_row(r, Bernoulli{}, row); });
    case kGaussianLearned:
      return sum([=](int64_t row) { return learned_row(r, row); });
    default:
      return sum([=](int64_t row) { return simple_row(r, Gaussian{precision, constant}, row); });
  }
}

}  // namespace figment::FIGMENT_ISA

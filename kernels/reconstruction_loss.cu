// -log p(target | prediction), summed over columns and rows, divided by the batch; value and
// gradient in one pass. Distributions: loss_formulas.h. Bound by memory: 12 bytes an element, 4
// more with weights, 8 more where the log variance is predicted too.
#include "loss_formulas.h"
#include "rows.cuh"

using namespace figment;

template <class T>
struct Reconstruction {
  T* dprediction;  // or null
  const T* prediction;
  const T* target;       // [rows][columns]
  const float* weights;  // [rows] or [rows][columns], or null
  bool row_weights;
  int columns;

  template <int kWidth>
  FIGMENT_MEMBER Pack<kWidth> weights_of(int64 row, int64 element) const {
    if (weights != nullptr && !row_weights) return load_pack<kWidth>(weights + element);
    Pack<kWidth> pack;
    const float weight = weights != nullptr ? weights[row] : 1.0f;
    FIGMENT_UNROLL
    for (int k = 0; k < kWidth; ++k) pack.v[k] = weight;
    return pack;
  }
};

// This thread's part of its row's loss; share: 1 / batch. Of distributions with one parameter an
// element, as loss_formulas.h has them.
template <int kWidth, class T, class Distribution>
FIGMENT_MEMBER float part_of_row(const Reconstruction<T>& r, const RowGroup& group, float share,
                                 Distribution distribution) {
  float sum = 0;
  for (int c = group.lane * kWidth; c < r.columns; c += group.size * kWidth) {
    const int64 element = group.row * r.columns + c;
    const Pack<kWidth> p = load_pack<kWidth>(r.prediction + element);
    const Pack<kWidth> x = load_pack<kWidth>(r.target + element);
    const Pack<kWidth> w = r.template weights_of<kWidth>(group.row, element);
    Pack<kWidth> d;
    FIGMENT_UNROLL
    for (int k = 0; k < kWidth; ++k) {
      const ValueAndGradient loss = distribution.loss(p.v[k], x.v[k]);
      sum += weighted(w.v[k], loss.value);
      d.v[k] = share * weighted(w.v[k], loss.gradient);
    }
    if (r.dprediction != nullptr) store_pack<kWidth>(r.dprediction + element, d);
  }
  return sum;
}

struct LearnedGaussian {};

// Of rows of means, then log variances.
template <int kWidth, class T>
FIGMENT_MEMBER float part_of_row(const Reconstruction<T>& r, const RowGroup& group, float share,
                                 LearnedGaussian) {
  float sum = 0;
  for (int c = group.lane * kWidth; c < r.columns; c += group.size * kWidth) {
    const int64 element = group.row * r.columns + c;
    const int64 mean_at = 2 * group.row * r.columns + c, v_at = mean_at + r.columns;
    const Pack<kWidth> mean = load_pack<kWidth>(r.prediction + mean_at);
    const Pack<kWidth> v = load_pack<kWidth>(r.prediction + v_at);
    const Pack<kWidth> x = load_pack<kWidth>(r.target + element);
    const Pack<kWidth> w = r.template weights_of<kWidth>(group.row, element);
    Pack<kWidth> dmean, dv;
    FIGMENT_UNROLL
    for (int k = 0; k < kWidth; ++k) {
      const MomentGradients loss = loss_of_learned_gaussian(mean.v[k], v.v[k], x.v[k]);
      sum += weighted(w.v[k], loss.value);
      dmean.v[k] = share * weighted(w.v[k], loss.mean);
      dv.v[k] = share * weighted(w.v[k], loss.log_variance);
    }
    if (r.dprediction != nullptr) {
      store_pack<kWidth>(r.dprediction + mean_at, dmean);
      store_pack<kWidth>(r.dprediction + v_at, dv);
    }
  }
  return sum;
}

// threads: of a row, see RowGroup.
template <class T, class Distribution>
FIGMENT_MEMBER void reconstruct(const RowLossOutputs& out, const Reconstruction<T>& r, int threads,
                                Distribution distribution) {
  __shared__ double shared[kThreads];
  const RowGroup group(threads);
  const float share = 1.0f / static_cast<float>(out.batch);
  float part = 0;
  if (group.row < out.rows) {
    part = r.columns % kLane4 == 0 ? part_of_row<kLane4>(r, group, share, distribution)
                                   : part_of_row<1>(r, group, share, distribution);
  }
  finish_row_losses(out, group, group.sum(static_cast<double>(part), shared), shared);
}

FIGMENT_KERNEL gaussian_loss(float* result, float* row_losses, Real* dprediction,
                             const Real* prediction, const Real* target, const float* weights,
                             float precision, float constant, int row_weights, double* partial,
                             unsigned* ticket, int threads, int batch, int64 rows, int columns) {
  const Reconstruction<Real> r{dprediction, prediction, target, weights, row_weights != 0, columns};
  reconstruct({result, row_losses, partial, ticket, rows, batch}, r, threads,
              Gaussian{precision, constant});
}

FIGMENT_KERNEL bernoulli_loss(float* result, float* row_losses, Real* dprediction,
                              const Real* prediction, const Real* target, const float* weights,
                              int row_weights, double* partial, unsigned* ticket, int threads,
                              int batch, int64 rows, int columns) {
  const Reconstruction<Real> r{dprediction, prediction, target, weights, row_weights != 0, columns};
  reconstruct({result, row_losses, partial, ticket, rows, batch}, r, threads, Bernoulli{});
}

FIGMENT_KERNEL gaussian_learned_loss(float* result, float* row_losses, Real* dprediction,
                                     const Real* prediction, const Real* target,
                                     const float* weights, int row_weights, double* partial,
                                     unsigned* ticket, int threads, int batch, int64 rows,
                                     int columns) {
  const Reconstruction<Real> r{dprediction, prediction, target, weights, row_weights != 0, columns};
  reconstruct({result, row_losses, partial, ticket, rows, batch}, r, threads, LearnedGaussian{});
}

// KL(q || p) of diagonal Gaussians in nats, summed over dimensions and rows, divided by the batch;
// value and gradients in one pass. Formula: loss_formulas.h. Bound by memory: 32 bytes a latent, 16
// against the standard normal distribution.
#include "loss_formulas.h"
#include "rows.cuh"

using namespace figment;

// Rows [2 latent]: means, then log variances.
template <class T>
struct KlRows {
  T* dq;
  T* dp;  // or null
  const T* q;
  const T* p;  // or null: the standard normal distribution
  int latent;
};

template <int kWidth, class T>
FIGMENT_MEMBER void store_gradient(T* d, int latent, float factor, Pack<kWidth> mean,
                                   Pack<kWidth> v) {
  FIGMENT_UNROLL
  for (int k = 0; k < kWidth; ++k) {
    mean.v[k] = weighted(factor, mean.v[k]);
    v.v[k] = weighted(factor, v.v[k]);
  }
  store_pack<kWidth>(d, mean);
  store_pack<kWidth>(d + latent, v);
}

// This thread's share of its row's KL; gradients are multiplied by factor.
template <int kWidth, class T>
FIGMENT_MEMBER float kl_share(const KlRows<T>& r, const RowGroup& group, float factor) {
  float sum = 0;
  for (int c = group.lane * kWidth; c < r.latent; c += group.size * kWidth) {
    const int64 at = 2 * group.row * r.latent + c;
    const Pack<kWidth> mean = load_pack<kWidth>(r.q + at);
    const Pack<kWidth> v = load_pack<kWidth>(r.q + at + r.latent);
    Pack<kWidth> q_mean, q_v, p_mean, p_v;
    if (r.p == nullptr) {
      FIGMENT_UNROLL
      for (int k = 0; k < kWidth; ++k) {
        const StandardKl kl = kl_to_standard_normal(mean.v[k], v.v[k]);
        sum += kl.value;
        q_mean.v[k] = kl.mean;
        q_v.v[k] = kl.log_variance;
      }
    } else {
      p_mean = load_pack<kWidth>(r.p + at);
      p_v = load_pack<kWidth>(r.p + at + r.latent);
      FIGMENT_UNROLL
      for (int k = 0; k < kWidth; ++k) {
        const GaussianKl kl = kl_of_gaussians(mean.v[k], v.v[k], p_mean.v[k], p_v.v[k]);
        sum += kl.value;
        q_mean.v[k] = kl.q_mean;
        q_v.v[k] = kl.q_log_variance;
        p_mean.v[k] = kl.p_mean;
        p_v.v[k] = kl.p_log_variance;
      }
    }
    store_gradient<kWidth>(r.dq + at, r.latent, factor, q_mean, q_v);
    if (r.p != nullptr && r.dp != nullptr) {
      store_gradient<kWidth>(r.dp + at, r.latent, factor, p_mean, p_v);
    }
  }
  return sum;
}

// weights [rows] or null; scale [1]: a factor of the gradients. threads: of a row, see RowGroup.
FIGMENT_KERNEL gaussian_kl(float* result, float* row_losses, Real* dq, Real* dp, const Real* q,
                           const Real* p, const float* weights, const float* scale, double* partial,
                           unsigned* ticket, int threads, int batch, int64 rows, int latent) {
  __shared__ double shared[kThreads];
  const KlRows<Real> r{dq, dp, q, p, latent};
  const RowGroup group(threads);
  float sum = 0, weight = 1.0f;
  if (group.row < rows) {
    if (weights != nullptr) weight = weights[group.row];
    const float factor = weighted(weight, *scale / static_cast<float>(batch));
    sum = latent % kLane4 == 0 ? kl_share<kLane4>(r, group, factor) : kl_share<1>(r, group, factor);
  }
  const double row = group.sum(static_cast<double>(sum), shared);
  finish_row_losses({result, row_losses, partial, ticket, rows, batch}, group,
                    weight == 0.0f ? 0.0 : weight * row, shared);
}

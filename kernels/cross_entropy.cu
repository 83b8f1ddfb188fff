// Softmax cross-entropy: loss = log sum exp(x - max) + max - x_label, its gradient the softmax less
// 1 at the label; both in one pass. Bound by memory: 8 bytes a logit, for a row's logits stay in
// registers; of rows longer than kHeld packs a thread the rest is read three times.
#include "rows.cuh"

using namespace figment;

constexpr int kHeld = 4;  // packs of a row in a thread's registers

template <int kWidth, class T>
struct LogitRow {
  const T* x;
  int classes;
  const RowGroup& group;
  Pack<kWidth> held[kHeld];

  FIGMENT_MEMBER LogitRow(const T* x, int classes, const RowGroup& group)
      : x(x), classes(classes), group(group) {
    FIGMENT_UNROLL
    for (int i = 0; i < kHeld; ++i) {
      const int c = column(i);
      if (c < classes) held[i] = load_pack<kWidth>(x + c);
    }
  }

  FIGMENT_MEMBER int column(int i) const { return (group.lane + i * group.size) * kWidth; }

  // f(column, pack) for each of this thread's packs.
  template <class F>
  FIGMENT_MEMBER void for_packs(F f) const {
    FIGMENT_UNROLL
    for (int i = 0; i < kHeld; ++i) {
      const int c = column(i);
      if (c < classes) f(c, held[i]);
    }
    for (int c = column(kHeld); c < classes; c += group.size * kWidth) {
      f(c, load_pack<kWidth>(x + c));
    }
  }
};

template <class T>
struct CrossEntropy {
  T* dlogits;  // or null
  const T* logits;
  const int* labels;
  const float* weights;  // or null
  int classes;
};

// The loss of the group's row.
template <int kWidth, class T>
FIGMENT_MEMBER double cross_entropy_of_row(const CrossEntropy<T>& e, const RowGroup& group,
                                           int64 rows, int batch, float* shared_float,
                                           double* shared) {
  const bool inside = group.row < rows;
  const int label = inside ? e.labels[group.row] : -1;
  const float weight = inside && e.weights != nullptr ? e.weights[group.row] : 1.0f;
  const bool counted = label >= 0 && weight != 0.0f;
  const bool known = label < e.classes;
  const int64 first = group.row * e.classes;
  const LogitRow<kWidth, T> row(e.logits + first, counted ? e.classes : 0, group);

  float most = -infinity();
  row.for_packs([&](int, const Pack<kWidth>& x) {
    FIGMENT_UNROLL
    for (int k = 0; k < kWidth; ++k) most = x.v[k] > most ? x.v[k] : most;
  });
  most = group.combined(most, shared_float, [](float a, float b) { return a > b ? a : b; });

  float sum = 0, at_label = 0;
  row.for_packs([&](int c, const Pack<kWidth>& x) {
    FIGMENT_UNROLL
    for (int k = 0; k < kWidth; ++k) {
      sum += figment::exp(x.v[k] - most);
      if (c + k == label) at_label = most - x.v[k];
    }
  });
  const float total = static_cast<float>(group.sum(static_cast<double>(sum), shared));
  sync_block();
  const double distance = group.sum(static_cast<double>(at_label), shared);  // one is not 0

  // A label of no class makes the row NaN, so that it cannot go unseen.
  const float share = 1.0f / static_cast<float>(batch);
  const float factor = known ? share * weight : float_of(0x7fc00000u);
  if (e.dlogits != nullptr && inside) {
    T* d = e.dlogits + first;
    row.for_packs([&](int c, const Pack<kWidth>& x) {
      Pack<kWidth> out;
      FIGMENT_UNROLL
      for (int k = 0; k < kWidth; ++k) {
        const float probability = figment::exp(x.v[k] - most) / total;
        out.v[k] = factor * probability - (c + k == label ? factor : 0.0f);
      }
      store_pack<kWidth>(d + c, out);
    });
    if (!counted) {
      for (int c = group.lane; c < e.classes; c += group.size) store(d + c, 0.0f);
    }
  }
  if (!counted) return 0;
  return known ? weight * (static_cast<double>(figment::log(total)) + distance) : factor;
}

// labels [rows], negative: left out; weights [rows] or null. threads: of a row, see RowGroup.
FIGMENT_KERNEL cross_entropy(float* result, float* row_losses, Real* dlogits, const Real* logits,
                             const int* labels, const float* weights, double* partial,
                             unsigned* ticket, int threads, int batch, int64 rows, int classes) {
  __shared__ double shared[kThreads];
  __shared__ float shared_float[kThreads];
  const CrossEntropy<Real> e{dlogits, logits, labels, weights, classes};
  const RowGroup group(threads);
  const double loss =
      classes % kLane4 == 0
          ? cross_entropy_of_row<kLane4>(e, group, rows, batch, shared_float, shared)
          : cross_entropy_of_row<1>(e, group, rows, batch, shared_float, shared);
  finish_row_losses({result, row_losses, partial, ticket, rows, batch}, group, loss, shared);
}

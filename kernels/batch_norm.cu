// Batch normalization over rows, Ioffe and Szegedy (2015), with the activation after it:
// y = f(gamma (x - mean) / sqrt(variance + epsilon) + beta). Bound by memory: forward reads x twice
// and writes y, 12 bytes an element (8 where statistics come with x); inference 8; backward reads x
// and dy twice and writes dx, 20. Each second pass walks the blocks in reverse, so that it meets
// what the L2 cache still holds.
//
// Variances come from deviations, never from a difference of large squares. A thread sums
// deviations from the first of its own 16 values; since that value counts too, what cancels is at
// most 16 times what stays. Everything above a thread is float64 and added in a fixed order.
#include "batch_norm_tiles.cuh"

using namespace figment;

// ---- forward

// What the statistics of a channel are turned into.
struct Statistics {
  float *mean, *inverse_deviation, *running_mean, *running_variance, *scale, *shift;
  const float *gamma, *beta;
  double momentum, epsilon;
  int64 rows;

  // squares: the sum of the squared deviations from the exact mean.
  __device__ void write(int c, double exact_mean, double squares) const {
    const double fresh = 1.0 - momentum;
    const double inverse = 1.0 / __builtin_sqrt(squares / static_cast<double>(rows) + epsilon);
    const double unbiased = squares / static_cast<double>(rows > 1 ? rows - 1 : 1);
    const float rounded = static_cast<float>(exact_mean);
    mean[c] = rounded;
    inverse_deviation[c] = static_cast<float>(inverse);
    running_mean[c] = static_cast<float>(momentum * running_mean[c] + fresh * exact_mean);
    running_variance[c] = static_cast<float>(momentum * running_variance[c] + fresh * unbiased);
    scale[c] = static_cast<float>(gamma[c] * inverse);
    // The rest of the mean that its float lacks counts where the mean is far above the deviation.
    shift[c] = static_cast<float>(beta[c] + gamma[c] * inverse * (rounded - exact_mean));
  }
};

// A block's mean and sum of squared deviations of each channel.
template <int V, class T>
__device__ inline void block_moments(double* partial, const T* x, const Tile<V>& t, int64 rows,
                                     int channels, double* shared) {
  // Once a block and here: a division takes registers, of which few are in use yet.
  __shared__ double share;
  if (threadIdx.x == 0) share = 1.0 / t.rows_of_block(t.row_block, rows);
  float first[V] = {}, sum[V] = {}, squares[V] = {};
  int count = 0;
  const auto read = [=](int64 i) FIGMENT_INLINE { return load_aligned<V>(x + i); };
  for_rows(t, channels, read, [&](int64, const Pack<V>& in) FIGMENT_INLINE {
    FIGMENT_UNROLL
    for (int k = 0; k < V; ++k) {
      if (count == 0) first[k] = in.v[k];
      const float deviation = in.v[k] - first[k];
      sum[k] += deviation;
      squares[k] = figment::fma(deviation, deviation, squares[k]);
    }
    ++count;
  });
  double total[V];
  FIGMENT_UNROLL
  for (int k = 0; k < V; ++k) total[k] = static_cast<double>(count) * first[k] + sum[k];
  sum_lines(total, t.lanes, shared);
  leave(partial, 0, share, t, channels, shared);
  FIGMENT_UNROLL
  for (int k = 0; k < V; ++k) {  // the squares around the block's mean
    const double offset = total[k] * share - first[k];
    total[k] = squares[k] - offset * (2.0 * sum[k] - count * offset);
  }
  sum_lines(total, t.lanes, shared);
  leave(partial, 1, 1.0, t, channels, shared);
}

// The moments of all rows from those of groups (Chan, Golub and LeVeque, 1979): group(i) gives
// count, mean and squares of the i-th. Each is read once: a thread sums deviations from the mean of
// the first group it meets. Since that one counts too, what cancels is at most as many times what
// stays as the thread has groups.
struct Moments {
  double count, mean, squares;
};

template <class F>
__device__ inline void merge_moments(const Merge& m, const Statistics& statistics, int64 groups,
                                     double* shared, F group) {
  double count = 0, first = 0, sum = 0, squares = 0;
  m.for_each(groups, [&](int64 i) FIGMENT_INLINE {
    const Moments g = group(i);
    if (!(g.count > 0)) return;
    if (count == 0) first = g.mean;
    const double deviation = g.mean - first;
    count += g.count;
    sum += g.count * deviation;
    squares += g.squares + g.count * deviation * deviation;
  });
  double total[1] = {count * first + sum};
  sum_lines(total, m.lanes, shared);
  const double mean = total[0] / static_cast<double>(statistics.rows);
  const double offset = mean - first;  // then the squares around the mean of all
  double around[1] = {count > 0 ? squares - offset * (2.0 * sum - count * offset) : 0.0};
  sum_lines(around, m.lanes, shared);
  if (m.line == 0 && m.mine) statistics.write(m.channel, mean, around[0]);
}

// partial: 2 * row blocks * channels doubles; ticket: a zero for each channel block; scale, shift:
// [channels].
// Two blocks a multiprocessor: asked for none, ptxas spills to fit four.
extern "C" __global__ void __launch_bounds__(kThreads, 2)
    batch_norm_statistics(float* mean, float* inverse_deviation, float* running_mean,
                          float* running_variance, float* scale, float* shift, const Real* x,
                          const float* gamma, const float* beta, double* partial, unsigned* ticket,
                          double momentum, double epsilon, int width, int64 rows, int channels) {
  __shared__ double shared[kLane4 * kSumStride];
  const Statistics statistics = {
      mean,     inverse_deviation, running_mean, running_variance, scale, shift, gamma, beta,
      momentum, epsilon,           rows};
  with_width(width, [&](auto pack) FIGMENT_INLINE {
    constexpr int V = sizeof(pack) / sizeof(float);
    const Tile<V> t(rows, channels);
    block_moments(partial, x, t, rows, channels, shared);
    if (!last_block(ticket + t.channel_block, static_cast<unsigned>(t.blocks))) return;
    const Merge m(t.channel_block, channels);
    merge_moments(m, statistics, t.blocks, shared, [=](int64 i) {
      const double* group = partial + i * 2 * channels + m.channel;
      return Moments{static_cast<double>(t.rows_of_block(i, rows)), group[0], group[channels]};
    });
  });
}

// The same from given [tiles][3][channels]: count, mean, squares. Blocks: ceil(channels /
// kTileChannels).
FIGMENT_KERNEL batch_norm_merge(float* mean, float* inverse_deviation, float* running_mean,
                                float* running_variance, float* scale, float* shift,
                                const float* given, const float* gamma, const float* beta,
                                double momentum, double epsilon, int tiles, int64 rows,
                                int channels) {
  __shared__ double shared[kSumStride];
  const Statistics statistics = {
      mean,     inverse_deviation, running_mean, running_variance, scale, shift, gamma, beta,
      momentum, epsilon,           rows};
  const Merge m(static_cast<int>(blockIdx.x), channels);
  merge_moments(m, statistics, tiles, shared, [=](int64 i) {
    const float* group = given + i * 3 * channels + m.channel;
    return Moments{group[0], group[channels], group[2 * channels]};
  });
}

// What the element-wise passes need of a block's channels, one column each.
template <int N>
struct Columns {
  float at[N][kTileChannels];

  // column(n, channel) is what the n-th holds.
  template <class F>
  __device__ void fill(int channel_block, int channels, F column) {
    const int thread = static_cast<int>(threadIdx.x);
    const int channel = channel_block * kTileChannels + thread;
    if (thread < kTileChannels) {
      FIGMENT_UNROLL
      for (int n = 0; n < N; ++n) at[n][thread] = channel < channels ? column(n, channel) : 0.0f;
    }
    sync_block();
  }

  // This thread's part of the n-th.
  template <int V>
  __device__ Pack<V> mine(int n, const Tile<V>& t) const {
    Pack<V> pack;
    FIGMENT_UNROLL
    for (int k = 0; k < V; ++k) pack.v[k] = at[n][t.lane * V + k];
    return pack;
  }
};

// y = f(scale (x - mean) + shift).
template <int V, class T, class Activation>
FIGMENT_INLINE __device__ inline void normalize(T* y, const T* x, const Columns<3>& columns,
                                                const Tile<V>& t, int channels, Activation f) {
  const Pack<V> mean = columns.mine(0, t), scale = columns.mine(1, t), shift = columns.mine(2, t);
  const auto read = [=](int64 i) FIGMENT_INLINE { return load_aligned<V>(x + i); };
  for_rows(t, channels, read, [&](int64 i, const Pack<V>& in) FIGMENT_INLINE {
    Pack<V> out;
    FIGMENT_UNROLL
    for (int k = 0; k < V; ++k) {
      out.v[k] = f.forward(figment::fma(in.v[k] - mean.v[k], scale.v[k], shift.v[k]));
    }
    store_aligned(y + i, out);
  });
}

FIGMENT_KERNEL batch_norm_apply(Real* y, const Real* x, const float* mean, const float* scale,
                                const float* shift, int kind, float slope, int width, int64 rows,
                                int channels) {
  __shared__ __attribute__((aligned(16))) Columns<3> columns;
  with_width(width, [&](auto pack) FIGMENT_INLINE {
    const Tile<sizeof(pack) / sizeof(float)> t(rows, channels, true);
    columns.fill(t.channel_block, channels, [=](int n, int c) {
      return n == 0 ? mean[c] : n == 1 ? scale[c] : shift[c];
    });
    with_activation(kind, slope,
                    [&](auto f) FIGMENT_INLINE { normalize(y, x, columns, t, channels, f); });
  });
}

FIGMENT_KERNEL batch_norm_infer(Real* y, const Real* x, const float* gamma, const float* beta,
                                const float* running_mean, const float* running_variance,
                                double epsilon, int kind, float slope, int width, int64 rows,
                                int channels) {
  __shared__ __attribute__((aligned(16))) Columns<3> columns;
  with_width(width, [&](auto pack) FIGMENT_INLINE {
    const Tile<sizeof(pack) / sizeof(float)> t(rows, channels);
    columns.fill(t.channel_block, channels, [=](int n, int c) {
      if (n != 1) return n == 0 ? running_mean[c] : beta[c];
      return static_cast<float>(gamma[c] / __builtin_sqrt(running_variance[c] + epsilon));
    });
    with_activation(kind, slope,
                    [&](auto f) FIGMENT_INLINE { normalize(y, x, columns, t, channels, f); });
  });
}

// ---- backward: with d = x - mean and g = dy f'(gamma inverse d + beta),
// dbeta = sum g, dgamma = inverse sum g d,
// dx = gamma inverse (g - dbeta / rows - inverse^2 d (sum g d) / rows) = scale g + tilt d + level.

// What backward reads of one row.
template <int V>
struct Pair {
  Pack<V> dy, x;
};

// g of one element.
template <class Activation>
__device__ inline float gradient(float dy, float d, float scale, float beta, Activation f) {
  return f.backward(dy, f.forward(figment::fma(d, scale, beta)));
}

template <int V, class T, class Activation>
FIGMENT_INLINE __device__ inline void block_gradients(double* partial, const T* dy, const T* x,
                                                      const Columns<3>& columns, const Tile<V>& t,
                                                      int channels, double* shared, Activation f) {
  const Pack<V> mean = columns.mine(0, t), scale = columns.mine(1, t), beta = columns.mine(2, t);
  float sum_g[V] = {}, sum_gd[V] = {};
  const auto read = [=](int64 i) FIGMENT_INLINE {
    return Pair<V>{load_aligned<V>(dy + i), load_aligned<V>(x + i)};
  };
  for_rows(t, channels, read, [&](int64, const Pair<V>& in) FIGMENT_INLINE {
    FIGMENT_UNROLL
    for (int k = 0; k < V; ++k) {
      const float d = in.x.v[k] - mean.v[k];
      const float g = gradient(in.dy.v[k], d, scale.v[k], beta.v[k], f);
      sum_g[k] += g;
      sum_gd[k] = figment::fma(g, d, sum_gd[k]);
    }
  });
  double sum[V];
  FIGMENT_UNROLL
  for (int k = 0; k < V; ++k) sum[k] = sum_g[k];
  sum_lines(sum, t.lanes, shared);
  leave(partial, 0, 1.0, t, channels, shared);
  FIGMENT_UNROLL
  for (int k = 0; k < V; ++k) sum[k] = sum_gd[k];
  sum_lines(sum, t.lanes, shared);
  leave(partial, 1, 1.0, t, channels, shared);
}

// dgamma and dbeta may be null. partial, ticket: as batch_norm_statistics; tilt, level: [channels].
FIGMENT_KERNEL batch_norm_gradients(float* dgamma, float* dbeta, float* tilt, float* level,
                                    const Real* dy, const Real* x, const float* gamma,
                                    const float* beta, const float* mean,
                                    const float* inverse_deviation, double* partial,
                                    unsigned* ticket, int kind, float slope, int accumulate,
                                    int width, int64 rows, int channels) {
  __shared__ double shared[kLane4 * kSumStride];
  __shared__ __attribute__((aligned(16))) Columns<3> columns;
  with_width(width, [&](auto pack) FIGMENT_INLINE {
    constexpr int V = sizeof(pack) / sizeof(float);
    const Tile<V> t(rows, channels);
    columns.fill(t.channel_block, channels, [=](int n, int c) {
      return n == 0 ? mean[c] : n == 1 ? gamma[c] * inverse_deviation[c] : beta[c];
    });
    with_activation(kind, slope, [&](auto f) FIGMENT_INLINE {
      block_gradients(partial, dy, x, columns, t, channels, shared, f);
    });
    if (!last_block(ticket + t.channel_block, static_cast<unsigned>(t.blocks))) return;

    const Merge m(t.channel_block, channels);
    const double* sums = partial + m.channel;
    const double sum_g = m.sum(t.blocks, shared, [=](int64 i) { return sums[i * 2 * channels]; });
    const double sum_gd =
        m.sum(t.blocks, shared, [=](int64 i) { return sums[(i * 2 + 1) * channels]; });
    if (m.line > 0 || !m.mine) return;
    const int c = m.channel;
    const double inverse = inverse_deviation[c];
    const double share = gamma[c] * inverse / static_cast<double>(rows);
    tilt[c] = static_cast<float>(-share * inverse * inverse * sum_gd);
    level[c] = static_cast<float>(-share * sum_g);
    if (dgamma == nullptr) return;
    const float fresh_gamma = static_cast<float>(inverse * sum_gd);
    const float fresh_beta = static_cast<float>(sum_g);
    dgamma[c] = accumulate != 0 ? dgamma[c] + fresh_gamma : fresh_gamma;
    dbeta[c] = accumulate != 0 ? dbeta[c] + fresh_beta : fresh_beta;
  });
}

template <int V, class T, class Activation>
FIGMENT_INLINE __device__ inline void input_gradient(T* dx, const T* dy, const T* x,
                                                     const Columns<5>& columns, const Tile<V>& t,
                                                     int channels, Activation f) {
  const Pack<V> mean = columns.mine(0, t), scale = columns.mine(1, t), beta = columns.mine(2, t),
                tilt = columns.mine(3, t), level = columns.mine(4, t);
  const auto read = [=](int64 i) FIGMENT_INLINE {
    return Pair<V>{load_aligned<V>(dy + i), load_aligned<V>(x + i)};
  };
  for_rows(t, channels, read, [&](int64 i, const Pair<V>& in) FIGMENT_INLINE {
    Pack<V> out;
    FIGMENT_UNROLL
    for (int k = 0; k < V; ++k) {
      const float d = in.x.v[k] - mean.v[k];
      const float g = gradient(in.dy.v[k], d, scale.v[k], beta.v[k], f);
      out.v[k] = figment::fma(scale.v[k], g, figment::fma(tilt.v[k], d, level.v[k]));
    }
    store_aligned(dx + i, out);
  });
}

FIGMENT_KERNEL batch_norm_input_gradient(Real* dx, const Real* dy, const Real* x,
                                         const float* gamma, const float* beta, const float* mean,
                                         const float* inverse_deviation, const float* tilt,
                                         const float* level, int kind, float slope, int width,
                                         int64 rows, int channels) {
  __shared__ __attribute__((aligned(16))) Columns<5> columns;
  with_width(width, [&](auto pack) FIGMENT_INLINE {
    const Tile<sizeof(pack) / sizeof(float)> t(rows, channels, true);
    columns.fill(t.channel_block, channels, [=](int n, int c) {
      return n == 0   ? mean[c]
             : n == 1 ? gamma[c] * inverse_deviation[c]
             : n == 2 ? beta[c]
             : n == 3 ? tilt[c]
                      : level[c];
    });
    with_activation(kind, slope,
                    [&](auto f) { input_gradient(dx, dy, x, columns, t, channels, f); });
  });
}

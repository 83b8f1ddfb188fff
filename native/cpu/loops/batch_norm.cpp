// Batch normalization over rows, Ioffe and Szegedy (2015), with the activation after it:
// y = f(gamma (x - mean) / sqrt(variance + epsilon) + beta). Bound by memory: x is read twice and y
// written once; backward reads x and dy twice and writes dx.
// Variances come from deviations, never from a difference of squares: each tile takes its own mean
// and the deviations from it while it lies in cache; the tiles are merged in double and in order.
#include "row_tiles.h"
#include "storage.h"

namespace figment::FIGMENT_ISA {

// Scratch memory given out piece by piece, each on its own cache lines.
struct Arena {
  char* next;
  template <class T>
  T* take(int64_t count) {
    T* piece = reinterpret_cast<T*>(next);
    next += bytes(count * static_cast<int64_t>(sizeof(T)));
    return piece;
  }
  static int64_t bytes(int64_t size) { return (size + 63) / 64 * 64; }
};

// What the second pass needs of each column of a line.
struct Columns {
  float *mean, *scale, *shift;
};

// Room for what forward or backward takes at most: two sums of doubles, a tile's and the whole;
// three rows of floats by channel and five by column of a line.
static Arena arena_for(figment_context* ctx, const RowTiles& tiles) {
  const int64_t sums =
      Arena::bytes(tiles.chunks * tiles.channels * 8) + Arena::bytes(tiles.channels * 8);
  const int64_t floats = 3 * Arena::bytes(tiles.channels * 4) + 5 * Arena::bytes(tiles.line * 4);
  return {static_cast<char*>(scratch(ctx, static_cast<size_t>(2 * sums + floats)))};
}

// Deviations of a tile from its own mean, per channel: their mean and the sum of their squares.
template <class Real>
static void tile_moments(const RowTiles& tiles, const Tile& t, const Real* x, double* mean,
                         double* squares) {
  alignas(64) float sums[kMaxWidth], squared[kMaxWidth], center[kMaxWidth];
  for (int64_t j = 0; j < t.width; ++j) sums[j] = 0.0f;
  tiles.for_lines(t, [&](int64_t offset, int64_t width) FIGMENT_INLINE {
#pragma omp simd
    for (int64_t j = 0; j < width; ++j) sums[j] += load(x + offset + j);
  });
  tiles.fold_columns(t, sums, mean);
  const double rows = static_cast<double>(t.rows);
  for (int64_t j = 0; j < t.width; j += t.channels) {
    for (int64_t c = 0; c < t.channels; ++c) center[j + c] = static_cast<float>(mean[c] / rows);
  }
  for (int64_t j = 0; j < t.width; ++j) sums[j] = squared[j] = 0.0f;
  tiles.for_lines(t, [&](int64_t offset, int64_t width) FIGMENT_INLINE {
#pragma omp simd
    for (int64_t j = 0; j < width; ++j) {
      const float deviation = load(x + offset + j) - center[j];
      sums[j] += deviation;
      squared[j] = fma(deviation, deviation, squared[j]);
    }
  });
  tiles.fold_columns(t, sums, mean);
  tiles.fold_columns(t, squared, squares);
  for (int64_t c = 0; c < t.channels; ++c) {
    squares[c] -= mean[c] * mean[c] / rows;  // what `center` missed the mean by
    mean[c] = center[c] + mean[c] / rows;
  }
}

// Moments of all rows from those of the tiles, which are [chunks][channels].
static void merge_moments(const RowTiles& tiles, const double* tile_mean,
                          const double* tile_squares, double* mean, double* squares) {
  const int64_t channels = tiles.channels;
  for (int64_t c = 0; c < channels; ++c) mean[c] = squares[c] = 0;
  for (int64_t chunk = 0; chunk < tiles.chunks; ++chunk) {
    const double weight = static_cast<double>(tiles.tile(chunk * tiles.blocks).rows) /
                          static_cast<double>(tiles.rows);
    for (int64_t c = 0; c < channels; ++c) mean[c] += weight * tile_mean[chunk * channels + c];
  }
  for (int64_t chunk = 0; chunk < tiles.chunks; ++chunk) {
    const double rows = static_cast<double>(tiles.tile(chunk * tiles.blocks).rows);
    for (int64_t c = 0; c < channels; ++c) {
      const double offset = tile_mean[chunk * channels + c] - mean[c];
      squares[c] += tile_squares[chunk * channels + c] + rows * offset * offset;
    }
  }
}

// The same from statistics [tiles][3][channels] that came with x: each tile's count, mean and sum
// of squared deviations (Chan, Golub and LeVeque, 1979).
static void merge_statistics(const float* statistics, int64_t tiles, int64_t channels, double* mean,
                             double* squares) {
  for (int64_t c = 0; c < channels; ++c) {
    double rows = mean[c] = squares[c] = 0;
    for (int64_t tile = 0; tile < tiles; ++tile) {
      const float* count = statistics + tile * 3 * channels + c;
      if (*count == 0.0f) continue;
      const double offset = count[channels] - mean[c];
      const double share = *count / (rows + *count);
      squares[c] += count[2 * channels] + offset * offset * rows * share;
      mean[c] += offset * share;
      rows += *count;
    }
  }
}

// y = f(scale (x - mean) + shift).
template <class Real>
static void normalize(figment_context* ctx, const RowTiles& tiles, const Columns& columns, Real* y,
                      const Real* x, int32_t activation, float slope) {
  with_activation(activation, slope, [=](auto f) {
    parallel_for(ctx, tiles.count(), [=](int64_t i) {
      const Tile t = tiles.tile(i);
      const float* mean = columns.mean + t.column;
      const float* scale = columns.scale + t.column;
      const float* shift = columns.shift + t.column;
      tiles.for_lines(t, [&](int64_t offset, int64_t width) FIGMENT_INLINE {
#pragma omp simd
        for (int64_t j = 0; j < width; ++j) {
          const float d = load(x + offset + j) - mean[j];
          store(y + offset + j, f.forward(fma(d, scale[j], shift[j])));
        }
      });
    });
  });
}

int batch_norm_forward(figment_context* ctx, void* y, float* mean, float* inverse_deviation,
                       float* running_mean, float* running_variance, const void* x,
                       const float* statistics, const float* gamma, const float* beta,
                       float momentum, float epsilon, int32_t activation, float slope,
                       int32_t given_tiles, int32_t bfloat16, int64_t rows, int32_t channels) {
  const RowTiles tiles(rows, channels);
  Arena arena = arena_for(ctx, tiles);
  if (arena.next == nullptr) return 1;
  double* tile_mean = arena.take<double>(tiles.chunks * channels);
  double* tile_squares = arena.take<double>(tiles.chunks * channels);
  double* exact_mean = arena.take<double>(channels);
  double* squares = arena.take<double>(channels);
  if (statistics != nullptr) {
    merge_statistics(statistics, given_tiles, channels, exact_mean, squares);
  } else {
    with_storage(bfloat16, x, [=](auto* x) {
      parallel_for(ctx, tiles.count(), [=](int64_t i) {
        const Tile t = tiles.tile(i);
        const int64_t at = t.chunk * channels + t.channel;
        tile_moments(tiles, t, x, tile_mean + at, tile_squares + at);
      });
    });
    merge_moments(tiles, tile_mean, tile_squares, exact_mean, squares);
  }

  float* scale = arena.take<float>(channels);
  float* shift = arena.take<float>(channels);
  const double unbiased = rows > 1 ? static_cast<double>(rows - 1) : 1.0;
  const double fresh = 1.0 - static_cast<double>(momentum);
  for (int64_t c = 0; c < channels; ++c) {
    const double variance = squares[c] / static_cast<double>(rows);
    const double inverse = 1.0 / __builtin_sqrt(variance + epsilon);
    mean[c] = static_cast<float>(exact_mean[c]);
    inverse_deviation[c] = static_cast<float>(inverse);
    running_mean[c] =
        static_cast<float>(momentum * static_cast<double>(running_mean[c]) + fresh * exact_mean[c]);
    running_variance[c] = static_cast<float>(momentum * static_cast<double>(running_variance[c]) +
                                             fresh * squares[c] / unbiased);
    scale[c] = static_cast<float>(gamma[c] * inverse);
    // The rest of the mean that its float lacks counts where the mean is far above the deviation.
    shift[c] = static_cast<float>(beta[c] + gamma[c] * inverse * (mean[c] - exact_mean[c]));
  }
  const Columns columns = {arena.take<float>(tiles.line), arena.take<float>(tiles.line),
                           arena.take<float>(tiles.line)};
  tiles.spread(columns.mean, mean);
  tiles.spread(columns.scale, scale);
  tiles.spread(columns.shift, shift);
  with_storage(bfloat16, y, x,
               [=](auto* y, auto* x) { normalize(ctx, tiles, columns, y, x, activation, slope); });
  return 0;
}

int batch_norm_infer(figment_context* ctx, void* y, const void* x, const float* gamma,
                     const float* beta, const float* running_mean, const float* running_variance,
                     float epsilon, int32_t activation, float slope, int32_t bfloat16, int64_t rows,
                     int32_t channels) {
  const RowTiles tiles(rows, channels);
  Arena arena = arena_for(ctx, tiles);
  if (arena.next == nullptr) return 1;
  float* scale = arena.take<float>(channels);
  for (int64_t c = 0; c < channels; ++c) {
    scale[c] = static_cast<float>(
        gamma[c] / __builtin_sqrt(static_cast<double>(running_variance[c]) + epsilon));
  }
  const Columns columns = {arena.take<float>(tiles.line), arena.take<float>(tiles.line),
                           arena.take<float>(tiles.line)};
  tiles.spread(columns.mean, running_mean);
  tiles.spread(columns.scale, scale);
  tiles.spread(columns.shift, beta);
  with_storage(bfloat16, y, x,
               [=](auto* y, auto* x) { normalize(ctx, tiles, columns, y, x, activation, slope); });
  return 0;
}

// With g = dy f'(...) and d = x - mean, dx = slope g + tilt d + level; slope is `scale`.
struct BackwardColumns {
  float *mean, *scale, *shift, *tilt, *level;
};

// Sums over a tile's rows, per channel, of g and g d.
template <class Real, class Activation>
static void tile_gradients(const RowTiles& tiles, const Tile& t, const BackwardColumns& columns,
                           const Real* dy, const Real* x, Activation f, double* sum_g,
                           double* sum_gd) {
  alignas(64) float sums[kMaxWidth], products[kMaxWidth];
  for (int64_t j = 0; j < t.width; ++j) sums[j] = products[j] = 0.0f;
  const float* mean = columns.mean + t.column;
  const float* scale = columns.scale + t.column;
  const float* shift = columns.shift + t.column;
  tiles.for_lines(t, [&](int64_t offset, int64_t width) FIGMENT_INLINE {
#pragma omp simd
    for (int64_t j = 0; j < width; ++j) {
      const float d = load(x + offset + j) - mean[j];
      const float g = f.backward(load(dy + offset + j), f.forward(fma(d, scale[j], shift[j])));
      sums[j] += g;
      products[j] = fma(g, d, products[j]);
    }
  });
  tiles.fold_columns(t, sums, sum_g);
  tiles.fold_columns(t, products, sum_gd);
}

template <class Real, class Activation>
static void tile_backward(const RowTiles& tiles, const Tile& t, const BackwardColumns& columns,
                          Real* dx, const Real* dy, const Real* x, Activation f) {
  const float* mean = columns.mean + t.column;
  const float* scale = columns.scale + t.column;
  const float* shift = columns.shift + t.column;
  const float* tilt = columns.tilt + t.column;
  const float* level = columns.level + t.column;
  tiles.for_lines(t, [&](int64_t offset, int64_t width) FIGMENT_INLINE {
#pragma omp simd
    for (int64_t j = 0; j < width; ++j) {
      const float d = load(x + offset + j) - mean[j];
      const float g = f.backward(load(dy + offset + j), f.forward(fma(d, scale[j], shift[j])));
      store(dx + offset + j, fma(scale[j], g, fma(tilt[j], d, level[j])));
    }
  });
}

int batch_norm_backward(figment_context* ctx, void* dx, float* dgamma, float* dbeta, const void* dy,
                        const void* x, const float* gamma, const float* beta, const float* mean,
                        const float* inverse_deviation, int32_t activation, float slope,
                        int32_t accumulate, int32_t bfloat16, int64_t rows, int32_t channels) {
  const RowTiles tiles(rows, channels);
  Arena arena = arena_for(ctx, tiles);
  if (arena.next == nullptr) return 1;
  double* tile_g = arena.take<double>(tiles.chunks * channels);
  double* tile_gd = arena.take<double>(tiles.chunks * channels);
  double* sum_g = arena.take<double>(channels);
  double* sum_gd = arena.take<double>(channels);
  float* scale = arena.take<float>(channels);
  float* tilt = arena.take<float>(channels);
  float* level = arena.take<float>(channels);
  const BackwardColumns columns = {arena.take<float>(tiles.line), arena.take<float>(tiles.line),
                                   arena.take<float>(tiles.line), arena.take<float>(tiles.line),
                                   arena.take<float>(tiles.line)};
  for (int64_t c = 0; c < channels; ++c) scale[c] = gamma[c] * inverse_deviation[c];
  tiles.spread(columns.mean, mean);
  tiles.spread(columns.scale, scale);
  tiles.spread(columns.shift, beta);

  with_storage(bfloat16, dx, dy, x, [=](auto*, auto* dy, auto* x) {
    with_activation(activation, slope, [=](auto f) {
      parallel_for(ctx, tiles.count(), [=](int64_t i) {
        const Tile t = tiles.tile(i);
        const int64_t at = t.chunk * channels + t.channel;
        tile_gradients(tiles, t, columns, dy, x, f, tile_g + at, tile_gd + at);
      });
    });
  });
  for (int64_t c = 0; c < channels; ++c) sum_g[c] = sum_gd[c] = 0;
  for (int64_t chunk = 0; chunk < tiles.chunks; ++chunk) {
    for (int64_t c = 0; c < channels; ++c) {
      sum_g[c] += tile_g[chunk * channels + c];
      sum_gd[c] += tile_gd[chunk * channels + c];
    }
  }
  for (int64_t c = 0; c < channels; ++c) {
    const double inverse = inverse_deviation[c];
    const double share = static_cast<double>(gamma[c]) * inverse / static_cast<double>(rows);
    tilt[c] = static_cast<float>(-share * inverse * inverse * sum_gd[c]);
    level[c] = static_cast<float>(-share * sum_g[c]);
    if (dgamma != nullptr) {
      const float fresh_gamma = static_cast<float>(inverse * sum_gd[c]);
      const float fresh_beta = static_cast<float>(sum_g[c]);
      dgamma[c] = accumulate != 0 ? dgamma[c] + fresh_gamma : fresh_gamma;
      dbeta[c] = accumulate != 0 ? dbeta[c] + fresh_beta : fresh_beta;
    }
  }
  tiles.spread(columns.tilt, tilt);
  tiles.spread(columns.level, level);

  with_storage(bfloat16, dx, dy, x, [=](auto* dx, auto* dy, auto* x) {
    with_activation(activation, slope, [=](auto f) {
      parallel_for(ctx, tiles.count(),
                   [=](int64_t i) { tile_backward(tiles, tiles.tile(i), columns, dx, dy, x, f); });
    });
  });
  return 0;
}

}  // namespace figment::FIGMENT_ISA

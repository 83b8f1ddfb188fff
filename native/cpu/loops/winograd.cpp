// Winograd's fast convolution, 4 x 4 outputs a tile. The images' tiles are transformed, multiplied
// with the transformed weights by one small matrix product a point, and transformed back. A
// convolution with a stride is a sum over the large image's phases (WinogradAxis). Bound by the
// products' multiply-adds, of which a 5x5 convolution keeps 64 of 400, one of stride 2 keeps 121.
#include "winograd.h"

#include "product_tiles.h"
#include "winograd_transforms.h"

namespace figment::FIGMENT_ISA {
namespace {

// Tiles that a thread takes through all three stages: their points stay in cache.
constexpr int64_t kTiles = 24;
// Tiles that a weight gradient is summed over between two changes of the threads' work.
constexpr int64_t kSummedTiles = 96;
// Depth of the weights transformed at a time: a cache line of channels.
constexpr int64_t kDepth = 16;

// Distances between planes end past a page's start: points must not meet in the same lines.
int64_t plane_size(int64_t floats) { return round_up(floats, 1024) + 16; }
int64_t row_size(int64_t floats) { return floats + 16; }

// One value of every tile and channel a point, phase by phase.
struct Planes {
  float* data;
  int64_t plane, tile, panel;  // distances between points, tiles, panels of kWidth channels

  float* at(int64_t tile_index, int64_t panel_index) const {
    return data + tile_index * tile + panel_index * panel;
  }
};

// An image [batch][height][width][channels] as phases of stride 1.
struct Image {
  float* data;
  int64_t height, width, channels;
  int64_t stride_height, stride_width;

  int64_t phases() const { return stride_height * stride_width; }
  // Pixel (i, j) of a phase; null outside.
  float* pixel(int64_t n, int64_t phase, int64_t i, int64_t j) const {
    const int64_t h = i * stride_height + phase / stride_width;
    const int64_t w = j * stride_width + phase % stride_width;
    if (i < 0 || j < 0 || h >= height || w >= width) return nullptr;
    return data + ((n * height + h) * width + w) * channels;
  }
};

// What a call works on. Tiles lie on the small image's grid, in the order of images, rows, columns.
struct Task {
  WinogradAxis rows, columns;
  Image large, small;
  int64_t tiles_down, tiles_across, tiles;

  Task(float* large_data, float* small_data, const figment_conv& g)
      : rows(winograd_rows(g)), columns(winograd_columns(g)) {
    large = {large_data, g.height, g.width, g.channels, g.stride_height, g.stride_width};
    small = {small_data, g.small_height, g.small_width, g.small_channels, 1, 1};
  }

  // Lays the tiles over the outputs of `image`'s largest phase.
  void cut(const Image& image, int64_t batch) {
    tiles_down = divide_up(divide_up(image.height, image.stride_height), kOutputs);
    tiles_across = divide_up(divide_up(image.width, image.stride_width), kOutputs);
    tiles = batch * tiles_down * tiles_across;
  }
  struct Place {
    int64_t n, top, left;
  };
  Place place(int64_t tile) const {
    const int64_t in_image = tile % (tiles_down * tiles_across);
    return {tile / (tiles_down * tiles_across), in_image / tiles_across * kOutputs,
            in_image % tiles_across * kOutputs};
  }
  int64_t row_phase(int64_t phase) const { return phase / columns.stride; }
  int64_t column_phase(int64_t phase) const { return phase % columns.stride; }
};

// One direction of correlation, with the order of taps that it takes.
template <class Taps>
struct Correlation {
  const Task& task;
  bool to_small;

  // Which of the kernel's taps is the i-th of a phase's correlation, or -1.
  int64_t row_tap(int64_t phase, int64_t i) const {
    return task.rows.tap(task.row_phase(phase), to_small ? i : Taps::kTaps - 1 - i);
  }
  int64_t column_tap(int64_t phase, int64_t i) const {
    return task.columns.tap(task.column_phase(phase), to_small ? i : Taps::kTaps - 1 - i);
  }
  // Whether the weights at a point can differ from zero.
  bool counts(int64_t phase, int64_t point) const {
    const int64_t i = point / Taps::kPoints, j = point % Taps::kPoints, last = Taps::kPoints - 1;
    if (i == 0 && row_tap(phase, 0) < 0) return false;
    if (j == 0 && column_tap(phase, 0) < 0) return false;
    if (i == last && row_tap(phase, Taps::kTaps - 1) < 0) return false;
    return j != last || column_tap(phase, Taps::kTaps - 1) >= 0;
  }
  // Where a tile's inputs begin, from its outputs.
  int64_t row_shift() const { return shift(task.rows); }
  int64_t column_shift() const { return shift(task.columns); }

 private:
  int64_t shift(const WinogradAxis& axis) const {
    return to_small ? axis.first() : -(axis.first() + Taps::kTaps - 1);
  }
};

// to = m x m' of kSide x kSide pixels x from (top, left) on, for every channel; zeros outside.
template <const auto& kMatrix, int kSide, int kPoints>
void transform_pixels(const Planes& to, int64_t tile, int64_t first_panel, const Image& image,
                      int64_t n, int64_t phase, int64_t top, int64_t left, const float* zeros) {
  const float* pixels[kSide][kSide];
  for (int i = 0; i < kSide; ++i) {
    for (int j = 0; j < kSide; ++j) {
      const float* pixel = image.pixel(n, phase, top + i, left + j);
      pixels[i][j] = pixel == nullptr ? zeros : pixel;
    }
  }
  for (int64_t c = 0; c < image.channels; c += kWidth) {
    for (int64_t v = 0; v < kWidth; v += kLanes) {
      Vector x[kSide][kSide], points[kPoints][kPoints];
      for (int i = 0; i < kSide; ++i) {
        for (int j = 0; j < kSide; ++j) x[i][j] = load(pixels[i][j] + c + v);
      }
      apply_both<kMatrix>(points, x);
      float* out = to.at(tile, first_panel + c / kWidth) + v;
      for (int i = 0; i < kPoints; ++i) {
        for (int j = 0; j < kPoints; ++j) store(out + (i * kPoints + j) * to.plane, points[i][j]);
      }
    }
  }
}

// The outputs of a tile from their points, with the bias.
template <class Taps>
void transform_outputs(const Image& image, int64_t n, int64_t phase, int64_t top, int64_t left,
                       const Planes& from, int64_t tile, int64_t first_panel, const float* bias) {
  constexpr int kPoints = Taps::kPoints;
  float* pixels[kOutputs][kOutputs];
  for (int i = 0; i < kOutputs; ++i) {
    for (int j = 0; j < kOutputs; ++j) pixels[i][j] = image.pixel(n, phase, top + i, left + j);
  }
  for (int64_t c = 0; c < image.channels; c += kWidth) {
    const float* in = from.at(tile, first_panel + c / kWidth);
    for (int64_t v = 0; v < kWidth; v += kLanes) {
      Vector points[kPoints][kPoints], y[kOutputs][kOutputs];
      for (int i = 0; i < kPoints; ++i) {
        for (int j = 0; j < kPoints; ++j) {
          points[i][j] = load(in + v + (i * kPoints + j) * from.plane);
        }
      }
      apply_both<Taps::kOutput>(y, points);
      const Vector offset = load(bias + c + v);
      for (int i = 0; i < kOutputs; ++i) {
        for (int j = 0; j < kOutputs; ++j) {
          if (pixels[i][j] != nullptr) store(pixels[i][j] + c + v, y[i][j] + offset);
        }
      }
    }
  }
}

// Transformed weights, [points][phases][columns / kWidth][depth][kWidth]: the right factors.
struct Factors {
  float* data;
  int64_t plane, depth, columns;

  float* at(int64_t point, int64_t phase) const {
    return data + point * plane + phase * depth * columns;
  }
};

// Weights w [small channels][R][S][large channels] to `u`.
template <class Taps>
void transform_weights(figment_context* ctx, const Factors& u, const float* w,
                       const Correlation<Taps>& correlation) {
  constexpr int kTaps = Taps::kTaps, kPoints = Taps::kPoints;
  const Task& task = correlation.task;
  const int64_t taps_row = task.columns.kernel * task.large.channels;
  const int64_t kernel = task.rows.kernel * taps_row;
  const int64_t column_step = correlation.to_small ? kernel : 1;
  const int64_t depth_step = correlation.to_small ? 1 : kernel;
  const int64_t panels = u.columns / kWidth, blocks = u.depth / kDepth;
  parallel_for(ctx, task.large.phases() * panels * blocks, [=, &task](int64_t job) {
    const int64_t phase = job / (panels * blocks), panel = job / blocks % panels;
    const int64_t first = job % blocks * kDepth;
    float taken[kTaps][kTaps][kDepth][kWidth];
    for (int r = 0; r < kTaps; ++r) {
      for (int s = 0; s < kTaps; ++s) {
        const int64_t row = correlation.row_tap(phase, r),
                      column = correlation.column_tap(phase, s);
        const bool is_there = row >= 0 && column >= 0;
        const float* from = w + (is_there ? row * taps_row + column * task.large.channels : 0) +
                            panel * kWidth * column_step + first * depth_step;
        for (int64_t d = 0; d < kDepth; ++d) {
          for (int64_t i = 0; i < kWidth; ++i) {
            taken[r][s][d][i] = is_there ? from[d * depth_step + i * column_step] : 0.0f;
          }
        }
      }
    }
    for (int64_t d = 0; d < kDepth; ++d) {
      for (int64_t v = 0; v < kWidth; v += kLanes) {
        Vector g[kTaps][kTaps], points[kPoints][kPoints];
        for (int r = 0; r < kTaps; ++r) {
          for (int s = 0; s < kTaps; ++s) g[r][s] = load(&taken[r][s][d][v]);
        }
        apply_both<Taps::kWeights>(points, g);
        float* to = u.at(0, phase) + (panel * u.depth + first + d) * kWidth + v;
        for (int i = 0; i < kPoints; ++i) {
          for (int j = 0; j < kPoints; ++j) store(to + (i * kPoints + j) * u.plane, points[i][j]);
        }
      }
    }
  });
}

// One of the two correlations. A thread takes some tiles through all stages.
template <class Taps>
int correlate(figment_context* ctx, Task task, bool to_small, const float* w, const float* bias,
              int64_t batch) {
  constexpr int kPoints = Taps::kPoints * Taps::kPoints;
  const Image in = to_small ? task.large : task.small, out = to_small ? task.small : task.large;
  task.cut(out, batch);
  const Correlation<Taps> correlation = {task, to_small};
  const int64_t depth = in.phases() * in.channels, columns = out.phases() * out.channels;
  const int64_t in_plane = plane_size(kTiles * row_size(depth));
  const int64_t out_plane = plane_size(kTiles * row_size(columns));
  const int64_t weights_plane = plane_size(task.large.phases() * in.channels * out.channels);
  const int64_t zeros_size = round_up(in.channels + out.channels, 16);
  const int64_t thread_size = kPoints * (in_plane + out_plane);
  const int64_t floats = zeros_size + kPoints * weights_plane + ctx->threads * thread_size;
  float* zeros = static_cast<float*>(scratch(ctx, sizeof(float) * static_cast<size_t>(floats)));
  if (zeros == nullptr) return 1;
  for (int64_t i = 0; i < zeros_size; ++i) zeros[i] = 0.0f;
  const float* offsets = bias == nullptr ? zeros : bias;
  const Factors u = {zeros + zeros_size, weights_plane, in.channels, out.channels};
  float* threads = u.data + kPoints * weights_plane;
  transform_weights<Taps>(ctx, u, w, correlation);

  parallel_for(ctx, divide_up(task.tiles, kTiles), [=, &task](int64_t chunk) {
    const Planes inputs = {threads + omp_get_thread_num() * thread_size, in_plane, row_size(depth),
                           kWidth};
    const Planes outputs = {inputs.data + kPoints * in_plane, out_plane, row_size(columns), kWidth};
    const int64_t first = chunk * kTiles, count = smaller(kTiles, task.tiles - first);
    for (int64_t tile = 0; tile < count; ++tile) {
      const Task::Place at = task.place(first + tile);
      for (int64_t phase = 0; phase < in.phases(); ++phase) {
        transform_pixels<Taps::kInput, Taps::kPoints, Taps::kPoints>(
            inputs, tile, phase * in.channels / kWidth, in, at.n, phase,
            at.top + correlation.row_shift(), at.left + correlation.column_shift(), zeros);
      }
    }
    for (int64_t point = 0; point < kPoints; ++point) {
      const float* from = inputs.data + point * inputs.plane;
      float* to = outputs.data + point * outputs.plane;
      for (int64_t target = 0; target < out.phases(); ++target) {
        bool add = false;
        for (int64_t source = 0; source < in.phases(); ++source) {
          const int64_t phase = to_small ? source : target;
          if (!correlation.counts(phase, point)) continue;
          product<Order::kRows>(to + target * out.channels, outputs.tile,
                                from + source * in.channels, inputs.tile, u.at(point, phase), count,
                                out.channels, in.channels, add);
          add = true;
        }
        for (int64_t tile = 0; !add && tile < count; ++tile) {
          float* row = to + tile * outputs.tile + target * out.channels;
          for (int64_t c = 0; c < out.channels; ++c) row[c] = 0.0f;
        }
      }
    }
    for (int64_t tile = 0; tile < count; ++tile) {
      const Task::Place at = task.place(first + tile);
      for (int64_t phase = 0; phase < out.phases(); ++phase) {
        transform_outputs<Taps>(out, at.n, phase, at.top, at.left, outputs, tile,
                                phase * out.channels / kWidth, offsets);
      }
    }
  });
  return 0;
}

// dw [small channels][R][S][large channels] from the sums over all tiles.
template <class Taps>
void transform_gradient(figment_context* ctx, float* dw, const float* sums, int64_t plane,
                        int64_t row, const Task& task, bool accumulate) {
  constexpr int kTaps = Taps::kTaps, kPoints = Taps::kPoints;
  const int64_t channels = task.large.channels;
  const Correlation<Taps> correlation = {task, true};
  parallel_for(ctx, task.small.channels, [=, &task](int64_t k) {
    float* kernel = dw + k * task.rows.kernel * task.columns.kernel * channels;
    for (int64_t phase = 0; phase < task.large.phases(); ++phase) {
      for (int64_t c = 0; c < channels; c += kLanes) {
        Vector points[kPoints][kPoints], g[kTaps][kTaps];
        const float* from = sums + k * row + phase * channels + c;
        for (int i = 0; i < kPoints; ++i) {
          for (int j = 0; j < kPoints; ++j) points[i][j] = load(from + (i * kPoints + j) * plane);
        }
        apply_both<Transposed<Taps>::kWeights>(g, points);
        for (int r = 0; r < kTaps; ++r) {
          for (int s = 0; s < kTaps; ++s) {
            const int64_t row_tap = correlation.row_tap(phase, r);
            const int64_t column_tap = correlation.column_tap(phase, s);
            if (row_tap < 0 || column_tap < 0) continue;
            float* to = kernel + (row_tap * task.columns.kernel + column_tap) * channels + c;
            store(to, accumulate ? load(to) + g[r][s] : g[r][s]);
          }
        }
      }
    }
  });
}

// Some tiles at a time: first threads share tiles to transform, then points to sum.
template <class Taps>
int weight_gradient(figment_context* ctx, Task task, float* dw, bool accumulate, int64_t batch) {
  constexpr int kPoints = Taps::kPoints * Taps::kPoints;
  task.cut(task.small, batch);
  const Correlation<Taps> correlation = {task, true};
  const Image large = task.large, small = task.small;
  const int64_t columns = large.phases() * large.channels;
  const int64_t large_plane = plane_size(kSummedTiles * columns);
  const int64_t small_plane = plane_size(kSummedTiles * row_size(small.channels));
  const int64_t rows = round_up(small.channels, kHeight);
  const int64_t sums_plane = plane_size(rows * row_size(columns));
  const int64_t zeros_size = round_up(large.channels + small.channels, 16);
  const int64_t floats = zeros_size + kPoints * (large_plane + small_plane + sums_plane);
  float* zeros = static_cast<float*>(scratch(ctx, sizeof(float) * static_cast<size_t>(floats)));
  if (zeros == nullptr) return 1;
  for (int64_t i = 0; i < zeros_size; ++i) zeros[i] = 0.0f;
  const Planes inputs = {zeros + zeros_size, large_plane, kWidth, kSummedTiles * kWidth};
  const Planes gradients = {inputs.data + kPoints * large_plane, small_plane,
                            row_size(small.channels), kWidth};
  float* sums = gradients.data + kPoints * small_plane;

  for (int64_t first = 0; first < task.tiles; first += kSummedTiles) {
    const int64_t count = smaller(kSummedTiles, task.tiles - first);
    parallel_for(ctx, count, [=, &task](int64_t tile) {
      const Task::Place at = task.place(first + tile);
      for (int64_t phase = 0; phase < large.phases(); ++phase) {
        transform_pixels<Taps::kInput, Taps::kPoints, Taps::kPoints>(
            inputs, tile, phase * large.channels / kWidth, large, at.n, phase,
            at.top + correlation.row_shift(), at.left + correlation.column_shift(), zeros);
      }
      transform_pixels<Transposed<Taps>::kOutput, kOutputs, Taps::kPoints>(
          gradients, tile, 0, small, at.n, 0, at.top, at.left, zeros);
    });
    // What does not count stays undefined: it would go to taps that are not there.
    parallel_for(ctx, kPoints * large.phases(), [=](int64_t job) {
      const int64_t point = job / large.phases(), phase = job % large.phases();
      if (!correlation.counts(phase, point)) return;
      const int64_t panel = phase * large.channels / kWidth;
      for (int64_t j = 0; j < large.channels; j += kWidth) {
        product<Order::kTransposed>(
            sums + point * sums_plane + phase * large.channels + j, row_size(columns),
            gradients.data + point * small_plane, row_size(small.channels),
            inputs.at(0, panel + j / kWidth) + point * large_plane, rows, kWidth, count, first > 0);
      }
    });
  }
  transform_gradient<Taps>(ctx, dw, sums, sums_plane, row_size(columns), task, accumulate);
  return 0;
}

int correlation(figment_context* ctx, float* large, float* small, bool to_small, const float* w,
                const float* bias, int32_t batch, const figment_conv& g) {
  const Task task(large, small, g);
  return winograd_taps(g) == ThreeTaps::kTaps
             ? correlate<ThreeTaps>(ctx, task, to_small, w, bias, batch)
             : correlate<FiveTaps>(ctx, task, to_small, w, bias, batch);
}

}  // namespace

int winograd_to_small(figment_context* ctx, float* small, const float* large, const float* w,
                      const float* bias, int32_t batch, const figment_conv* geometry) {
  return correlation(ctx, const_cast<float*>(large), small, true, w, bias, batch, *geometry);
}

int winograd_to_large(figment_context* ctx, float* large, const float* small, const float* w,
                      const float* bias, int32_t batch, const figment_conv* geometry) {
  return correlation(ctx, large, const_cast<float*>(small), false, w, bias, batch, *geometry);
}

int winograd_weight_gradient(figment_context* ctx, float* dw, const float* large,
                             const float* small, int32_t accumulate, int32_t batch,
                             const figment_conv* geometry) {
  const figment_conv& g = *geometry;
  const Task task(const_cast<float*>(large), const_cast<float*>(small), g);
  return winograd_taps(g) == ThreeTaps::kTaps
             ? weight_gradient<ThreeTaps>(ctx, task, dw, accumulate != 0, batch)
             : weight_gradient<FiveTaps>(ctx, task, dw, accumulate != 0, batch);
}

}  // namespace figment::FIGMENT_ISA

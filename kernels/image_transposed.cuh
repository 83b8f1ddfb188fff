// The large image of image_layer.cu from the small one: a block makes a region of the large image.
// It first multiplies each small pixel that the region sees with every tap, a product [pixels][K] x
// [K][C R S], and then adds up, for each large pixel, the products that fall on it: all stride
// phases come from one pass, and no zero is multiplied.
#ifndef FIGMENT_IMAGE_TRANSPOSED_CUH_
#define FIGMENT_IMAGE_TRANSPOSED_CUH_

#include "image_layer.cuh"

namespace figment {

constexpr int kDepth = 8;                 // channels staged at a time: one sector a pixel
constexpr int kPixelPitch = kPixels + 4;  // of staged channels: stores of a warp meet no bank twice
constexpr int kQuads = kDepth / kLane4;   // vectors a pixel and stage

// The small rows (or columns) that rows from..to-1 of the large image see.
struct Span {
  int first, count;
};

__device__ inline int first_seen(int large, int pad, int kernel, int stride) {
  const int over = large + pad - kernel + 1;
  return over > 0 ? (over + stride - 1) / stride : 0;
}

__device__ inline int last_seen(int large, int pad, int stride, int small) {
  return min_of((large + pad) / stride, small - 1);
}

__device__ inline Span span(int from, int to, int pad, int kernel, int stride, int small) {
  const int first = first_seen(from, pad, kernel, stride);
  const int count = last_seen(to - 1, pad, stride, small) - first + 1;
  return {first, count > 0 ? count : 0};
}

// Where number i of a region lies in shared memory: one float of padding after every 32 lets the
// pixels of a phase, which are a stride apart, meet other banks.
__device__ inline int spread(int i) { return i + i / kWarp; }

// y [N][H][W][C] = ending(x transposed-conv w + bias), bias may be null. 8 pixels and kColumns
// taps a thread, 32 x kGroups threads: up to 4 kColumns kGroups / 4 taps C R S. Blocks: N x regions
// of region_rows x region_columns, which are multiples of the strides. Dynamic shared memory: what
// CudaImageLayer computes.
template <int kColumns, int kGroups>
__device__ inline FIGMENT_INLINE void transposed(float* y, const float* x, const float* w,
                                                 const float* bias, const Ending& ending,
                                                 const ImageGeometry& g, int region_rows,
                                                 int region_columns) {
  constexpr int kBlock = kWarp * kGroups;
  constexpr int kTaps = kColumns * kGroups;
  constexpr int kWarpTaps = 4 * kColumns;
  constexpr int kPixelLoads = kPixels * kQuads / kBlock;
  constexpr int kTapLoads = (kDepth * kTaps + kBlock - 1) / kBlock;
  constexpr int kPixelStage = kDepth * kPixelPitch;
  constexpr int kTapStage = kDepth * kTaps;
  float* const pixel_stage = shared;                  // [2][kDepth][kPixelPitch]
  float* const tap_stage = shared + 2 * kPixelStage;  // [2][kDepth][kTaps]

  const int thread = static_cast<int>(threadIdx.x);
  const int kernel = g.kernel_height * g.kernel_width;
  const int taps = kernel * g.channels;
  const int depth = g.small_channels;

  // The block's region of the large image and the pixels of the small one that it sees.
  const unsigned across = tiles_of(g.width, region_columns);
  const unsigned regions = tiles_of(g.height, region_rows) * across;
  const unsigned region = blockIdx.x % regions;
  const int64 image = blockIdx.x / regions;
  const int h0 = static_cast<int>(region / across) * region_rows;
  const int w0 = static_cast<int>(region % across) * region_columns;
  const int rows = min_of(region_rows, g.height - h0);
  const int columns = min_of(region_columns, g.width - w0);
  const Span p = span(h0, h0 + rows, g.pad_top, g.kernel_height, g.stride_height, g.small_height);
  const Span q = span(w0, w0 + columns, g.pad_left, g.kernel_width, g.stride_width, g.small_width);
  const int pixels = p.count * q.count;

  // What this thread stages: vectors of pixels, and weights, whose order becomes [C][R][S].
  const bool vectors = head_of(x) == 0 && depth % kLane4 == 0;
  int64 source[kPixelLoads];  // -1: a pixel that the region does not see
  FIGMENT_UNROLL
  for (int i = 0; i < kPixelLoads; ++i) {
    const int pixel = (thread + i * kBlock) / kQuads;
    const int row = q.count > 0 ? pixel / q.count : 0;
    const int column = pixel - row * q.count;
    const int64 place = (image * g.small_height + p.first + row) * g.small_width + q.first + column;
    source[i] = pixel < pixels ? place * depth : -1;
  }
  int tap_place[kTapLoads];
  FIGMENT_UNROLL
  for (int i = 0; i < kTapLoads; ++i) {
    const int element = thread + i * kBlock;
    const int k = element / taps;
    const int tap = element - k * taps;
    const int ordered = tap % g.channels * kernel + tap / g.channels;
    // A warp's taps, 4 lanes apart, so that a thread's lie side by side.
    const int part = ordered % kWarpTaps;
    tap_place[i] = k < kDepth ? k * kTaps + ordered - part + part % 4 * kColumns + part / 4 : -1;
  }
  for (int i = thread; i < 2 * kTapStage; i += kBlock) tap_stage[i] = 0.0f;  // taps there are not

  Float4 pixel_values[kPixelLoads];
  float tap_values[kTapLoads];
  auto fetch = [&](int channel) FIGMENT_INLINE {
    FIGMENT_UNROLL
    for (int i = 0; i < kPixelLoads; ++i) {
      const int at = channel + (thread + i * kBlock) % kQuads * kLane4;
      pixel_values[i] = load_channels(x + source[i], at, source[i] >= 0 ? depth : 0, vectors);
    }
    FIGMENT_UNROLL
    for (int i = 0; i < kTapLoads; ++i) {
      const int element = channel * taps + thread + i * kBlock;
      tap_values[i] = tap_place[i] >= 0 && element < depth * taps ? w[element] : 0.0f;
    }
  };
  auto put = [&](int stage) FIGMENT_INLINE {
    FIGMENT_UNROLL
    for (int i = 0; i < kPixelLoads; ++i) {
      const int load = thread + i * kBlock;
      float* const to = pixel_stage + stage * kPixelStage + load % kQuads * kLane4 * kPixelPitch;
      float v[kLane4];
      unpack(pixel_values[i], v);
      FIGMENT_UNROLL
      for (int k = 0; k < kLane4; ++k) to[k * kPixelPitch + load / kQuads] = v[k];
    }
    FIGMENT_UNROLL
    for (int i = 0; i < kTapLoads; ++i) {
      if (tap_place[i] >= 0) tap_stage[stage * kTapStage + tap_place[i]] = tap_values[i];
    }
  };

  // 4 warps along the pixels, the others along the taps; a warp is 8 x 4 threads.
  const int lane = thread % kWarp;
  const int first_pixel = thread / kWarp % 4 * (kWarp * 2) + lane % 8 * kLane4;
  const int tap_warp = thread / kWarp / 4;
  const int tap_lane = lane / 8;
  float product[kTile][kColumns] = {};
  fetch(0);
  sync_block();  // the zeros
  put(0);
  sync_block();
  for (int channel = 0, stage = 0; channel < depth; channel += kDepth, stage ^= 1) {
    const bool more = channel + kDepth < depth;
    if (more) fetch(channel + kDepth);
    const float* const a = pixel_stage + stage * kPixelStage + first_pixel;
    const float* const b =
        tap_stage + stage * kTapStage + tap_warp * kWarpTaps + tap_lane * kColumns;
    FIGMENT_UNROLL_2
    for (int k = 0; k < kDepth; ++k) {
      float left[kTile], right[kColumns];
      unpack(load4(a + k * kPixelPitch), left);
      unpack(load4(a + k * kPixelPitch + kWarp), left + kLane4);
      if constexpr (kColumns % kLane4 == 0) {
        FIGMENT_UNROLL
        for (int j = 0; j < kColumns; j += kLane4) unpack(load4(b + k * kTaps + j), right + j);
      } else {
        FIGMENT_UNROLL
        for (int j = 0; j < kColumns; ++j) right[j] = b[k * kTaps + j];
      }
      add_products(product, left, right);
    }
    if (more) put(stage ^ 1);
    sync_block();
  }

  // Channel by channel through shared memory, which the stages have left: products [pixels][R S] at
  // an odd pitch, then the region [rows][columns][C], spread.
  const int pitch = kernel | 1;
  float* const products = shared;
  float* const made = shared + pixels * pitch;
  const int cell_columns = (columns - 1) / g.stride_width + 1;
  const int cells = ((rows - 1) / g.stride_height + 1) * cell_columns;
  const int places = cells * g.stride_height * g.stride_width;
  for (int c = 0; c < g.channels; ++c) {
    FIGMENT_UNROLL
    for (int j = 0; j < kColumns; ++j) {
      const int tap = tap_warp * kWarpTaps + 4 * j + tap_lane - c * kernel;
      if (tap >= 0 && tap < kernel) {
        FIGMENT_UNROLL
        for (int i = 0; i < kTile; ++i) {
          const int pixel = first_pixel + i / kLane4 * kWarp + i % kLane4;
          if (pixel < pixels) products[pixel * pitch + tap] = product[i][j];
        }
      }
    }
    sync_block();
    // Phase by phase, so that neighbouring threads read neighbouring pixels' products.
    const float shift = bias != nullptr ? bias[c] : 0.0f;
    for (int i = thread; i < places; i += kBlock) {
      const int phase = i / cells;
      const int cell = i - phase * cells;
      const int cell_row = cell / cell_columns;
      const int row = cell_row * g.stride_height + phase / g.stride_width;
      const int column = (cell - cell_row * cell_columns) * g.stride_width + phase % g.stride_width;
      if (row >= rows || column >= columns) continue;
      const Span up =
          span(h0 + row, h0 + row + 1, g.pad_top, g.kernel_height, g.stride_height, g.small_height);
      const Span left = span(w0 + column, w0 + column + 1, g.pad_left, g.kernel_width,
                             g.stride_width, g.small_width);
      float sum = shift;
      for (int m = up.first; m < up.first + up.count; ++m) {
        const int r = h0 + row + g.pad_top - m * g.stride_height;
        const float* const line = products + ((m - p.first) * q.count - q.first) * pitch +
                                  r * g.kernel_width + w0 + column + g.pad_left;
        for (int n = left.first; n < left.first + left.count; ++n) {
          sum += line[n * (pitch - g.stride_width)];
        }
      }
      made[spread((row * columns + column) * g.channels + c)] = sum;
    }
    sync_block();
  }
  const int length = columns * g.channels;
  float* const target = y + ((image * g.height + h0) * g.width + w0) * g.channels;
  const int64 line = static_cast<int64>(g.width) * g.channels;
  for (int i = thread; i < rows * length; i += kBlock) {
    const int row = i / length;
    const int64 place = row * line + i - row * length;
    Float4 v = {};
    v.x = made[spread(i)];
    target[place] = finish(ending, v, target - y + place, 1, false).x;
  }
}

}  // namespace figment

#endif  // FIGMENT_IMAGE_TRANSPOSED_CUH_

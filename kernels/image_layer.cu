// Convolutions whose large image has at most 4 channels: where a network makes an image (transposed
// convolution forward) or takes one (convolution forward), with their backward passes. Bound by
// memory, for the small image [N][P][Q][K] has some 16 times the bytes of the large one
// [N][H][W][C]. So each pass reads or writes the small image once, keeps the weights [K][R][S][C]
// and a tile of the large image in shared memory, and fuses bias and activation.
//
// Small pixel (p, q) and tap (r, s) meet large pixel (p stride - pad + r, q stride - pad + s).
#include "common.cuh"

using namespace figment;

// The fields of dev.figment.device.ConvGeometry, in its order.
struct ImageGeometry {
  int height, width, channels, small_height, small_width, small_channels;
  int kernel_height, kernel_width, stride_height, stride_width;
  int pad_top, pad_bottom, pad_left, pad_right;
};

// Two blocks a multiprocessor, or one of 512 threads: up to 128 registers a thread.
#define FIGMENT_IMAGE_KERNEL(threads) \
  extern "C" __global__ void __launch_bounds__(threads, 512 / (threads))

constexpr int kWarp = 32;
constexpr int kPixels = 256;  // small pixels a block holds at most, CudaImageLayer.PIXELS
constexpr int kGroup = 64;  // small channels a block of the other two passes, CudaImageLayer.GROUP
constexpr int kTile = 8;    // pixels, taps or channels a side of what one thread accumulates

extern __shared__ __attribute__((aligned(16))) float shared[];

__device__ inline int min_of(int a, int b) { return a < b ? a : b; }

// sum += a b^T.
template <int kRows, int kColumns>
__device__ inline void add_products(float (&sum)[kRows][kColumns], const float (&a)[kRows],
                                    const float (&b)[kColumns]) {
  FIGMENT_UNROLL
  for (int i = 0; i < kRows; ++i) {
    FIGMENT_UNROLL
    for (int j = 0; j < kColumns; ++j) sum[i][j] = figment::fma(a[i], b[j], sum[i][j]);
  }
}

__device__ inline void unpack(Float4 v, float* p) {
  p[0] = v.x;
  p[1] = v.y;
  p[2] = v.z;
  p[3] = v.w;
}

// ---- the large image from the small one
//
// A block makes a region of the large image. It first multiplies each small pixel that the region
// sees with every tap, a product [pixels][K] x [K][C R S], and then adds up, for each large pixel,
// the products that fall on it: all stride phases come from one pass, and no zero is multiplied.

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

// The four channels from `channel` on of the pixel at p, zeros beyond the last channel.
__device__ inline Float4 load_channels(const float* p, int channel, int channels, bool vectors) {
  if (vectors && channel < channels) return load4(p + channel);
  float v[kLane4];
  FIGMENT_UNROLL
  for (int k = 0; k < kLane4; ++k) v[k] = channel + k < channels ? p[channel + k] : 0.0f;
  return vector_of(v);
}

// Where number i of a region lies in shared memory: one float of padding after every 32 lets the
// pixels of a phase, which are a stride apart, meet other banks.
__device__ inline int spread(int i) { return i + i / kWarp; }

// y [N][H][W][C] = activation(x transposed-conv w + bias), bias may be null. 8 pixels and kColumns
// taps a thread, 32 x kGroups threads: up to 4 kColumns kGroups / 4 taps C R S. Blocks: N x regions
// of region_rows x region_columns, which are multiples of the strides. Dynamic shared memory: what
// CudaImageLayer computes.
template <int kColumns, int kGroups>
__device__ inline FIGMENT_INLINE void transposed(float* y, const float* x, const float* w,
                                                 const float* bias, int kind, float slope,
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
  with_activation(kind, slope, [=](auto f) FIGMENT_INLINE {
    for (int i = thread; i < rows * length; i += kBlock) {
      const int row = i / length;
      target[row * line + i - row * length] = f.forward(made[spread(i)]);
    }
  });
}

// Up to 32 taps: one channel and kernels up to 5 x 6.
FIGMENT_IMAGE_KERNEL(256)
image_transposed_32(float* y, const float* x, const float* w, const float* bias, int kind,
                    float slope, ImageGeometry g, int region_rows, int region_columns) {
  transposed<4, 8>(y, x, w, bias, kind, slope, g, region_rows, region_columns);
}

// Up to 80: three channels and 5 x 5.
FIGMENT_IMAGE_KERNEL(512)
image_transposed_80(float* y, const float* x, const float* w, const float* bias, int kind,
                    float slope, ImageGeometry g, int region_rows, int region_columns) {
  transposed<5, 16>(y, x, w, bias, kind, slope, g, region_rows, region_columns);
}

// Up to 112: four channels and 5 x 5.
FIGMENT_IMAGE_KERNEL(512)
image_transposed_112(float* y, const float* x, const float* w, const float* bias, int kind,
                     float slope, ImageGeometry g, int region_rows, int region_columns) {
  transposed<7, 16>(y, x, w, bias, kind, slope, g, region_rows, region_columns);
}

// ---- a tile of the large image under a tile of the small one

// The block's tile of the small image; `tile` counts tiles row by row, image by image.
struct SmallTile {
  int64 image;
  int p0, q0, rows, columns;
};

__device__ inline SmallTile small_tile(const ImageGeometry& g, unsigned tile, int tile_rows,
                                       int tile_columns) {
  const unsigned across = tiles_of(g.small_width, tile_columns);
  const unsigned tiles = tiles_of(g.small_height, tile_rows) * across;
  const unsigned place = tile % tiles;
  SmallTile t;
  t.image = tile / tiles;
  t.p0 = static_cast<int>(place / across) * tile_rows;
  t.q0 = static_cast<int>(place % across) * tile_columns;
  t.rows = min_of(tile_rows, g.small_height - t.p0);
  t.columns = min_of(tile_columns, g.small_width - t.q0);
  return t;
}

// Copies what the tile sees of x [N][H][W][C] to shared memory, zeros for padding: rows of `pitch`
// floats, a warp a row.
__device__ inline void stage_large(float* halo, const float* x, const ImageGeometry& g,
                                   const SmallTile& t, int pitch) {
  const int rows = (t.rows - 1) * g.stride_height + g.kernel_height;
  const int length = ((t.columns - 1) * g.stride_width + g.kernel_width) * g.channels;
  const int h0 = t.p0 * g.stride_height - g.pad_top;
  const int first = (t.q0 * g.stride_width - g.pad_left) * g.channels;
  const int line = g.width * g.channels;
  const int warps = static_cast<int>(blockDim.x) / kWarp;
  for (int row = static_cast<int>(threadIdx.x) / kWarp; row < rows; row += warps) {
    const int h = h0 + row;
    const float* const from = x + (t.image * g.height + h) * line;
    for (int i = static_cast<int>(threadIdx.x) % kWarp; i < length; i += kWarp) {
      const bool inside = h >= 0 && h < g.height && first + i >= 0 && first + i < line;
      halo[row * pitch + i] = inside ? from[first + i] : 0.0f;
    }
  }
}

// Where the patch of a tile's pixel begins in the halo.
__device__ inline int patch_of(const ImageGeometry& g, const SmallTile& t, int pixel, int pitch) {
  const int row = pixel / t.columns;
  return row * g.stride_height * pitch + (pixel - row * t.columns) * g.stride_width * g.channels;
}

// ---- the small image from the large one

constexpr int kWeightPitch = kGroup + 1;  // a warp's stores of neighbouring taps meet no bank twice

// y [N][P][Q][K] = activation(x conv w + bias), bias may be null. 8 pixels and 8 channels a thread.
// Grid: N x tiles of tile_rows x tile_columns <= 256 small pixels, by ceil(K / 64). Dynamic shared
// memory: the tile's halo, ((tile_rows - 1) stride + R) pitch floats, then R S C x 65.
FIGMENT_IMAGE_KERNEL(256)
image_forward(float* y, const float* x, const float* w, const float* bias, int kind, float slope,
              ImageGeometry g, int tile_rows, int tile_columns, int pitch) {
  const int halo_rows = (tile_rows - 1) * g.stride_height + g.kernel_height;
  float* const halo = shared;
  float* const weights = shared + halo_rows * pitch;  // [R S C][kWeightPitch]
  const SmallTile t = small_tile(g, blockIdx.x, tile_rows, tile_columns);
  const int row_taps = g.kernel_width * g.channels;
  const int taps = g.kernel_height * row_taps;
  const int k0 = static_cast<int>(blockIdx.y) * kGroup;
  const int mine = min_of(kGroup, g.small_channels - k0);

  stage_large(halo, x, g, t, pitch);
  const float* const group = w + static_cast<int64>(k0) * taps;
  for (int i = static_cast<int>(threadIdx.x); i < kGroup * taps; i += kThreads) {
    const int k = i / taps;
    weights[(i - k * taps) * kWeightPitch + k] = k < mine ? group[i] : 0.0f;
  }
  sync_block();

  // A warp takes 4 neighbouring pixels at a time, and for each all channels.
  const int lane = static_cast<int>(threadIdx.x) % 8;
  const int line = static_cast<int>(threadIdx.x) / 8;
  const int pixels = t.rows * t.columns;
  int patch[kTile];
  FIGMENT_UNROLL
  for (int i = 0; i < kTile; ++i) {
    patch[i] = patch_of(g, t, min_of(line + i * kWarp, pixels - 1), pitch);
  }
  float sum[kTile][kTile] = {};
  for (int r = 0; r < g.kernel_height; ++r) {
    const int a = r * pitch;
    const int b = r * row_taps * kWeightPitch + lane;
    FIGMENT_UNROLL_2
    for (int i = 0; i < row_taps; ++i) {
      float left[kTile], right[kTile];
      FIGMENT_UNROLL
      for (int j = 0; j < kTile; ++j) left[j] = halo[patch[j] + a + i];
      FIGMENT_UNROLL
      for (int j = 0; j < kTile; ++j) right[j] = weights[b + i * kWeightPitch + j * 8];
      add_products(sum, left, right);
    }
  }
  float shift[kTile];
  FIGMENT_UNROLL
  for (int j = 0; j < kTile; ++j) {
    shift[j] = bias != nullptr && lane + j * 8 < mine ? bias[k0 + lane + j * 8] : 0.0f;
  }
  FIGMENT_UNROLL
  for (int i = 0; i < kTile; ++i) {
    const int pixel = line + i * kWarp;
    const int row = pixel / t.columns;
    const int64 place =
        (t.image * g.small_height + t.p0 + row) * g.small_width + t.q0 + pixel - row * t.columns;
    float* const to = y + place * g.small_channels + k0 + lane;
    with_activation(kind, slope, [&](auto f) FIGMENT_INLINE {
      FIGMENT_UNROLL
      for (int j = 0; j < kTile; ++j) {
        if (pixel < pixels && lane + j * 8 < mine) to[j * 8] = f.forward(sum[i][j] + shift[j]);
      }
    });
  }
}

// ---- the weights' gradient

constexpr int kChunk = 64;                        // pixels of dy staged at a time
constexpr int kWarpSums = kTile * kTile * kWarp;  // of 64 channels x 32 taps

// The sums of a warp, element e of a lane: channel and tap.
__device__ inline int channel_of(int e, int lane) {
  const int i = e / kTile;
  return i / kLane4 * kWarp + lane % 8 * kLane4 + i % kLane4;
}
__device__ inline int tap_of(int e, int lane) { return e % kTile * 4 + lane / 8; }

// dw [K][R][S][C] (+)= sums over small pixels of dy x's patch; dbias [K] (+)= sums of dy, unless
// null. A block adds up every gridDim.x-th tile for 64 channels: a warp takes 32 taps, and of the
// warps that are left over each takes a share of the pixels. The last block of a group of channels
// adds the blocks' sums in order. Grid: blocks by ceil(K / 64); threads: 32 x ceil(R S C / 32) x a
// power of two. partial: gridDim.x gridDim.y (2048 ceil(R S C / 32) + 64) floats; ticket: gridDim.y
// zeros. Dynamic shared memory: what CudaImageLayer computes.
FIGMENT_IMAGE_KERNEL(256)
image_backward_weights(float* dw, float* dbias, const float* dy, const float* x, float* partial,
                       unsigned* ticket, int accumulate, ImageGeometry g, int tile_rows,
                       int tile_columns, int pitch, unsigned tiles) {
  float* const small = shared;                                            // [kChunk][kGroup]
  int* const patches = reinterpret_cast<int*>(shared + kChunk * kGroup);  // [kPixels]
  float* const halo = shared + kChunk * kGroup + kPixels;
  const int thread = static_cast<int>(threadIdx.x);
  const int threads = static_cast<int>(blockDim.x);
  const int lane = thread % kWarp;
  const int row_taps = g.kernel_width * g.channels;
  const int taps = g.kernel_height * row_taps;
  const int tap_groups = static_cast<int>(tiles_of(taps, kWarp));
  const int tap_group = thread / kWarp % tap_groups;
  const int share = thread / kWarp / tap_groups;
  const int shares = threads / kWarp / tap_groups;
  const int k0 = static_cast<int>(blockIdx.y) * kGroup;
  const int mine = min_of(kGroup, g.small_channels - k0);
  const bool vectors = head_of(dy) == 0 && g.small_channels % kLane4 == 0;

  int offset[kTile];  // of this thread's taps in a patch; there are no others than the first `taps`
  FIGMENT_UNROLL
  for (int j = 0; j < kTile; ++j) {
    const int tap = min_of(tap_group * kWarp + tap_of(j, lane), taps - 1);
    const int r = tap / row_taps;
    offset[j] = r * pitch + tap - r * row_taps;
  }
  const bool sums_bias = dbias != nullptr && tap_group == 0;
  float sum[kTile][kTile] = {};
  float bias_sum[kTile] = {};
  for (unsigned tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    const SmallTile t = small_tile(g, tile, tile_rows, tile_columns);
    const int pixels = t.rows * t.columns;
    sync_block();  // the last tile is done with
    stage_large(halo, x, g, t, pitch);
    for (int i = thread; i < pixels; i += threads) patches[i] = patch_of(g, t, i, pitch);
    for (int first = 0; first < pixels; first += kChunk) {
      const int count = min_of(kChunk, pixels - first);
      if (first > 0) sync_block();  // the last chunk is done with
      for (int i = thread; i < count * (kGroup / kLane4); i += threads) {
        const int pixel = first + i / (kGroup / kLane4);
        const int row = pixel / t.columns;
        const int64 place = (t.image * g.small_height + t.p0 + row) * g.small_width + t.q0 + pixel -
                            row * t.columns;
        const int k = i % (kGroup / kLane4) * kLane4;
        const float* const from = dy + place * g.small_channels + k0;
        store4(small + i * kLane4, load_channels(from, k, mine, vectors));
      }
      sync_block();
      for (int i = share; i < count; i += shares) {
        float left[kTile], right[kTile];
        unpack(load4(small + i * kGroup + lane % 8 * kLane4), left);
        unpack(load4(small + i * kGroup + lane % 8 * kLane4 + kWarp), left + kLane4);
        const float* const patch = halo + patches[first + i];
        FIGMENT_UNROLL
        for (int j = 0; j < kTile; ++j) right[j] = patch[offset[j]];
        add_products(sum, left, right);
        if (sums_bias) {
          FIGMENT_UNROLL
          for (int j = 0; j < kTile; ++j) bias_sum[j] += left[j];
        }
      }
    }
  }

  // The shares' sums, in a fixed tree: the upper half hands over to the lower.
  for (int half = shares / 2; half > 0; half /= 2) {
    sync_block();
    const int slot = (share % half * tap_groups + tap_group) * (kWarpSums + kGroup);
    if (share >= half && share < 2 * half) {
      FIGMENT_UNROLL
      for (int e = 0; e < kTile * kTile; ++e) {
        shared[slot + e * kWarp + lane] = sum[e / kTile][e % kTile];
      }
      if (lane < 8) {
        FIGMENT_UNROLL
        for (int j = 0; j < kTile; ++j) shared[slot + kWarpSums + j * 8 + lane] = bias_sum[j];
      }
    }
    sync_block();
    if (share < half) {
      FIGMENT_UNROLL
      for (int e = 0; e < kTile * kTile; ++e) {
        sum[e / kTile][e % kTile] += shared[slot + e * kWarp + lane];
      }
      FIGMENT_UNROLL
      for (int j = 0; j < kTile; ++j) bias_sum[j] += shared[slot + kWarpSums + j * 8 + lane % 8];
    }
  }

  // The blocks' sums, in their order.
  const int block_sums = tap_groups * kWarpSums + kGroup;
  float* const all = partial + static_cast<int64>(blockIdx.y) * gridDim.x * block_sums;
  if (share == 0) {
    float* const to = all + static_cast<int64>(blockIdx.x) * block_sums;
    FIGMENT_UNROLL
    for (int e = 0; e < kTile * kTile; ++e) {
      to[tap_group * kWarpSums + e * kWarp + lane] = sum[e / kTile][e % kTile];
    }
    if (sums_bias && lane < 8) {
      FIGMENT_UNROLL
      for (int j = 0; j < kTile; ++j) to[tap_groups * kWarpSums + j * 8 + lane] = bias_sum[j];
    }
  }
  if (!last_block(ticket + blockIdx.y, gridDim.x)) return;
  const int wanted = dbias != nullptr ? block_sums : block_sums - kGroup;
  for (int i = thread; i < wanted; i += threads) {
    const bool is_bias = i >= tap_groups * kWarpSums;
    const int e = is_bias ? (i - tap_groups * kWarpSums) / 8 * kTile : i % kWarpSums / kWarp;
    const int of = is_bias ? i % 8 : i % kWarp;
    const int k = channel_of(e, of);
    const int tap = is_bias ? 0 : i / kWarpSums * kWarp + tap_of(e, of);
    if (k >= mine || tap >= taps) continue;
    float total = 0.0f;
    FIGMENT_UNROLL_4
    for (unsigned block = 0; block < gridDim.x; ++block) {
      total += all[static_cast<int64>(block) * block_sums + i];
    }
    float* const to = is_bias ? dbias + k0 + k : dw + static_cast<int64>(k0 + k) * taps + tap;
    *to = accumulate != 0 ? *to + total : total;
  }
}

// Convolutions whose large image has at most 4 channels: where a network makes an image (transposed
// convolution forward) or takes one (convolution forward), with their backward passes. Bound by
// memory, for the small image [N][P][Q][K] has some 16 times the bytes of the large one
// [N][H][W][C]. So each pass reads or writes the small image once, keeps the weights [K][R][S][C]
// and a tile of the large image in shared memory, and fuses bias and ending.
//
// Small pixel (p, q) and tap (r, s) meet large pixel (p stride - pad + r, q stride - pad + s).
#include "image_layer.cuh"
#include "image_transposed.cuh"

using namespace figment;

// Two blocks a multiprocessor, or one of 512 threads: up to 128 registers a thread.
#define FIGMENT_IMAGE_KERNEL(threads) \
  extern "C" __global__ void __launch_bounds__(threads, 512 / (threads))

// ---- the large image from the small one

// Up to 32 taps: one channel and kernels up to 5 x 6.
FIGMENT_IMAGE_KERNEL(256)
image_transposed_32(float* y, const float* x, const float* w, const float* bias,
                    const Ending ending, ImageGeometry g, int region_rows, int region_columns) {
  transposed<4, 8>(y, x, w, bias, ending, g, region_rows, region_columns);
}

// Up to 80: three channels and 5 x 5.
FIGMENT_IMAGE_KERNEL(512)
image_transposed_80(float* y, const float* x, const float* w, const float* bias,
                    const Ending ending, ImageGeometry g, int region_rows, int region_columns) {
  transposed<5, 16>(y, x, w, bias, ending, g, region_rows, region_columns);
}

// Up to 112: four channels and 5 x 5.
FIGMENT_IMAGE_KERNEL(512)
image_transposed_112(float* y, const float* x, const float* w, const float* bias,
                     const Ending ending, ImageGeometry g, int region_rows, int region_columns) {
  transposed<7, 16>(y, x, w, bias, ending, g, region_rows, region_columns);
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

// y [N][P][Q][K] = ending(x conv w + bias), bias may be null. 8 pixels and 8 channels a thread.
// Grid: N x tiles of tile_rows x tile_columns <= 256 small pixels, by ceil(K / 64). Dynamic shared
// memory: the tile's halo, ((tile_rows - 1) stride + R) pitch floats, then R S C x 65.
FIGMENT_IMAGE_KERNEL(256)
image_forward(float* y, const float* x, const float* w, const float* bias, const Ending ending,
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
  const int first = lane * kLane4;  // of this thread's channels, and as many 32 further
  const int pixels = t.rows * t.columns;
  int patch[kTile];
  FIGMENT_UNROLL
  for (int i = 0; i < kTile; ++i) {
    patch[i] = patch_of(g, t, min_of(line + i * kWarp, pixels - 1), pitch);
  }
  float sum[kTile][kTile] = {};
  for (int r = 0; r < g.kernel_height; ++r) {
    const int a = r * pitch;
    const int b = r * row_taps * kWeightPitch + first;
    FIGMENT_UNROLL_2
    for (int i = 0; i < row_taps; ++i) {
      float left[kTile], right[kTile];
      FIGMENT_UNROLL
      for (int j = 0; j < kTile; ++j) left[j] = halo[patch[j] + a + i];
      FIGMENT_UNROLL
      for (int j = 0; j < kTile; ++j) {
        right[j] = weights[b + i * kWeightPitch + j / kLane4 * kWarp + j % kLane4];
      }
      add_products(sum, left, right);
    }
  }
  Float4 shift[kTile / kLane4] = {};
  if (bias != nullptr) {
    FIGMENT_UNROLL
    for (int j = 0; j < kTile / kLane4; ++j) {
      shift[j] = load_channels(bias + k0, first + j * kWarp, mine,
                               head_of(bias) == 0 && g.small_channels % kLane4 == 0);
    }
  }
  // Rows of sums move up instead of being indexed, as registers cannot be: unrolled, this is long.
  const bool vectors = head_of(y) == 0 && g.small_channels % kLane4 == 0 &&
                       (ending.output == nullptr || head_of(ending.output) == 0);
  FIGMENT_NO_UNROLL
  for (int i = 0; i < kTile; ++i) {
    const int pixel = line + i * kWarp;
    if (pixel >= pixels) break;
    const int row = pixel / t.columns;
    const int64 place =
        (t.image * g.small_height + t.p0 + row) * g.small_width + t.q0 + pixel - row * t.columns;
    FIGMENT_UNROLL
    for (int j = 0; j < kTile; j += kLane4) {
      const int channel = first + j / kLane4 * kWarp;
      if (channel >= mine) continue;
      Float4 v = {sum[0][j], sum[0][j + 1], sum[0][j + 2], sum[0][j + 3]};
      v = map4([](float s, float b) { return s + b; }, v, shift[j / kLane4]);
      const int64 at = place * g.small_channels + k0 + channel;
      v = finish(ending, v, at, mine - channel, vectors);
      if (vectors) {
        store4(y + at, v);
      } else {
        y[at] = v.x;
        if (channel + 1 < mine) y[at + 1] = v.y;
        if (channel + 2 < mine) y[at + 2] = v.z;
        if (channel + 3 < mine) y[at + 3] = v.w;
      }
    }
    FIGMENT_UNROLL
    for (int k = 0; k + 1 < kTile; ++k) {
      FIGMENT_UNROLL
      for (int j = 0; j < kTile; ++j) sum[k][j] = sum[k + 1][j];
    }
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

// A thread's share of the sums over the large pixels that a tile has and no other one: those from
// its first pixel's stride cell to the next tile's, the last tile's to the end. Its halo has them
// all where ImageTiles.seesAllOfLarge says so. Thread i adds up channel i % C.
__device__ inline float sum_large(const float* halo, const ImageGeometry& g, const SmallTile& t,
                                  int pitch) {
  const int h0 = t.p0 * g.stride_height - g.pad_top;
  const int w0 = t.q0 * g.stride_width - g.pad_left;
  const int top = h0 < 0 ? 0 : h0;
  const int left = w0 < 0 ? 0 : w0;
  const int bottom =
      t.p0 + t.rows == g.small_height ? g.height : min_of(h0 + t.rows * g.stride_height, g.height);
  const int right = t.q0 + t.columns == g.small_width
                        ? g.width
                        : min_of(w0 + t.columns * g.stride_width, g.width);
  const int length = (right - left) * g.channels;
  const int step = static_cast<int>(blockDim.x) / g.channels * g.channels;
  float sum = 0.0f;
  if (length <= 0 || static_cast<int>(threadIdx.x) >= step) return sum;
  for (int i = static_cast<int>(threadIdx.x); i < (bottom - top) * length; i += step) {
    const int row = i / length;
    sum += halo[(top - h0 + row) * pitch + (left - w0) * g.channels + i - row * length];
  }
  return sum;
}

// to [C] = the threads' sums of each channel, in a fixed order: `lines` threads a channel, then
// one.
__device__ inline void channel_sums(float* to, float* sums, int channels) {
  constexpr int kLines = 32;
  const int thread = static_cast<int>(threadIdx.x);
  const int step = static_cast<int>(blockDim.x) / channels * channels;
  sync_block();
  float sum = 0.0f;
  if (thread < kLines * channels) {
    for (int i = thread; i < step; i += kLines * channels) sum += sums[i];
  }
  sync_block();
  sums[thread] = sum;
  sync_block();
  if (thread < channels) {
    const int lines = min_of(kLines, step / channels);
    sum = 0.0f;
    for (int i = 0; i < lines; ++i) sum += sums[i * channels + thread];
    to[thread] = sum;
  }
}

// dw [K][R][S][C] (+)= sums over small pixels of dy x's patch; dbias [K] (+)= sums of dy, or
// large_bias [C] (+)= sums of x, either unless null. A block adds up every gridDim.x-th tile for 64
// channels: a warp takes 32 taps, and of the warps that are left over each takes a share of the
// pixels. The last block of a group of channels adds the blocks' sums in order. Grid: blocks by
// ceil(K / 64); threads: 32 x ceil(R S C / 32) x a power of two. partial: gridDim.x gridDim.y (2048
// ceil(R S C / 32) + 64) floats; ticket: gridDim.y zeros. Dynamic shared memory: what
// CudaImageLayer computes.
FIGMENT_IMAGE_KERNEL(256)
image_backward_weights(float* dw, float* dbias, float* large_bias, const float* dy, const float* x,
                       float* partial, unsigned* ticket, int accumulate, ImageGeometry g,
                       int tile_rows, int tile_columns, int pitch, unsigned tiles) {
  float* const small = shared;                                            // [kChunk][kGroup]
  int* const patches = reinterpret_cast<int*>(shared + kChunk * kGroup);  // [kPixels]
  float* const large_sums = shared + kChunk * kGroup + kPixels;           // [kThreads]
  float* const halo = large_sums + kThreads;
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
  const bool sums_large = large_bias != nullptr && blockIdx.y == 0;
  large_sums[thread] = 0.0f;
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
    if (sums_large) large_sums[thread] += sum_large(halo, g, t, pitch);
  }

  const int products = tap_groups * kWarpSums;
  const int block_sums = products + kGroup;
  float* const all = partial + static_cast<int64>(blockIdx.y) * gridDim.x * block_sums;
  float* const to = all + static_cast<int64>(blockIdx.x) * block_sums;
  if (sums_large) channel_sums(to + products, large_sums, g.channels);

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
  if (share == 0) {
    FIGMENT_UNROLL
    for (int e = 0; e < kTile * kTile; ++e) {
      to[tap_group * kWarpSums + e * kWarp + lane] = sum[e / kTile][e % kTile];
    }
    if (sums_bias && lane < 8) {
      FIGMENT_UNROLL
      for (int j = 0; j < kTile; ++j) to[products + j * 8 + lane] = bias_sum[j];
    }
  }
  if (!last_block(ticket + blockIdx.y, gridDim.x)) return;
  const int wanted = products + (dbias != nullptr ? kGroup : sums_large ? g.channels : 0);
  for (int i = thread; i < wanted; i += threads) {
    float* of;
    if (i < products) {
      const int k = channel_of(i % kWarpSums / kWarp, i % kWarp);
      const int tap = i / kWarpSums * kWarp + tap_of(i % kWarpSums / kWarp, i % kWarp);
      if (k >= mine || tap >= taps) continue;
      of = dw + static_cast<int64>(k0 + k) * taps + tap;
    } else if (sums_large) {
      of = large_bias + i - products;
    } else {
      const int k = channel_of((i - products) / 8 * kTile, i % 8);
      if (k >= mine) continue;
      of = dbias + k0 + k;
    }
    float total = 0.0f;
    FIGMENT_UNROLL_4
    for (unsigned block = 0; block < gridDim.x; ++block) {
      total += all[static_cast<int64>(block) * block_sums + i];
    }
    *of = accumulate != 0 ? *of + total : total;
  }
}

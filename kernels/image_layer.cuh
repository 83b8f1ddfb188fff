// What the passes of image_layer.cu share: the geometry, the sizes of their tiles and products of
// small blocks in registers.
#ifndef FIGMENT_IMAGE_LAYER_CUH_
#define FIGMENT_IMAGE_LAYER_CUH_

#include "common.cuh"
#include "ending.cuh"

namespace figment {

// The fields of dev.figment.device.ConvGeometry, in its order.
struct ImageGeometry {
  int height, width, channels, small_height, small_width, small_channels;
  int kernel_height, kernel_width, stride_height, stride_width;
  int pad_top, pad_bottom, pad_left, pad_right;
};

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

// The four channels from `channel` on of the pixel at p, zeros beyond the last channel.
__device__ inline Float4 load_channels(const float* p, int channel, int channels, bool vectors) {
  if (vectors && channel < channels) return load4(p + channel);
  float v[kLane4];
  FIGMENT_UNROLL
  for (int k = 0; k < kLane4; ++k) v[k] = channel + k < channels ? p[channel + k] : 0.0f;
  return vector_of(v);
}

}  // namespace figment

#endif  // FIGMENT_IMAGE_LAYER_CUH_

// Small image to large image of few channels: columns [N P Q][R S C] = small [N P Q][K] * w
// [K][R S C], then each column is added where its tap falls. Bound by the product's FLOPs, which
// are the convolution's own, where oneDNN spends sixteen channels' worth on one.
#include <algorithm>

#include "convolution.h"

namespace figment {
namespace {

// Images are taken in chunks whose columns stay in cache between the product and the sums.
constexpr int64_t kColumnBytes = 4 << 20;

// The small columns q whose tap s falls on a large column: those with 0 <= q stride + shift <
// width.
struct Range {
  int32_t begin, end;
};
Range covered(int32_t small, int32_t stride, int32_t shift, int32_t width) {
  const int32_t begin = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
  const int32_t end = width <= shift ? 0 : (width - shift + stride - 1) / stride;
  return {begin, std::min(end, small)};
}

// One row of the large image: all taps in a fixed order, so that threads do not change its bits.
template <int C>
void sum_row(float* row, const float* columns, const float* bias, int32_t h,
             const figment_conv& g) {
  for (int32_t i = 0; i < g.width; ++i) {
    for (int c = 0; c < C; ++c) row[i * C + c] = bias == nullptr ? 0.0f : bias[c];
  }
  const int64_t pitch = int64_t{g.kernel_height} * g.kernel_width * C;
  for (int32_t r = 0; r < g.kernel_height; ++r) {
    const int32_t above = h + g.pad_top - r;
    if (above < 0 || above % g.stride_height != 0) continue;
    const int32_t p = above / g.stride_height;
    if (p >= g.small_height) continue;
    for (int32_t s = 0; s < g.kernel_width; ++s) {
      const int32_t shift = s - g.pad_left;
      const Range q = covered(g.small_width, g.stride_width, shift, g.width);
      const float* from =
          columns + int64_t{p} * g.small_width * pitch + (int64_t{r} * g.kernel_width + s) * C;
      float* to = row + int64_t{shift} * C;
      for (int32_t i = q.begin; i < q.end; ++i) {
        for (int c = 0; c < C; ++c) to[int64_t{i} * g.stride_width * C + c] += from[i * pitch + c];
      }
    }
  }
}

using SumRow = void (*)(float*, const float*, const float*, int32_t, const figment_conv&);
constexpr SumRow kSumRow[kFewChannels] = {sum_row<1>, sum_row<2>, sum_row<3>, sum_row<4>};

}  // namespace

void few_channels_small_to_large(figment_context* ctx, float* large, const float* small,
                                 const float* w, const float* bias, const Pass& pass) {
  const figment_conv& g = pass.geometry;
  const int64_t pixels = int64_t{g.small_height} * g.small_width;
  const int64_t pitch = int64_t{g.kernel_height} * g.kernel_width * g.channels;
  const int64_t image_bytes = pixels * pitch * static_cast<int64_t>(sizeof(float));
  const int64_t chunk =
      std::min<int64_t>(pass.batch, std::max<int64_t>(1, kColumnBytes / image_bytes));
  const SumRow sum = kSumRow[g.channels - 1];

  for (int64_t first = 0; first < pass.batch; first += chunk) {
    const int64_t images = std::min(chunk, pass.batch - first);
    Operation& product =
        find_product(*ctx->onednn, Product{images * pixels, pitch, g.small_channels});
    Parts parts;
    const size_t columns_at = parts.add(chunk * image_bytes);
    const size_t work_at = parts.add(product.scratchpad_bytes());
    char* block = parts.allocate(ctx);
    float* columns = reinterpret_cast<float*>(block + columns_at);
    product.run(ctx->onednn->stream,
                {columns, small + first * pixels * g.small_channels, w, nullptr, block + work_at});
    const int64_t row_floats = int64_t{g.width} * g.channels;
#pragma omp parallel for num_threads(ctx->threads) schedule(static)
    for (int64_t row = 0; row < images * g.height; ++row) {
      const int64_t image = row / g.height;
      sum(large + ((first * g.height) + row) * row_floats, columns + image * pixels * pitch, bias,
          static_cast<int32_t>(row % g.height), g);
    }
  }
}

}  // namespace figment

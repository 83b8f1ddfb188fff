// Winograd's fast convolution, loops of our own: the passes of convolution.h for the shapes that
// winograd_takes(), in loops/winograd.cpp.
#ifndef FIGMENT_CPU_WINOGRAD_H_
#define FIGMENT_CPU_WINOGRAD_H_

#include "figment.h"

// Always inline: the loops include this file with instruction-set flags, see context.h.
#define FIGMENT_PLAIN __attribute__((always_inline)) inline

namespace figment {

// One axis of a convolution of any stride as correlations of stride 1. The large image's phase f
// holds its pixels f, f + stride, ...; tap r of small pixel p reads pixel p + offset of a phase,
// with offset * stride + phase = r - pad.
struct WinogradAxis {
  int32_t large, small, kernel, stride, pad;

  // The least and the greatest offset.
  FIGMENT_PLAIN int32_t first() const { return -((pad + stride - 1) / stride); }
  FIGMENT_PLAIN int32_t last() const {
    const int32_t reach = kernel - 1 - pad;
    return reach >= 0 ? reach / stride : -((-reach + stride - 1) / stride);
  }
  FIGMENT_PLAIN int32_t span() const { return last() - first() + 1; }
  // The tap of the kernel at first() + i, or -1.
  FIGMENT_PLAIN int32_t tap(int32_t phase, int32_t i) const {
    const int32_t r = (first() + i) * stride + phase + pad;
    return r >= 0 && r < kernel ? r : -1;
  }
};

FIGMENT_PLAIN WinogradAxis winograd_rows(const figment_conv& g) {
  return {g.height, g.small_height, g.kernel_height, g.stride_height, g.pad_top};
}
FIGMENT_PLAIN WinogradAxis winograd_columns(const figment_conv& g) {
  return {g.width, g.small_width, g.kernel_width, g.stride_width, g.pad_left};
}

// Taps a side of the transforms that a shape needs: 3 or 5.
FIGMENT_PLAIN int32_t winograd_taps(const figment_conv& g) {
  return winograd_rows(g).span() <= 3 && winograd_columns(g).span() <= 3 ? 3 : 5;
}

// Channels come in multiples of this: whole tiles of every instruction set.
constexpr int32_t kWinogradChannels = 32;

// Whether the loops can compute the passes: offsets within five taps, whole blocks of channels.
FIGMENT_PLAIN bool winograd_takes(const figment_conv& g) {
  return g.channels % kWinogradChannels == 0 && g.small_channels % kWinogradChannels == 0 &&
         winograd_rows(g).span() <= 5 && winograd_columns(g).span() <= 5;
}

// bias [channels of the result] may be null.
int figment_winograd_to_small(figment_context* ctx, float* small, const float* large,
                              const float* w, const float* bias, int32_t batch,
                              const figment_conv* geometry);
int figment_winograd_to_large(figment_context* ctx, float* large, const float* small,
                              const float* w, const float* bias, int32_t batch,
                              const figment_conv* geometry);
int figment_winograd_weight_gradient(figment_context* ctx, float* dw, const float* large,
                                     const float* small, int32_t accumulate, int32_t batch,
                                     const figment_conv* geometry);

}  // namespace figment

#endif  // FIGMENT_CPU_WINOGRAD_H_

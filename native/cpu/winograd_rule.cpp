// Which convolutions Winograd's algorithm computes: those for which it was measured to be faster
// than oneDNN by a tenth at least.
#include "choices.h"
#include "winograd.h"

namespace figment {
namespace {

// Of the direct convolution's multiplications, those at padding counted; the transforms count as
// many as a product with this many channels more.
constexpr double kMostLeft = 0.6;
constexpr double kTransforms = 16;
// The transform of the weights, once a call: multiplications a point and tap.
constexpr double kWeights = 10;
// With it, what is left must be this part at most.
constexpr double kFaster = 0.9;
// Floats of scratch memory that the transformed weights may take: the most that was measured.
constexpr int64_t kMostWeights = 80 << 20;

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Products a tile: the points at which each phase's weights can differ from zero.
int64_t points(const WinogradAxis& axis, int32_t taps) {
  int64_t sum = 0;
  for (int32_t phase = 0; phase < axis.stride; ++phase) {
    sum += taps + 3 - (axis.tap(phase, 0) < 0) - (axis.tap(phase, taps - 1) < 0);
  }
  return sum;
}

}  // namespace

bool winograd_is_faster(PassKind kind, const Pass& pass, double direct_rate) {
  const figment_conv& g = pass.geometry;
  const WinogradAxis rows = winograd_rows(g), columns = winograd_columns(g);
  const bool to_large = kind == PassKind::kToLarge;
  const int64_t height = to_large ? divide_up(g.height, g.stride_height) : g.small_height;
  const int64_t width = to_large ? divide_up(g.width, g.stride_width) : g.small_width;
  const int64_t tiles = divide_up(height, 4) * divide_up(width, 4);
  const int32_t taps = winograd_taps(g);
  const double channels = 1 + kTransforms / g.channels + kTransforms / g.small_channels;
  const double left =
      channels * static_cast<double>(points(rows, taps) * points(columns, taps) * tiles);
  const double direct = static_cast<double>(int64_t{g.small_height} * g.small_width *
                                            g.kernel_height * g.kernel_width) /
                        direct_rate;
  const int64_t weights = int64_t{taps + 3} * (taps + 3) * g.stride_height * g.stride_width;
  const double once = kWeights * taps * static_cast<double>(weights);
  return left <= kMostLeft * direct && pass.batch * left + once <= kFaster * pass.batch * direct &&
         weights * g.channels * g.small_channels <= kMostWeights;
}

}  // namespace figment

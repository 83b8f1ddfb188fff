// Element-wise helpers: y = value, a + b, factor x, x between bounds, and pixels to numbers. Bound
// by memory: 4 bytes an element to fill, 12 to add, 8 to scale or clamp, 5 for a pixel.
#include "common.cuh"

using namespace figment;

FIGMENT_KERNEL fill(Real* y, float value, int64 n) {
  map_elements(y, n, [=] { return value; });
}

FIGMENT_KERNEL add(Real* y, const Real* a, const Real* b, int64 n) {
  map_elements(
      y, n, [](float left, float right) { return left + right; }, a, b);
}

FIGMENT_KERNEL scale(Real* y, const Real* x, float factor, int64 n) {
  map_elements(
      y, n, [=](float value) { return factor * value; }, x);
}

FIGMENT_KERNEL scale_by(Real* y, const Real* x, const float* factor, int64 n) {
  const float by = *factor;
  map_elements(
      y, n, [=](float value) { return by * value; }, x);
}

FIGMENT_KERNEL clamp(Real* y, const Real* x, float low, float high, int64 n) {
  map_elements(
      y, n, [=](float value) { return clamped(value, low, high); }, x);
}

// y = scale x + shift, rounded once. One element a lane: a warp reads one 32-byte sector of pixels
// and writes four of numbers, which is whole sectors both ways. Blocks: ceil(n / kBlockElements).
FIGMENT_KERNEL bytes_to_real(Real* y, const unsigned char* x, float scale, float shift, int64 n) {
  const int64 first = static_cast<int64>(blockIdx.x) * kBlockElements + threadIdx.x;
  FIGMENT_UNROLL
  for (int k = 0; k < kThreadElements; ++k) {
    const int64 i = first + k * kThreads;
    if (i < n) store(y + i, figment::fma(scale, static_cast<float>(x[i]), shift));
  }
}

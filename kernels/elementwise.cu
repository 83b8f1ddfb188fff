// Element-wise helpers: y = value, a + b, factor x, and pixels to numbers. Bound by memory.
#include "common.cuh"

using namespace figment;

FIGMENT_KERNEL fill(float* y, float value, int64 n) {
  map_elements(y, n, [=] { return value; });
}

FIGMENT_KERNEL add(float* y, const float* a, const float* b, int64 n) {
  map_elements(y, n, [](float left, float right) { return left + right; }, a, b);
}

FIGMENT_KERNEL scale(float* y, const float* x, float factor, int64 n) {
  map_elements(y, n, [=](float value) { return factor * value; }, x);
}

// y = scale x + shift, rounded once; 16 bytes of pixels make 64 bytes of numbers, so y is written
// in vectors and x read byte by byte through the cache.
FIGMENT_KERNEL bytes_to_real(float* y, const unsigned char* x, float scale, float shift, int64 n) {
  const int64 first = static_cast<int64>(blockIdx.x) * kBlockElements + threadIdx.x;
  FIGMENT_UNROLL
  for (int k = 0; k < kLane4 * kVectors; ++k) {
    const int64 i = first + k * kThreads;
    if (i < n) y[i] = figment::fma(scale, static_cast<float>(x[i]), shift);
  }
}

FIGMENT_KERNEL increment(int* counter) {
  if (threadIdx.x == 0) ++*counter;
}

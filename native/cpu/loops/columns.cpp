// Columns of one tensor to columns of another. Bound by memory.
#include "parallel.h"

namespace figment::FIGMENT_ISA {

int copy_columns(figment_context* ctx, float* y, int32_t y_from, const float* x, int32_t x_from,
                 int32_t columns, int32_t accumulate, int64_t rows, int32_t y_columns,
                 int32_t x_columns) {
  const int64_t width = columns, height = divide_up(kChunk, width);
  parallel_for(ctx, divide_up(rows, height), [=](int64_t chunk) FIGMENT_INLINE {
    const int64_t end = smaller(rows, (chunk + 1) * height);
    for (int64_t row = chunk * height; row < end; ++row) {
      const float* from = x + row * x_columns + x_from;
      float* to = y + row * y_columns + y_from;
      if (accumulate != 0) {
#pragma omp simd
        for (int64_t i = 0; i < width; ++i) to[i] += from[i];
      } else {
#pragma omp simd
        for (int64_t i = 0; i < width; ++i) to[i] = from[i];
      }
    }
  });
  return 0;
}

}  // namespace figment::FIGMENT_ISA

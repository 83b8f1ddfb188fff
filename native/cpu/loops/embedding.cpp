// Rows of a table by index, and gradients added up by index. Bound by memory.
#include "parallel.h"

namespace figment::FIGMENT_ISA {

int embedding_forward(figment_context* ctx, float* y, const float* table, const int32_t* indices,
                      int32_t rows, int32_t vocabulary, int32_t columns) {
  const int64_t width = columns, height = divide_up(kChunk, width);
  parallel_for(ctx, divide_up(rows, height), [=](int64_t chunk) {
    const int64_t end = smaller(rows, (chunk + 1) * height);
    for (int64_t row = chunk * height; row < end; ++row) {
      const int64_t index = indices[row];
      const bool known = index >= 0 && index < vocabulary;
      const float* from = table + (known ? index : 0) * width;
      float* to = y + row * width;
#pragma omp simd
      for (int64_t i = 0; i < width; ++i) to[i] = known ? from[i] : float_of(0x7fc00000u);
    }
  });
  return 0;
}

// A thread owns some rows of the table and looks through all indices for them, so that each sum
// runs in the order of the rows of dy.
int embedding_backward(figment_context* ctx, float* dtable, const float* dy, const int32_t* indices,
                       int32_t accumulate, int32_t rows, int32_t vocabulary, int32_t columns) {
  constexpr int64_t kShares = 16;
  const int64_t width = columns, height = divide_up(vocabulary, kShares);
  parallel_for(ctx, divide_up(vocabulary, height), [=](int64_t share) {
    const int64_t begin = share * height, end = smaller(vocabulary, begin + height);
    if (accumulate == 0) {
      for (int64_t i = begin * width; i < end * width; ++i) dtable[i] = 0.0f;
    }
    for (int64_t row = 0; row < rows; ++row) {
      const int64_t index = indices[row];
      if (index < begin || index >= end) continue;
      float* to = dtable + index * width;
      const float* from = dy + row * width;
#pragma omp simd
      for (int64_t i = 0; i < width; ++i) to[i] += from[i];
    }
  });
  return 0;
}

}  // namespace figment::FIGMENT_ISA

// Filling, copying, adding, scaling and reordering. All are bound by memory.
#include "parallel.h"

namespace figment::FIGMENT_ISA {

int fill(figment_context* ctx, float* y, float value, int64_t n) {
  for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
    for (int64_t i = begin; i < end; ++i) y[i] = value;
  });
  return 0;
}

int copy(figment_context* ctx, void* y, const void* x, int64_t bytes) {
  const int64_t chunk = kChunk * 4;
  parallel_for(ctx, divide_up(bytes, chunk), [=](int64_t i) {
    const int64_t begin = i * chunk;
    __builtin_memcpy(static_cast<char*>(y) + begin, static_cast<const char*>(x) + begin,
                     static_cast<size_t>(smaller(bytes - begin, chunk)));
  });
  return 0;
}

int add(figment_context* ctx, float* y, const float* a, const float* b, int64_t n) {
  for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) y[i] = a[i] + b[i];
  });
  return 0;
}

int scale(figment_context* ctx, float* y, const float* x, float factor, int64_t n) {
  for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) y[i] = factor * x[i];
  });
  return 0;
}

int scale_by(figment_context* ctx, float* y, const float* x, const float* factor, int64_t n) {
  return scale(ctx, y, x, *factor, n);
}

int clamp(figment_context* ctx, float* y, const float* x, float low, float high, int64_t n) {
  for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) y[i] = clamped(x[i], low, high);
  });
  return 0;
}

// body(row, begin, end) over the chunks of each row of x [rows][columns].
template <class Body>
static void for_row_chunks(figment_context* ctx, int64_t rows, int64_t columns, Body body) {
  const int64_t chunks = divide_up(columns, kChunk);
  parallel_for(ctx, rows * chunks, [=](int64_t i) FIGMENT_INLINE {
    const int64_t row = i / chunks, begin = i % chunks * kChunk;
    body(row, row * columns + begin, row * columns + smaller(columns, begin + kChunk));
  });
}

int scale_rows(figment_context* ctx, float* y, const float* x, const float* factor, int32_t rows,
               int64_t columns) {
  for_row_chunks(ctx, rows, columns, [=](int64_t row, int64_t begin, int64_t end) FIGMENT_INLINE {
    const float f = factor[row];
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) y[i] = f * x[i];
  });
  return 0;
}

int lerp_rows(figment_context* ctx, float* y, const float* a, const float* b, const float* weight,
              int32_t rows, int64_t columns) {
  for_row_chunks(ctx, rows, columns, [=](int64_t row, int64_t begin, int64_t end) FIGMENT_INLINE {
    const float t = weight[row];
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) y[i] = lerp(a[i], b[i], t);
  });
  return 0;
}

int bytes_to_real(figment_context* ctx, float* y, const uint8_t* x, float scale, float shift,
                  int64_t n) {
  for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) y[i] = fma(scale, static_cast<float>(x[i]), shift);
  });
  return 0;
}

// y [columns][rows] = x [rows][columns], in squares that fit the cache, for each of `batch`.
static void transpose(figment_context* ctx, float* y, const float* x, int64_t batch, int64_t rows,
                      int64_t columns) {
  constexpr int64_t kSquare = 32;
  const int64_t strips = divide_up(rows, kSquare);
  parallel_for(ctx, batch * strips, [=](int64_t i) {
    const float* from = x + i / strips * rows * columns;
    float* to = y + i / strips * rows * columns;
    const int64_t row0 = i % strips * kSquare;
    const int64_t row1 = smaller(rows, row0 + kSquare);
    for (int64_t column0 = 0; column0 < columns; column0 += kSquare) {
      const int64_t column1 = smaller(columns, column0 + kSquare);
      for (int64_t column = column0; column < column1; ++column) {
        for (int64_t row = row0; row < row1; ++row) {
          to[column * rows + row] = from[row * columns + column];
        }
      }
    }
  });
}

int nchw_to_nhwc(figment_context* ctx, float* y, const float* x, int32_t batch, int32_t height,
                 int32_t width, int32_t channels) {
  transpose(ctx, y, x, batch, channels, static_cast<int64_t>(height) * width);
  return 0;
}

int nhwc_to_nchw(figment_context* ctx, float* y, const float* x, int32_t batch, int32_t height,
                 int32_t width, int32_t channels) {
  transpose(ctx, y, x, batch, static_cast<int64_t>(height) * width, channels);
  return 0;
}

}  // namespace figment::FIGMENT_ISA

// Filling, copying, adding, scaling and reordering. All are bound by memory.
#if defined(__SSE2__)
#include <immintrin.h>
#endif

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

// to = the transpose of a square of kSide x kSide, in registers.
#if defined(__AVX2__)
constexpr int64_t kSide = 8;
FIGMENT_INLINE inline void transpose_square(float* to, int64_t to_stride, const float* from,
                                            int64_t from_stride) {
  for (int64_t half = 0; half < kSide; half += 4) {
    __m256 row[4];  // 4 columns of rows i and i + 4
    for (int64_t i = 0; i < 4; ++i) {
      row[i] =
          _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from + i * from_stride + half)),
                               _mm_loadu_ps(from + (i + 4) * from_stride + half), 1);
    }
    const __m256d a = _mm256_castps_pd(_mm256_unpacklo_ps(row[0], row[1]));
    const __m256d b = _mm256_castps_pd(_mm256_unpacklo_ps(row[2], row[3]));
    const __m256d c = _mm256_castps_pd(_mm256_unpackhi_ps(row[0], row[1]));
    const __m256d d = _mm256_castps_pd(_mm256_unpackhi_ps(row[2], row[3]));
    float* out = to + half * to_stride;
    _mm256_storeu_ps(out, _mm256_castpd_ps(_mm256_unpacklo_pd(a, b)));
    _mm256_storeu_ps(out + to_stride, _mm256_castpd_ps(_mm256_unpackhi_pd(a, b)));
    _mm256_storeu_ps(out + 2 * to_stride, _mm256_castpd_ps(_mm256_unpacklo_pd(c, d)));
    _mm256_storeu_ps(out + 3 * to_stride, _mm256_castpd_ps(_mm256_unpackhi_pd(c, d)));
  }
}
#elif defined(__SSE2__)
constexpr int64_t kSide = 4;
FIGMENT_INLINE inline void transpose_square(float* to, int64_t to_stride, const float* from,
                                            int64_t from_stride) {
  __m128 row[4];
  for (int64_t i = 0; i < 4; ++i) row[i] = _mm_loadu_ps(from + i * from_stride);
  _MM_TRANSPOSE4_PS(row[0], row[1], row[2], row[3]);
  for (int64_t i = 0; i < 4; ++i) _mm_storeu_ps(to + i * to_stride, row[i]);
}
#else
constexpr int64_t kSide = 1;
FIGMENT_INLINE inline void transpose_square(float* to, int64_t, const float* from, int64_t) {
  *to = *from;
}
#endif

// y [length][kPlanes] = x [kPlanes][length], from `begin` to `end`; or from y to x.
template <int kPlanes, bool kApart>
static void interleave(float* y, const float* x, int64_t length, int64_t begin, int64_t end) {
#pragma omp simd
  for (int64_t i = begin; i < end; ++i) {
    for (int plane = 0; plane < kPlanes; ++plane) {
      if constexpr (kApart) {
        y[plane * length + i] = x[i * kPlanes + plane];
      } else {
        y[i * kPlanes + plane] = x[plane * length + i];
      }
    }
  }
}

template <int kPlanes>
static void transpose_planes(figment_context* ctx, float* y, const float* x, int64_t batch,
                             int64_t length, bool apart) {
  const int64_t strips = divide_up(length, kChunk);
  parallel_for(ctx, batch * strips, [=](int64_t i) {
    const int64_t at = i / strips * length * kPlanes, begin = i % strips * kChunk;
    const int64_t end = smaller(length, begin + kChunk);
    if (apart) {
      interleave<kPlanes, true>(y + at, x + at, length, begin, end);
    } else {
      interleave<kPlanes, false>(y + at, x + at, length, begin, end);
    }
  });
}

// y [columns][rows] = x [rows][columns] for each of `batch`, in strips of rows whose lines of cache
// are whole in y. Rows or columns as few as colours are taken all at once.
static void transpose(figment_context* ctx, float* y, const float* x, int64_t batch, int64_t rows,
                      int64_t columns) {
  const int64_t few = smaller(rows, columns), many = rows + columns - few;
  if (few == 1) {
    copy(ctx, y, x, 4 * batch * many);
    return;
  }
  if (few == 3) return transpose_planes<3>(ctx, y, x, batch, many, columns == 3);
  constexpr int64_t kStrip = 32;
  const int64_t strips = divide_up(rows, kStrip);
  parallel_for(ctx, batch * strips, [=](int64_t i) {
    const float* from = x + i / strips * rows * columns;
    float* to = y + i / strips * rows * columns;
    const int64_t row0 = i % strips * kStrip, row1 = smaller(rows, row0 + kStrip);
    const int64_t whole_rows = row0 + (row1 - row0) / kSide * kSide;
    const int64_t whole_columns = columns / kSide * kSide;
    for (int64_t column = 0; column < whole_columns; column += kSide) {
      for (int64_t row = row0; row < whole_rows; row += kSide) {
        transpose_square(to + column * rows + row, rows, from + row * columns + column, columns);
      }
    }
    for (int64_t column = 0; column < columns; ++column) {
      const int64_t rest = column < whole_columns ? whole_rows : row0;
      for (int64_t row = rest; row < row1; ++row) {
        to[column * rows + row] = from[row * columns + column];
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

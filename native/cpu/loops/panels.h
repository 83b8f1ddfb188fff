// Small products a [rows][depth] * b [depth][columns] with b packed in panels of columns, in
// registers. Each number is one chain of fused multiply-adds in the order of depth, so that all
// instruction sets give the same bits.
#ifndef FIGMENT_CPU_LOOPS_PANELS_H_
#define FIGMENT_CPU_LOOPS_PANELS_H_

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "parallel.h"

namespace figment::FIGMENT_ISA {

#if defined(__AVX512F__)
typedef __m512 Vector;
constexpr int kPanel = 32;  // columns of a panel
constexpr int kTile = 8;    // rows of a tile: its 16 sums hide the latency of a multiply-add
inline Vector load(const float* p) { return _mm512_loadu_ps(p); }
inline void store(float* p, Vector v) { _mm512_storeu_ps(p, v); }
inline Vector spread(float x) { return _mm512_set1_ps(x); }
inline Vector multiply_add(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
#elif defined(__AVX2__)
typedef __m256 Vector;
constexpr int kPanel = 16;
constexpr int kTile = 6;  // 12 of 16 registers; 8 loads for 12 multiply-adds
inline Vector load(const float* p) { return _mm256_loadu_ps(p); }
inline void store(float* p, Vector v) { _mm256_storeu_ps(p, v); }
inline Vector spread(float x) { return _mm256_set1_ps(x); }
inline Vector multiply_add(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
#else
typedef float Vector;
constexpr int kPanel = 32;
constexpr int kTile = 1;
inline Vector load(const float* p) { return *p; }
inline void store(float* p, Vector v) { *p = v; }
inline Vector spread(float x) { return x; }
inline Vector multiply_add(Vector a, Vector b, Vector c) { return fma(a, b, c); }
#endif

constexpr int kLanes = sizeof(Vector) / sizeof(float);
constexpr int kPanelVectors = kPanel / kLanes;
constexpr int64_t kLine = 16;  // floats of a line of cache, of 64 bytes

// A right factor's sizes; packed it is [panels][depth][kPanel], zeros past the last column.
struct Panels {
  int64_t depth, columns;

  int64_t count() const { return divide_up(columns, kPanel); }
  int64_t stride() const { return count() * kPanel; }  // of a row of the product
  int64_t size() const { return stride() * depth; }
};

// A matrix m [rows][columns] as the right factor.
inline void pack(figment_context* ctx, float* packed, const float* m, Panels panels) {
  parallel_for(ctx, panels.count(), [=](int64_t panel) {
    const int64_t first = panel * kPanel, width = smaller(kPanel, panels.columns - first);
    for (int64_t k = 0; k < panels.depth; ++k) {
      float* to = packed + (panel * panels.depth + k) * kPanel;
      for (int64_t j = 0; j < kPanel; ++j) {
        to[j] = j < width ? m[k * panels.columns + first + j] : 0.0f;
      }
    }
  });
}

// Its transpose: m is [columns][depth].
inline void pack_transposed(figment_context* ctx, float* packed, const float* m, Panels panels) {
  parallel_for(ctx, panels.count(), [=](int64_t panel) {
    const int64_t first = panel * kPanel, width = smaller(kPanel, panels.columns - first);
    float* to = packed + panel * panels.depth * kPanel;
    for (int64_t j = 0; j < kPanel; ++j) {
      const float* from = m + (first + j) * panels.depth;
      for (int64_t k = 0; k < panels.depth; ++k) to[k * kPanel + j] = j < width ? from[k] : 0.0f;
    }
  });
}

// What a product is added to: rows of a matrix, the same one again and again at a stride of 0.
struct Start {
  const float* row;
  int64_t stride;
};

// kRows rows of one panel's product, added to what they start from.
template <int kRows, bool kAdd>
inline void multiply_tile(float* c, int64_t c_stride, Start start, const float* a, int64_t a_stride,
                          const float* panel, int64_t depth) {
  Vector sums[kRows][kPanelVectors];
  for (int i = 0; i < kRows; ++i) {
    for (int v = 0; v < kPanelVectors; ++v) {
      sums[i][v] = kAdd ? load(start.row + i * start.stride + v * kLanes) : Vector{};
    }
  }
  for (int64_t k = 0; k < depth; ++k) {
    for (int i = 0; i < kRows; ++i) {
      const Vector left = spread(a[i * a_stride + k]);
      for (int v = 0; v < kPanelVectors; ++v) {
        sums[i][v] = multiply_add(left, load(panel + k * kPanel + v * kLanes), sums[i][v]);
      }
    }
  }
  for (int i = 0; i < kRows; ++i) {
    for (int v = 0; v < kPanelVectors; ++v) store(c + i * c_stride + v * kLanes, sums[i][v]);
  }
}

// 0 < rows <= kRows rows of one panel's product.
template <int kRows, bool kAdd>
inline void multiply_rows(int64_t rows, float* c, int64_t c_stride, Start start, const float* a,
                          int64_t a_stride, const float* panel, int64_t depth) {
  if constexpr (kRows > 1) {
    if (rows < kRows) {
      return multiply_rows<kRows - 1, kAdd>(rows, c, c_stride, start, a, a_stride, panel, depth);
    }
  }
  multiply_tile<kRows, kAdd>(c, c_stride, start, a, a_stride, panel, depth);
}

// Tiles of a product.
inline int64_t tiles_of(int64_t rows, Panels panels) {
  return divide_up(rows, kTile) * panels.count();
}

// c [rows][panels.stride()] (+)= a [rows][depth] * b; calls before_tile() before each tile.
template <bool kAdd, class BeforeTile>
inline void multiply(float* c, const float* a, const float* packed, int64_t rows, Panels panels,
                     BeforeTile before_tile) {
  const int64_t stride = panels.stride(), depth = panels.depth, tiles = divide_up(rows, kTile);
  for (int64_t panel = 0; panel < panels.count(); ++panel) {
    const float* b = packed + panel * depth * kPanel;
    float* to = c + panel * kPanel;
    // Tiles of nearly one height: a last one of few rows would wait for its sums.
    for (int64_t tile = 0, i = 0; tile < tiles; ++tile) {
      before_tile();
      const int64_t next = rows * (tile + 1) / tiles;
      float* rows_of_c = to + i * stride;
      multiply_rows<kTile, kAdd>(next - i, rows_of_c, stride, {rows_of_c, stride}, a + i * depth,
                                 depth, b, depth);
      i = next;
    }
  }
}

}  // namespace figment::FIGMENT_ISA

#endif  // FIGMENT_CPU_LOOPS_PANELS_H_

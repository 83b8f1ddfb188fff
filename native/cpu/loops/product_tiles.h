// Products of matrices for which a tile of sums fills the registers: c [rows][columns] = or += a b,
// b in panels of kWidth columns, [columns / kWidth][depth][kWidth]. Each number is one chain of
// fused multiply-adds in the order of depth, so that all instruction sets give the same bits. The
// sizes are whole tiles: c and a have room for rows up to a multiple of kHeight.
#ifndef FIGMENT_CPU_LOOPS_PRODUCT_TILES_H_
#define FIGMENT_CPU_LOOPS_PRODUCT_TILES_H_

#include "panels.h"

namespace figment::FIGMENT_ISA {

// A tile: of 32 registers it takes 24 for sums, of 16 it takes 12.
#if defined(__AVX512F__)
constexpr int kHeight = 12;
#else
constexpr int kHeight = 6;
#endif
constexpr int kWidth = 2 * kLanes;

inline int64_t round_up(int64_t n, int64_t unit) { return divide_up(n, unit) * unit; }

// How a is stored: by rows, or as its transpose.
enum class Order { kRows, kTransposed };

template <Order kOrder>
inline void tile_product(float* c, int64_t c_stride, const float* a, int64_t a_stride,
                         const float* b, int64_t depth, bool add) {
  Vector sums[kHeight][2];
  for (int i = 0; i < kHeight; ++i) {
    for (int v = 0; v < 2; ++v) sums[i][v] = add ? load(c + i * c_stride + v * kLanes) : Vector{};
  }
  for (int64_t k = 0; k < depth; ++k) {
    const Vector left = load(b + k * kWidth), right = load(b + k * kWidth + kLanes);
#pragma GCC unroll 12
    for (int i = 0; i < kHeight; ++i) {
      const Vector x = spread(kOrder == Order::kRows ? a[i * a_stride + k] : a[k * a_stride + i]);
      sums[i][0] = multiply_add(x, left, sums[i][0]);
      sums[i][1] = multiply_add(x, right, sums[i][1]);
    }
  }
  for (int i = 0; i < kHeight; ++i) {
    for (int v = 0; v < 2; ++v) store(c + i * c_stride + v * kLanes, sums[i][v]);
  }
}

template <Order kOrder>
inline void product(float* c, int64_t c_stride, const float* a, int64_t a_stride, const float* b,
                    int64_t rows, int64_t columns, int64_t depth, bool add) {
  for (int64_t j = 0; j < columns; j += kWidth) {
    for (int64_t i = 0; i < rows; i += kHeight) {
      const float* from = a + (kOrder == Order::kRows ? i * a_stride : i);
      tile_product<kOrder>(c + i * c_stride + j, c_stride, from, a_stride, b + j * depth, depth,
                           add);
    }
  }
}

}  // namespace figment::FIGMENT_ISA

#endif  // FIGMENT_CPU_LOOPS_PRODUCT_TILES_H_

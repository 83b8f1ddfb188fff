// The transforms of Winograd's fast convolution. Four outputs of a correlation with t taps are
//   y = Y [(W g) . (X d)],   d: t + 3 inputs, g: the taps, . : by element,
// where (X d) are the values of d, as a polynomial's coefficients, at t + 3 points: t + 3
// multiplications in place of 4 t. In two dimensions each matrix is applied along both axes. The
// transposed matrices give the gradients exactly.
// Winograd (1980), Arithmetic complexity of computations; Lavin and Gray (2016), Fast algorithms
// for convolutional neural networks.
#ifndef FIGMENT_CPU_LOOPS_WINOGRAD_TRANSFORMS_H_
#define FIGMENT_CPU_LOOPS_WINOGRAD_TRANSFORMS_H_

#include <type_traits>

#include "panels.h"

namespace figment::FIGMENT_ISA {

template <int kRows, int kColumns>
struct Matrix {
  static constexpr int kHeight = kRows, kWidth = kColumns;
  float at[kRows][kColumns];

  constexpr Matrix<kColumns, kRows> transposed() const {
    Matrix<kColumns, kRows> result = {};
    for (int i = 0; i < kRows; ++i) {
      for (int j = 0; j < kColumns; ++j) result.at[j][i] = at[i][j];
    }
    return result;
  }
};

constexpr int kOutputs = 4;  // along an axis

// At the points 0, 1, -1, 2, -2 and infinity. At 0 only the first tap counts, at infinity the last.
struct ThreeTaps {
  static constexpr int kTaps = 3, kPoints = 6;
  static constexpr Matrix<6, 6> kInput = {{{4, 0, -5, 0, 1, 0},
                                           {0, -4, -4, 1, 1, 0},
                                           {0, 4, -4, -1, 1, 0},
                                           {0, -2, -1, 2, 1, 0},
                                           {0, 2, -1, -2, 1, 0},
                                           {0, 4, 0, -5, 0, 1}}};
  static constexpr Matrix<6, 3> kWeights = {{{1 / 4.f, 0, 0},
                                             {-1 / 6.f, -1 / 6.f, -1 / 6.f},
                                             {-1 / 6.f, 1 / 6.f, -1 / 6.f},
                                             {1 / 24.f, 1 / 12.f, 1 / 6.f},
                                             {1 / 24.f, -1 / 12.f, 1 / 6.f},
                                             {0, 0, 1}}};
  static constexpr Matrix<4, 6> kOutput = {
      {{1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}}};
};

// At 1/2 and -1/2, too.
struct FiveTaps {
  static constexpr int kTaps = 5, kPoints = 8;
  static constexpr Matrix<8, 8> kInput = {{{1, 0, -21 / 4.f, 0, 21 / 4.f, 0, -1, 0},
                                           {0, 1, 1, -17 / 4.f, -17 / 4.f, 1, 1, 0},
                                           {0, -1, 1, 17 / 4.f, -17 / 4.f, -1, 1, 0},
                                           {0, 1 / 2.f, 1 / 4.f, -5 / 2.f, -5 / 4.f, 2, 1, 0},
                                           {0, -1 / 2.f, 1 / 4.f, 5 / 2.f, -5 / 4.f, -2, 1, 0},
                                           {0, 2, 4, -5 / 2.f, -5, 1 / 2.f, 1, 0},
                                           {0, -2, 4, 5 / 2.f, -5, -1 / 2.f, 1, 0},
                                           {0, -1, 0, 21 / 4.f, 0, -21 / 4.f, 0, 1}}};
  static constexpr Matrix<8, 5> kWeights = {{{1, 0, 0, 0, 0},
                                             {-2 / 9.f, -2 / 9.f, -2 / 9.f, -2 / 9.f, -2 / 9.f},
                                             {-2 / 9.f, 2 / 9.f, -2 / 9.f, 2 / 9.f, -2 / 9.f},
                                             {1 / 90.f, 2 / 90.f, 4 / 90.f, 8 / 90.f, 16 / 90.f},
                                             {1 / 90.f, -2 / 90.f, 4 / 90.f, -8 / 90.f, 16 / 90.f},
                                             {32 / 45.f, 16 / 45.f, 8 / 45.f, 4 / 45.f, 2 / 45.f},
                                             {32 / 45.f, -16 / 45.f, 8 / 45.f, -4 / 45.f, 2 / 45.f},
                                             {0, 0, 0, 0, 1}}};
  static constexpr Matrix<4, 8> kOutput = {{{1, 1, 1, 1, 1, 1, 1, 0},
                                            {0, 1, -1, 2, -2, 1 / 2.f, -1 / 2.f, 0},
                                            {0, 1, 1, 4, 4, 1 / 4.f, 1 / 4.f, 0},
                                            {0, 1, -1, 8, -8, 1 / 8.f, -1 / 8.f, 1}}};
};

// The transposed matrices, for the gradients.
template <class Taps>
struct Transposed {
  static constexpr auto kWeights = Taps::kWeights.transposed();
  static constexpr auto kOutput = Taps::kOutput.transposed();
};

// out = m in, for vectors `stride` apart: unrolled, without the terms that are zero.
template <const auto& kMatrix>
inline void apply(Vector* out, int64_t out_stride, const Vector* in, int64_t in_stride) {
  using M = std::remove_reference_t<decltype(kMatrix)>;
  Vector x[M::kWidth];
#pragma GCC unroll 8
  for (int j = 0; j < M::kWidth; ++j) x[j] = in[j * in_stride];
#pragma GCC unroll 8
  for (int i = 0; i < M::kHeight; ++i) {
    Vector sum = {};
    bool empty = true;
#pragma GCC unroll 8
    for (int j = 0; j < M::kWidth; ++j) {
      const float factor = kMatrix.at[i][j];
      if (factor == 0) continue;
      sum = empty && factor == 1 ? x[j] : multiply_add(spread(factor), x[j], sum);
      empty = false;
    }
    out[i * out_stride] = sum;
  }
}

// out = m in m'.
template <const auto& kMatrix, int kHeight, int kWidth>
inline void apply_both(Vector (&out)[kHeight][kHeight], const Vector (&in)[kWidth][kWidth]) {
  Vector half[kHeight][kWidth];
  for (int j = 0; j < kWidth; ++j) apply<kMatrix>(&half[0][j], kWidth, &in[0][j], kWidth);
  for (int i = 0; i < kHeight; ++i) apply<kMatrix>(&out[i][0], 1, &half[i][0], 1);
}

}  // namespace figment::FIGMENT_ISA

#endif  // FIGMENT_CPU_LOOPS_WINOGRAD_TRANSFORMS_H_

// f16 and bf16 values: exact widening, and one correct rounding from double.
#ifndef FIGMENT_SIMGPU_HALF_H_
#define FIGMENT_SIMGPU_HALF_H_

#include "lanes.h"

namespace simgpu {
namespace SIMGPU_ISA {
namespace {

enum class Rounding { kNearest, kZero, kNearestAway };

INLINE float to_float(Half h) {
  uint32_t magnitude = h.bits & 0x7fffu;
  uint32_t sign = (h.bits & 0x8000u) << 16;
  // Shifted into place the exponent is 112 too small: multiply by 2^112, exact for subnormals too.
  float scaled = bit_cast<float>(magnitude << 13) * bit_cast<float>(0x77800000u);
  uint32_t bits = magnitude >= 0x7c00u ? 0x7f800000u | magnitude << 13 : bit_cast<uint32_t>(scaled);
  return bit_cast<float>(bits | sign);
}
INLINE float to_float(BFloat b) { return bit_cast<float>(uint32_t{b.bits} << 16); }

// Rounds a double once to a format of `Fraction` fraction bits and `Exponent` exponent bits, in 16
// bits. Overflow gives infinity, or with kZero the largest finite number; NaN gives 0x7fff.
template <int Fraction, int Exponent, Rounding R>
INLINE uint16_t narrow(double value) {
  constexpr int kBias = (1 << (Exponent - 1)) - 1;
  constexpr uint64_t kInfinity = ((uint64_t{1} << Exponent) - 1) << Fraction;
  uint64_t bits = bit_cast<uint64_t>(value);
  uint64_t sign = bits >> 63 << 15;
  uint64_t magnitude = bits & ~(uint64_t{1} << 63);
  int exponent = static_cast<int>(magnitude >> 52) - 1023;
  uint64_t significand = (magnitude & 0xfffffffffffffu) | uint64_t{1} << 52;
  int drop = 52 - Fraction;
  bool tiny = exponent < 1 - kBias;
  int extra = tiny ? 1 - kBias - exponent : 0;
  drop += extra > Fraction + 2 ? Fraction + 2 : extra;  // further down all is rounding anyway
  uint64_t kept = significand >> drop;
  uint64_t rest = significand & ((uint64_t{1} << drop) - 1);
  uint64_t half = uint64_t{1} << (drop - 1);
  bool up = R == Rounding::kNearest ? rest > half || (rest == half && (kept & 1))
                                    : R == Rounding::kNearestAway && rest >= half;
  uint64_t rounded = kept + (up ? 1 : 0);
  uint64_t result =
      tiny ? rounded : rounded + (static_cast<uint64_t>(exponent + kBias - 1) << Fraction);
  if (exponent > kBias || result >= kInfinity) {
    result = R == Rounding::kZero && magnitude < uint64_t{0x7ff} << 52 ? kInfinity - 1 : kInfinity;
  }
  if (magnitude < uint64_t{1} << 52) result = 0;  // zero, and doubles far below the format
  if (magnitude > uint64_t{0x7ff} << 52) return 0x7fff;
  return static_cast<uint16_t>(sign | result);
}

template <class H>
struct Format;
template <>
struct Format<Half> {
  template <Rounding R>
  static INLINE Half from(double v) {
    return {narrow<10, 5, R>(v)};
  }
};
template <>
struct Format<BFloat> {
  template <Rounding R>
  static INLINE BFloat from(double v) {
    return {narrow<7, 8, R>(v)};
  }
};

}  // namespace
}  // namespace SIMGPU_ISA
}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_HALF_H_

// The steps that cvt is made of, and packing of registers.
#include "half.h"
#include "isa_tables.h"
#include "lanes.h"

namespace simgpu {
namespace SIMGPU_ISA {
namespace {

using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using u64 = uint64_t;
using s8 = int8_t;
using s16 = int16_t;
using s32 = int32_t;
using s64 = int64_t;

template <class T>
struct Limits {
  static constexpr bool kSigned = T(-1) < T(0);
  static constexpr T kMax =
      kSigned ? static_cast<T>((u64{1} << (sizeof(T) * 8 - 1)) - 1) : static_cast<T>(~u64{0});
  static constexpr T kMin = kSigned ? static_cast<T>(-kMax - 1) : T{0};
};

template <class D, class S>
INLINE D saturate(S v) {  // integers, without mixed-sign comparisons
  bool negative = v < S{0};
  if (negative) {
    if (!Limits<D>::kSigned) return 0;
    return static_cast<s64>(v) < static_cast<s64>(Limits<D>::kMin) ? Limits<D>::kMin
                                                                   : static_cast<D>(v);
  }
  return static_cast<u64>(v) > static_cast<u64>(Limits<D>::kMax) ? Limits<D>::kMax
                                                                 : static_cast<D>(v);
}

// An integral float to an integer: clamped; NaN gives 0, or the top bit alone when the source is
// f64 or the destination has 64 bits.
template <class D, class F>
INLINE D to_integer(F v) {
  constexpr D kNan =
      sizeof(F) == 8 || sizeof(D) == 8 ? static_cast<D>(u64{1} << (sizeof(D) * 8 - 1)) : D{0};
  if (sizeof(D) < 8) {  // the limits are exact in double
    double x = static_cast<double>(v);
    constexpr double kLow = static_cast<double>(Limits<D>::kMin);
    constexpr double kHigh = static_cast<double>(Limits<D>::kMax);
    x = x > kLow ? (x < kHigh ? x : kHigh) : kLow;
    D r = static_cast<D>(static_cast<s64>(x));
    return v != v ? kNan : r;
  }
  constexpr F kTop = Limits<D>::kSigned ? F(9223372036854775808.0) : F(18446744073709551616.0);
  constexpr F kBottom = Limits<D>::kSigned ? F(-9223372036854775808.0) : F(0);
  if (v != v) return kNan;
  if (v >= kTop) return Limits<D>::kMax;
  if (v <= kBottom) return Limits<D>::kMin;
  return static_cast<D>(v);
}

// A 64-bit integer as a double rounded to odd: a later rounding to few bits is then correct.
INLINE u64 odd_magnitude(u64 m) { return m >> 53 && (m & 0x7ff) ? (m & ~u64{0x7ff}) | 0x800 : m; }
template <class S>
INLINE double odd_double(S v) {
  if (sizeof(S) < 8) return static_cast<double>(v);
  bool negative = v < S{0};
  u64 m = odd_magnitude(negative ? u64{0} - static_cast<u64>(v) : static_cast<u64>(v));
  double d = static_cast<double>(m);
  return negative ? -d : d;
}

INLINE float flushed(float x) {
  u32 bits = bit_cast<u32>(x);
  return bit_cast<float>((bits & 0x7f800000u) == 0 ? bits & 0x80000000u : bits);
}
INLINE float canonical(float x) { return x == x ? x : bit_cast<float>(0x7fffffffu); }

// tf32: round to nearest, ties away from zero (or even): the low 13 bits are dropped.
INLINE u32 tf32_away(u32 a) {
  return (a & 0x7f800000u) == 0x7f800000u ? a : (a + 0x1000u) & ~0x1fffu;
}
INLINE u32 tf32_even(u32 a) {
  return (a & 0x7f800000u) == 0x7f800000u ? a : (a + 0xfffu + (a >> 13 & 1)) & ~0x1fffu;
}

template <class H, Rounding R>
INLINE u32 two_halves(float high, float low) {
  return u32{Format<H>::template from<R>(static_cast<double>(high)).bits} << 16 |
         Format<H>::template from<R>(static_cast<double>(low)).bits;
}

// @pack: y parts of x bits each, r[1] lowest. @unpack: x bits at bit imm.
template <class D>
const Op* pack(Warp& w, const Op* op) {
  u32 mask = op->x == 32 ? ~0u : (1u << op->x) - 1;
  alignas(64) D value[32] = {};
  for (int k = 0; k < op->y; ++k) {
    Row<u32> part = row<u32>(w, op->r[k + 1]);
    int shift = k * op->x;
    LANES value[l] |= static_cast<D>(part[l] & mask) << shift;
  }
  write<D>(
      w, op->r[0], [&](int l) __attribute__((always_inline)) { return value[l]; });
  return op + 1;
}
template <class S>
const Op* unpack(Warp& w, const Op* op) {
  Row<S> a = row<S>(w, op->r[1]);
  u32 mask = op->x == 32 ? ~0u : (1u << op->x) - 1;
  int shift = static_cast<int>(op->imm);
  write<u32>(
      w, op->r[0], [=](int l) __attribute__((always_inline)) {
        return static_cast<u32>(a[l] >> shift) & mask;
      });
  return op + 1;
}

#define INTEGERS(d, D, s, S) \
  OP1("cvt." d "." s, D, S, a), OP1("cvt.sat." d "." s, D, S, (saturate<D, S>(a)))
#define FROM_INTEGER(s, S)                                                                    \
  INTEGERS("u8", u8, s, S), INTEGERS("s8", s8, s, S), INTEGERS("u16", u16, s, S),             \
      INTEGERS("s16", s16, s, S), INTEGERS("u32", u32, s, S), INTEGERS("s32", s32, s, S),     \
      INTEGERS("u64", u64, s, S), INTEGERS("s64", s64, s, S), OP1("cvt.f32." s, float, S, a), \
      OP1("cvt.f64." s, double, S, a), OP1("cvt.odd.f64." s, double, S, odd_double<S>(a))
#define TO_INTEGER(d, D)                                     \
  OP1("cvt." d ".f32", D, float, (to_integer<D, float>(a))), \
      OP1("cvt." d ".f64", D, double, (to_integer<D, double>(a)))
#define TO_HALF(d, D, mode, R)                                                         \
  OP1("cvt." mode "." d ".f32", D, float, Format<D>::from<R>(static_cast<double>(a))), \
      OP1("cvt." mode "." d ".f64", D, double, Format<D>::from<R>(a))

const OpEntry kEntries[] = {
    FROM_INTEGER("u8", u8),
    FROM_INTEGER("s8", s8),
    FROM_INTEGER("u16", u16),
    FROM_INTEGER("s16", s16),
    FROM_INTEGER("u32", u32),
    FROM_INTEGER("s32", s32),
    FROM_INTEGER("u64", u64),
    FROM_INTEGER("s64", s64),
    TO_INTEGER("u8", u8),
    TO_INTEGER("s8", s8),
    TO_INTEGER("u16", u16),
    TO_INTEGER("s16", s16),
    TO_INTEGER("u32", u32),
    TO_INTEGER("s32", s32),
    TO_INTEGER("u64", u64),
    TO_INTEGER("s64", s64),
    OP1("cvt.f64.f32", double, float, a),
    OP1("cvt.f32.f64", float, double, canonical(static_cast<float>(a))),
    OP1("cvt.f32.f16", float, Half, canonical(to_float(a))),
    OP1("cvt.f32.bf16", float, BFloat, canonical(to_float(a))),
    TO_HALF("f16", Half, "rn", Rounding::kNearest),
    TO_HALF("f16", Half, "rz", Rounding::kZero),
    TO_HALF("bf16", BFloat, "rn", Rounding::kNearest),
    TO_HALF("bf16", BFloat, "rz", Rounding::kZero),
    OP2("cvt.rn.f16x2.f32", u32, float, float, (two_halves<Half, Rounding::kNearest>(a, b))),
    OP2("cvt.rz.f16x2.f32", u32, float, float, (two_halves<Half, Rounding::kZero>(a, b))),
    OP2("cvt.rn.bf16x2.f32", u32, float, float, (two_halves<BFloat, Rounding::kNearest>(a, b))),
    OP2("cvt.rz.bf16x2.f32", u32, float, float, (two_halves<BFloat, Rounding::kZero>(a, b))),
    OP1("cvt.rna.tf32.f32", u32, u32, tf32_away(a)),
    OP1("cvt.rn.tf32.f32", u32, u32, tf32_even(a)),
    OP1("cvt.rz.tf32.f32", u32, u32, a & ~0x1fffu),
    OP1("relu.tf32", u32, u32, static_cast<s32>(a) < 0 && (a & 0x7fffffffu) <= 0x7f800000u ? 0 : a),
    OP1("flush.f32", float, float, flushed(a)),
    OP1("round.rni.f32", float, float, __builtin_rintf(a)),
    OP1("round.rzi.f32", float, float, __builtin_truncf(a)),
    OP1("round.rmi.f32", float, float, __builtin_floorf(a)),
    OP1("round.rpi.f32", float, float, __builtin_ceilf(a)),
    OP1("round.rni.f64", double, double, __builtin_rint(a)),
    OP1("round.rzi.f64", double, double, __builtin_trunc(a)),
    OP1("round.rmi.f64", double, double, __builtin_floor(a)),
    OP1("round.rpi.f64", double, double, __builtin_ceil(a)),
    {"@pack.32", "", pack<u32>},
    {"@pack.64", "", pack<u64>},
    {"@unpack.32", "", unpack<u32>},
    {"@unpack.64", "", unpack<u64>},
};

}  // namespace

void add_convert(OpTable& table) { table.add(kEntries, sizeof kEntries / sizeof *kEntries); }

}  // namespace SIMGPU_ISA
}  // namespace simgpu

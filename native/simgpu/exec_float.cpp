// f32 and f64 arithmetic, rounded to nearest, and the approximate functions.
//
// Results that are NaN become the canonical 0x7fffffff in f32, as on a GPU, so that no result
// depends on which operand a host instruction takes its payload from.
#include "isa_tables.h"
#include "lanes.h"

namespace simgpu {
namespace SIMGPU_ISA {
namespace {

INLINE float flushed(float x) {  // subnormals become zeros of their sign
  uint32_t bits = bit_cast<uint32_t>(x);
  return bit_cast<float>((bits & 0x7f800000u) == 0 ? bits & 0x80000000u : bits);
}
template <bool Ftz>
INLINE float in(float x) {
  return Ftz ? flushed(x) : x;
}
template <bool Ftz>
INLINE float out(float x) {
  float r = Ftz ? flushed(x) : x;
  return r == r ? r : bit_cast<float>(0x7fffffffu);
}
template <bool Ftz>
INLINE double in(double x) {
  return x;
}
template <bool Ftz>
INLINE double out(double x) {
  return x;
}

INLINE float sign_of(float sign, float magnitude) {
  return bit_cast<float>((bit_cast<uint32_t>(sign) & 0x80000000u) |
                         (bit_cast<uint32_t>(magnitude) & 0x7fffffffu));
}
INLINE double sign_of(double sign, double magnitude) {
  constexpr uint64_t kSign = uint64_t{1} << 63;
  return bit_cast<double>((bit_cast<uint64_t>(sign) & kSign) |
                          (bit_cast<uint64_t>(magnitude) & ~kSign));
}

template <class T>
struct BitsOf;
template <>
struct BitsOf<float> {
  using type = uint32_t;
};
template <>
struct BitsOf<double> {
  using type = uint64_t;
};

// -0 < +0; one NaN gives the other operand, unless Nan asks for NaN.
template <bool Max, bool Nan, class T>
INLINE T extreme(T a, T b) {
  using U = typename BitsOf<T>::type;
  U both = Max ? bit_cast<U>(a) & bit_cast<U>(b) : bit_cast<U>(a) | bit_cast<U>(b);
  T r = (Max ? a > b : a < b) ? a : b;
  r = a == b ? bit_cast<T>(both) : r;
  if (Nan) {
    r = b != b ? b : r;
    r = a != a ? a : r;
  } else {
    r = a != a ? b : r;
    r = b != b ? a : r;
  }
  return r;
}

// The approximate functions are computed in double, well inside the error PTX allows.
constexpr double kRound = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to an integer

INLINE double power_of_two(double n) {  // n an integer in [-1022, 1023]
  return bit_cast<double>(
      static_cast<uint64_t>((static_cast<int64_t>(bit_cast<uint64_t>(n + kRound) << 12 >> 12) -
                             static_cast<int64_t>(bit_cast<uint64_t>(kRound) << 12 >> 12) + 1023)
                            << 52));
}
INLINE double exp2_double(double x) {
  x = x > 1000 ? 1000 : x < -1000 ? -1000 : x;  // NaN stays
  double n = x + kRound - kRound;
  double t = (x - n) * 0.69314718055994530942;
  double p = 1.0 / 362880;
  p = p * t + 1.0 / 40320;
  p = p * t + 1.0 / 5040;
  p = p * t + 1.0 / 720;
  p = p * t + 1.0 / 120;
  p = p * t + 1.0 / 24;
  p = p * t + 1.0 / 6;
  p = p * t + 0.5;
  p = p * t + 1.0;
  p = p * t + 1.0;
  return p * power_of_two(n);
}
INLINE float exp2_approx(float x) {
  float r = static_cast<float>(exp2_double(x));
  return x != x ? x : r;
}
INLINE float log2_approx(float x) {
  double wide = x;  // a subnormal float is a normal double
  uint64_t bits = bit_cast<uint64_t>(wide);
  // The exponent as a double without a 64-bit conversion: bits of 2^52 + e, less 2^52.
  double e = bit_cast<double>((bits >> 52) | 0x4330000000000000u) - 4503599627370496.0 - 1023;
  double m = bit_cast<double>((bits & 0xfffffffffffffu) | 0x3ff0000000000000u);
  bool upper = m > 1.41421356237309504880;
  m = upper ? m * 0.5 : m;
  e = upper ? e + 1 : e;
  double s = (m - 1) / (m + 1);
  double q = s * s;
  double p = 1.0 / 15;
  p = p * q + 1.0 / 13;
  p = p * q + 1.0 / 11;
  p = p * q + 1.0 / 9;
  p = p * q + 1.0 / 7;
  p = p * q + 1.0 / 5;
  p = p * q + 1.0 / 3;
  p = p * q + 1.0;
  float r = static_cast<float>(e + p * s * 2.88539008177792681472);
  r = x > 3.402823466e38f ? x : r;
  r = x == 0 ? -__builtin_inff() : r;
  return x < 0 || x != x ? __builtin_nanf("") : r;
}
template <bool Cosine>
INLINE float sine_approx(float x) {
  double wide = x;
  wide = wide - wide == 0 ? wide : 0.0;
  double k = wide * 0.63661977236758134308 + kRound;
  uint64_t quadrant = bit_cast<uint64_t>(k) + (Cosine ? 1 : 0);
  k -= kRound;
  double r = wide - k * 1.57079632679489655800 - k * 6.12323399573676603587e-17;
  double q = r * r;
  double s = -1.0 / 39916800;
  s = s * q + 1.0 / 362880;
  s = s * q - 1.0 / 5040;
  s = s * q + 1.0 / 120;
  s = s * q - 1.0 / 6;
  s = (s * q + 1.0) * r;
  double c = -1.0 / 3628800;
  c = c * q + 1.0 / 40320;
  c = c * q - 1.0 / 720;
  c = c * q + 1.0 / 24;
  c = c * q - 0.5;
  c = c * q + 1.0;
  double value = quadrant & 1 ? c : s;
  value = bit_cast<double>(bit_cast<uint64_t>(value) ^ (quadrant & 2) << 62);
  float result = static_cast<float>(value);
  return x - x == 0 ? result : __builtin_nanf("");
}
INLINE float tanh_approx(float x) {
  double a = static_cast<double>(sign_of(1.0f, x));
  a = a < 40 ? a : 40;
  double small = a - a * a * a * (1.0 / 3);
  double large = 1 - 2 / (exp2_double(a * 2.88539008177792681472) + 1);
  double r = a < 1e-3 ? small : large;
  return x != x ? x : sign_of(x, static_cast<float>(r));
}
INLINE float divide_approx(float a, float b) {  // a * (1/b), and 1/b is 0 for the largest b
  float magnitude = sign_of(1.0f, b);
  bool huge = magnitude > 8.507059173023461586e37f && magnitude <= 3.402823466e38f;
  return huge ? a * sign_of(b, 0.0f) : a / b;
}
INLINE double chopped(double x) {  // the .f64 approximations give the upper half alone
  return x == x ? bit_cast<double>(bit_cast<uint64_t>(x) & 0xffffffff00000000u) : x;
}

#define F1(name, expr)                                                            \
  OP1(name ".f32", float, float, out<false>([&](float x) { return (expr); }(a))), \
      OP1(name ".ftz.f32", float, float, out<true>([&](float x) { return (expr); }(in<true>(a))))
#define F2(name, T, suffix, ftz, expr) \
  OP2(name suffix, T, T, T, out<ftz>([&](T x, T y) { return (expr); }(in<ftz>(a), in<ftz>(b))))
#define F3(name, T, suffix, ftz, expr) \
  OP3(name suffix, T, T, T, T,         \
      out<ftz>([&](T x, T y, T z) { return (expr); }(in<ftz>(a), in<ftz>(b), in<ftz>(c))))
#define EACH2(name, expr)                                                        \
  F2(name, float, ".f32", false, expr), F2(name, float, ".ftz.f32", true, expr), \
      F2(name, double, ".f64", false, expr)

const OpEntry kEntries[] = {
    EACH2("add", x + y),
    EACH2("sub", x - y),
    EACH2("mul", x* y),
    EACH2("div", x / y),
    EACH2("min", (extreme<false, false>(x, y))),
    EACH2("max", (extreme<true, false>(x, y))),
    F2("min.NaN", float, ".f32", false, (extreme<false, true>(x, y))),
    F2("max.NaN", float, ".f32", false, (extreme<true, true>(x, y))),
    F2("min.NaN", float, ".ftz.f32", true, (extreme<false, true>(x, y))),
    F2("max.NaN", float, ".ftz.f32", true, (extreme<true, true>(x, y))),
    F3("fma", float, ".f32", false, __builtin_fmaf(x, y, z)),
    F3("fma", float, ".ftz.f32", true, __builtin_fmaf(x, y, z)),
    F3("fma", double, ".f64", false, __builtin_fma(x, y, z)),
    F2("div.approx", float, ".f32", false, divide_approx(x, y)),
    F2("div.approx", float, ".ftz.f32", true, divide_approx(x, y)),
    F2("div.full", float, ".f32", false, x / y),
    F2("div.full", float, ".ftz.f32", true, x / y),
    F1("rcp", 1.0f / x),
    F1("rcp.approx", 1.0f / x),
    OP1("rcp.f64", double, double, 1.0 / a),
    F1("sqrt", __builtin_sqrtf(x)),
    F1("sqrt.approx", __builtin_sqrtf(x)),
    OP1("sqrt.f64", double, double, __builtin_sqrt(a)),
    F1("rsqrt.approx", static_cast<float>(1.0 / __builtin_sqrt(static_cast<double>(x)))),
    OP1("rsqrt.approx.f64", double, double, 1.0 / __builtin_sqrt(a)),
    OP1("rsqrt.approx.ftz.f64", double, double, chopped(1.0 / __builtin_sqrt(a))),
    OP1("rcp.approx.ftz.f64", double, double, chopped(1.0 / a)),
    F1("ex2.approx", exp2_approx(x)),
    F1("lg2.approx", log2_approx(x)),
    F1("sin.approx", sine_approx<false>(x)),
    F1("cos.approx", sine_approx<true>(x)),
    OP1("tanh.approx.f32", float, float, out<false>(tanh_approx(a))),
    OP1("abs.f32", float, float, sign_of(1.0f, a)),
    OP1("abs.ftz.f32", float, float, sign_of(1.0f, flushed(a))),
    OP1("abs.f64", double, double, sign_of(1.0, a)),
    OP1("neg.f32", float, float, bit_cast<float>(bit_cast<uint32_t>(a) ^ 0x80000000u)),
    OP1("neg.ftz.f32", float, float, bit_cast<float>(bit_cast<uint32_t>(flushed(a)) ^ 0x80000000u)),
    OP1("neg.f64", double, double, bit_cast<double>(bit_cast<uint64_t>(a) ^ uint64_t{1} << 63)),
    OP2("copysign.f32", float, float, float, sign_of(a, b)),
    OP2("copysign.f64", double, double, double, sign_of(a, b)),
    // .sat of any f32 or f64 instruction is a second step: [0, 1], NaN to +0.
    OP1("sat.f32", float, float, a > 0 ? (a < 1 ? a : 1.0f) : 0.0f),
    OP1("sat.f64", double, double, a > 0 ? (a < 1 ? a : 1.0) : 0.0),
};

}  // namespace

void add_float(OpTable& table) { table.add(kEntries, sizeof kEntries / sizeof *kEntries); }

}  // namespace SIMGPU_ISA
}  // namespace simgpu

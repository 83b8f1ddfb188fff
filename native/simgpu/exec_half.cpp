// f16 and bf16 arithmetic, single and packed: computed in double and rounded once.
#include "half.h"
#include "isa_tables.h"
#include "lanes.h"

namespace simgpu {
namespace SIMGPU_ISA {
namespace {

INLINE double wide(Half h) { return static_cast<double>(to_float(h)); }
INLINE double wide(BFloat b) { return static_cast<double>(to_float(b)); }

template <class H>
INLINE H narrowed(double v) {
  return Format<H>::template from<Rounding::kNearest>(v);
}

// Products of two 16-bit floats are exact in double; their sum with a third is rounded to odd, so
// that the rounding to 16 bits is the only one that counts.
INLINE double fused(double a, double b, double c) {
  double p = a * b;
  double s = p + c;
  double t = s - p;
  double error = (p - (s - t)) + (c - t);
  uint64_t bits = bit_cast<uint64_t>(s);
  bool inexact = error != 0 && s - s == 0 && (bits & 1) == 0;
  bool grow = (error > 0) == (s > 0);
  uint64_t adjusted = grow ? bits + 1 : bits - 1;
  return inexact ? bit_cast<double>(adjusted) : s;
}

template <class H>
constexpr uint16_t kExponent = 0;
template <>
constexpr uint16_t kExponent<Half> = 0x7c00;
template <>
constexpr uint16_t kExponent<BFloat> = 0x7f80;

template <class H>
INLINE bool is_nan(H h) {
  return (h.bits & 0x7fff) > kExponent<H>;
}
template <class H>
INLINE H flush(H h) {
  return {static_cast<uint16_t>((h.bits & kExponent<H>) == 0 ? h.bits & 0x8000 : h.bits)};
}
template <class H>
INLINE H saturated(H h) {
  double v = wide(h);
  return narrowed<H>(v > 0 ? (v < 1 ? v : 1.0) : 0.0);
}
template <class H>
INLINE H rectified(H h) {  // NaN becomes the canonical one
  if (is_nan(h)) return {0x7fff};
  return {static_cast<uint16_t>(h.bits & 0x8000 ? 0 : h.bits)};
}
template <class H, bool Max, bool Nan>
INLINE H extreme(H a, H b) {
  bool na = is_nan(a), nb = is_nan(b);
  if (na || nb) {
    if (Nan || (na && nb)) return {0x7fff};
    return na ? b : a;
  }
  // Order of the bits as sign and magnitude, so that -0 < +0.
  int ka = a.bits & 0x8000 ? 0x7fff - a.bits : a.bits;
  int kb = b.bits & 0x8000 ? 0x7fff - b.bits : b.bits;
  return (Max ? ka >= kb : ka <= kb) ? a : b;
}
// 2^x and tanh x by the host's library: these are rare, and right to the last bit of 16.
INLINE double exp2_of(double x) { return __builtin_exp2(x); }
INLINE double tanh_of(double x) { return __builtin_tanh(x); }

template <class H>
INLINE H low(uint32_t v) {
  return {static_cast<uint16_t>(v)};
}
template <class H>
INLINE H high(uint32_t v) {
  return {static_cast<uint16_t>(v >> 16)};
}
template <class H>
INLINE uint32_t both(H l, H h) {
  return uint32_t{h.bits} << 16 | l.bits;
}

#define H1(name, suffix, H, expr)                                                             \
  OP1(name "." suffix, H, H, ([](H x) __attribute__((always_inline)) { return (expr); })(a)), \
      OP1(name "." suffix "x2", uint32_t, uint32_t,                                           \
          ([](uint32_t v) __attribute__((always_inline)) {                                    \
            auto f = [](H x) __attribute__((always_inline)) { return (expr); };               \
            return both<H>(f(low<H>(v)), f(high<H>(v)));                                      \
          })(a))
#define H2(name, suffix, H, expr)                                                    \
  OP2(name "." suffix, H, H, H,                                                      \
      ([](H x, H y) __attribute__((always_inline)) { return (expr); })(a, b)),       \
      OP2(name "." suffix "x2", uint32_t, uint32_t, uint32_t,                        \
          ([](uint32_t v, uint32_t u) __attribute__((always_inline)) {               \
            auto f = [](H x, H y) __attribute__((always_inline)) { return (expr); }; \
            return both<H>(f(low<H>(v), low<H>(u)), f(high<H>(v), high<H>(u)));      \
          })(a, b))
#define H3(name, suffix, H, expr)                                                         \
  OP3(name "." suffix, H, H, H, H,                                                        \
      ([](H x, H y, H z) __attribute__((always_inline)) { return (expr); })(a, b, c)),    \
      OP3(name "." suffix "x2", uint32_t, uint32_t, uint32_t, uint32_t,                   \
          ([](uint32_t v, uint32_t u, uint32_t t) __attribute__((always_inline)) {        \
            auto f = [](H x, H y, H z) __attribute__((always_inline)) { return (expr); }; \
            return both<H>(f(low<H>(v), low<H>(u), low<H>(t)),                            \
                           f(high<H>(v), high<H>(u), high<H>(t)));                        \
          })(a, b, c))
#define FAMILY(suffix, H)                                                         \
  H2("add", suffix, H, narrowed<H>(wide(x) + wide(y))),                           \
      H2("sub", suffix, H, narrowed<H>(wide(x) - wide(y))),                       \
      H2("mul", suffix, H, narrowed<H>(wide(x) * wide(y))),                       \
      H3("fma", suffix, H, narrowed<H>(fused(wide(x), wide(y), wide(z)))),        \
      H2("min", suffix, H, (extreme<H, false, false>(x, y))),                     \
      H2("max", suffix, H, (extreme<H, true, false>(x, y))),                      \
      H2("min.NaN", suffix, H, (extreme<H, false, true>(x, y))),                  \
      H2("max.NaN", suffix, H, (extreme<H, true, true>(x, y))),                   \
      H1("neg", suffix, H, (H{static_cast<uint16_t>(x.bits ^ 0x8000)})),          \
      H1("abs", suffix, H, (H{static_cast<uint16_t>(x.bits & 0x7fff)})),          \
      H1("ex2.approx", suffix, H, narrowed<H>(exp2_of(wide(x)))),                 \
      H1("tanh.approx", suffix, H, narrowed<H>(tanh_of(wide(x)))),                \
      H1("flush", suffix, H, flush<H>(x)), H1("sat", suffix, H, saturated<H>(x)), \
      H1("relu", suffix, H, rectified<H>(x))

const OpEntry kEntries[] = {FAMILY("f16", Half), FAMILY("bf16", BFloat)};

}  // namespace

void add_half(OpTable& table) { table.add(kEntries, sizeof kEntries / sizeof *kEntries); }

}  // namespace SIMGPU_ISA
}  // namespace simgpu

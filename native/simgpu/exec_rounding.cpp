// f32 and f64 arithmetic rounded to zero, down and up, under the host's rounding mode. Compiled
// with -frounding-math; the operands are read and the results stored inside the changed mode.
#include <cfenv>

#include "isa_tables.h"
#include "lanes.h"

namespace simgpu {
namespace SIMGPU_ISA {
namespace {

// The host's rounding mode for one scope. The barriers keep loads and stores of lanes inside.
class RoundingMode {
 public:
  explicit RoundingMode(int mode) : old_(std::fegetround()) {
    std::fesetround(mode);
    asm volatile("" ::: "memory");
  }
  ~RoundingMode() {
    asm volatile("" ::: "memory");
    std::fesetround(old_);
  }

 private:
  int old_;
};

INLINE float flushed(float x) {
  uint32_t bits = bit_cast<uint32_t>(x);
  return bit_cast<float>((bits & 0x7f800000u) == 0 ? bits & 0x80000000u : bits);
}
template <bool Ftz>
INLINE float side(float x) {
  return Ftz ? flushed(x) : x;
}
template <bool Ftz>
INLINE double side(double x) {
  return x;
}
INLINE float canonical(float x) { return x == x ? x : bit_cast<float>(0x7fffffffu); }
INLINE double canonical(double x) { return x; }

struct Add {
  template <class T>
  static T of(T a, T b, T) {
    return a + b;
  }
};
struct Sub {
  template <class T>
  static T of(T a, T b, T) {
    return a - b;
  }
};
struct Mul {
  template <class T>
  static T of(T a, T b, T) {
    return a * b;
  }
};
struct Div {
  template <class T>
  static T of(T a, T b, T) {
    return a / b;
  }
};
struct Rcp {
  template <class T>
  static T of(T a, T, T) {
    return T(1) / a;
  }
};
struct Sqrt {
  static float of(float a, float, float) { return __builtin_sqrtf(a); }
  static double of(double a, double, double) { return __builtin_sqrt(a); }
};
struct Fma {
  static float of(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
  static double of(double a, double b, double c) { return __builtin_fma(a, b, c); }
};

template <class F, int Operands, int Mode, bool Ftz, class T>
const Op* rounded(Warp& w, const Op* op) {
  Row<T> pa = row<T>(w, op->r[1]);
  Row<T> pb = row<T>(w, op->r[Operands > 1 ? 2 : 1]);
  Row<T> pc = row<T>(w, op->r[Operands > 2 ? 3 : 1]);
  alignas(64) T value[32];
  {
    RoundingMode mode(Mode);
    for (int l = 0; l < 32; ++l) {
      value[l] = canonical(side<Ftz>(F::of(side<Ftz>(pa[l]), side<Ftz>(pb[l]), side<Ftz>(pc[l]))));
    }
    asm volatile("" : : "r"(value) : "memory");
  }
  write<T>(w, op->r[0], [&](int l) { return value[l]; });
  return op + 1;
}

template <class D, class S, int Mode>
const Op* converted(Warp& w, const Op* op) {
  Row<S> pa = row<S>(w, op->r[1]);
  alignas(64) D value[32];
  {
    RoundingMode mode(Mode);
    for (int l = 0; l < 32; ++l) value[l] = canonical(static_cast<D>(pa[l]));
    asm volatile("" : : "r"(value) : "memory");
  }
  write<D>(w, op->r[0], [&](int l) { return value[l]; });
  return op + 1;
}

#define EACH_TYPE(name, F, n, mode, M, s4, s8)                         \
  {name "." mode ".f32", s4, rounded<F, n, M, false, float>},          \
      {name "." mode ".ftz.f32", s4, rounded<F, n, M, true, float>}, { \
    name "." mode ".f64", s8, rounded<F, n, M, false, double>          \
  }
#define EACH_MODE(name, F, n, s4, s8)                   \
  EACH_TYPE(name, F, n, "rz", FE_TOWARDZERO, s4, s8),   \
      EACH_TYPE(name, F, n, "rm", FE_DOWNWARD, s4, s8), \
      EACH_TYPE(name, F, n, "rp", FE_UPWARD, s4, s8)
#define CONVERT_MODE(d, D, s, S, mode, M) \
  { "cvt." mode "." d "." s, Signature<D, S>::text, converted<D, S, M> }
#define CONVERT(d, D, s, S)                                                                   \
  CONVERT_MODE(d, D, s, S, "rz", FE_TOWARDZERO), CONVERT_MODE(d, D, s, S, "rm", FE_DOWNWARD), \
      CONVERT_MODE(d, D, s, S, "rp", FE_UPWARD)
#define FROM_INTEGER(s, S) CONVERT("f32", float, s, S), CONVERT("f64", double, s, S)

const OpEntry kEntries[] = {
    EACH_MODE("add", Add, 2, "fff", "FFF"),
    EACH_MODE("sub", Sub, 2, "fff", "FFF"),
    EACH_MODE("mul", Mul, 2, "fff", "FFF"),
    EACH_MODE("div", Div, 2, "fff", "FFF"),
    EACH_MODE("rcp", Rcp, 1, "ff", "FF"),
    EACH_MODE("sqrt", Sqrt, 1, "ff", "FF"),
    EACH_MODE("fma", Fma, 3, "ffff", "FFFF"),
    CONVERT("f32", float, "f64", double),
    FROM_INTEGER("u8", uint8_t),
    FROM_INTEGER("s8", int8_t),
    FROM_INTEGER("u16", uint16_t),
    FROM_INTEGER("s16", int16_t),
    FROM_INTEGER("u32", uint32_t),
    FROM_INTEGER("s32", int32_t),
    FROM_INTEGER("u64", uint64_t),
    FROM_INTEGER("s64", int64_t),
};

}  // namespace
}  // namespace SIMGPU_ISA

void add_rounding(OpTable& table) {
  table.add(SIMGPU_ISA::kEntries, sizeof SIMGPU_ISA::kEntries / sizeof *SIMGPU_ISA::kEntries);
}

}  // namespace simgpu

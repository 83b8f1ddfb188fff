// setp and testp: one mask of lanes an instruction.
#include "half.h"
#include "isa_tables.h"
#include "lanes.h"

namespace simgpu {
namespace SIMGPU_ISA {
namespace {

enum Order { kEq, kNe, kLt, kLe, kGt, kGe, kEqu, kNeu, kLtu, kLeu, kGtu, kGeu, kNum, kNan };

template <Order O, class T>
INLINE bool holds(T a, T b) {
  bool unordered = a != a || b != b;
  switch (O) {
    case kEq:
      return a == b;
    case kNe:
      return !unordered && a != b;
    case kLt:
      return a < b;
    case kLe:
      return a <= b;
    case kGt:
      return a > b;
    case kGe:
      return a >= b;
    case kEqu:
      return unordered || a == b;
    case kNeu:
      return a != b;
    case kLtu:
      return unordered || a < b;
    case kLeu:
      return unordered || a <= b;
    case kGtu:
      return unordered || a > b;
    case kGeu:
      return unordered || a >= b;
    case kNum:
      return !unordered;
    default:
      return unordered;
  }
}

INLINE uint16_t value(uint16_t a) { return a; }
INLINE int16_t value(int16_t a) { return a; }
INLINE uint32_t value(uint32_t a) { return a; }
INLINE int32_t value(int32_t a) { return a; }
INLINE uint64_t value(uint64_t a) { return a; }
INLINE int64_t value(int64_t a) { return a; }
INLINE float value(float a) { return a; }
INLINE double value(double a) { return a; }
INLINE float value(Half a) { return to_float(a); }
INLINE float value(BFloat a) { return to_float(a); }

// r[0] = p, r[1] = q or -1; then a, b, and the predicate c of a boolean operation x
// (0 none, 1 and, 2 or, 3 xor): p = cmp op c, q = !cmp op c.
INLINE const Op* finish(Warp& w, const Op* op, uint32_t compared) {
  uint32_t p = compared, q = ~compared;
  if (op->x != 0) {
    uint32_t c = w.predicates[op->r[4]];
    p = op->x == 1 ? p & c : op->x == 2 ? p | c : p ^ c;
    q = op->x == 1 ? q & c : op->x == 2 ? q | c : q ^ c;
  }
  write_predicate(w, op->r[0], p);
  if (op->r[1] >= 0) write_predicate(w, op->r[1], q);
  return op + 1;
}

template <Order O, class T>
const Op* compare(Warp& w, const Op* op) {
  Row<T> pa = row<T>(w, op->r[2]), pb = row<T>(w, op->r[3]);
  return finish(w, op, lanes_where([=](int l) __attribute__((always_inline)) {
                  return holds<O>(value(pa[l]), value(pb[l]));
                }));
}

INLINE float flush(float x) {
  uint32_t bits = bit_cast<uint32_t>(x);
  return bit_cast<float>((bits & 0x7f800000u) == 0 ? bits & 0x80000000u : bits);
}
template <Order O>
const Op* compare_flushed(Warp& w, const Op* op) {
  Row<float> pa = row<float>(w, op->r[2]), pb = row<float>(w, op->r[3]);
  return finish(w, op, lanes_where([=](int l) __attribute__((always_inline)) {
                  return holds<O>(flush(pa[l]), flush(pb[l]));
                }));
}

// The packed forms give one predicate for each half: p low, q high.
template <Order O, class H>
const Op* compare_packed(Warp& w, const Op* op) {
  Row<uint32_t> pa = row<uint32_t>(w, op->r[2]), pb = row<uint32_t>(w, op->r[3]);
  for (int half = 0; half < 2; ++half) {
    if (op->r[half] < 0) continue;
    uint32_t m = lanes_where([=](int l) {
      return holds<O>(value(H{static_cast<uint16_t>(pa[l] >> 16 * half)}),
                      value(H{static_cast<uint16_t>(pb[l] >> 16 * half)}));
    });
    if (op->x != 0) {
      uint32_t c = w.predicates[op->r[4]];
      m = op->x == 1 ? m & c : op->x == 2 ? m | c : m ^ c;
    }
    write_predicate(w, op->r[half], m);
  }
  return op + 1;
}

// testp: r[0] = p, a in r[1].
enum Class { kFinite, kInfinite, kNumber, kNotANumber, kNormal, kSubnormal };
template <Class C, class U>
const Op* classify(Warp& w, const Op* op) {
  Row<U> pa = row<U>(w, op->r[1]);
  constexpr int kFraction = sizeof(U) == 4 ? 23 : 52;
  constexpr U kExponent = (sizeof(U) == 4 ? U{0xff} : U{0x7ff}) << kFraction;
  constexpr U kMagnitude = ~U{0} >> 1;
  write_predicate(w, op->r[0], lanes_where([=](int l) {
                    U a = pa[l] & kMagnitude;
                    bool zero = a == 0;
                    bool tiny = (a & kExponent) == 0 && !zero;
                    switch (C) {
                      case kFinite:
                        return a < kExponent;
                      case kInfinite:
                        return a == kExponent;
                      case kNumber:
                        return a <= kExponent;
                      case kNotANumber:
                        return a > kExponent;
                      case kNormal:
                        return a < kExponent && !tiny;
                      default:
                        return tiny;
                    }
                  }));
  return op + 1;
}

// Signatures: destination predicates are handled by the decoder, the letters are a, b.
#define INTEGER(order, O, suffix, T) \
  { "setp." order "." suffix, Signature<T, T>::text, compare<O, T> }
#define EQUALITY(suffix, T) INTEGER("eq", kEq, suffix, T), INTEGER("ne", kNeu, suffix, T)
#define ORDERED(suffix, T)                                                           \
  EQUALITY(suffix, T), INTEGER("lt", kLt, suffix, T), INTEGER("le", kLe, suffix, T), \
      INTEGER("gt", kGt, suffix, T), INTEGER("ge", kGe, suffix, T)
#define FLOATS(suffix, signature, handler, ...)                        \
  {"setp.eq." suffix, signature, handler<kEq, ##__VA_ARGS__>},         \
      {"setp.ne." suffix, signature, handler<kNe, ##__VA_ARGS__>},     \
      {"setp.lt." suffix, signature, handler<kLt, ##__VA_ARGS__>},     \
      {"setp.le." suffix, signature, handler<kLe, ##__VA_ARGS__>},     \
      {"setp.gt." suffix, signature, handler<kGt, ##__VA_ARGS__>},     \
      {"setp.ge." suffix, signature, handler<kGe, ##__VA_ARGS__>},     \
      {"setp.equ." suffix, signature, handler<kEqu, ##__VA_ARGS__>},   \
      {"setp.neu." suffix, signature, handler<kNeu, ##__VA_ARGS__>},   \
      {"setp.ltu." suffix, signature, handler<kLtu, ##__VA_ARGS__>},   \
      {"setp.leu." suffix, signature, handler<kLeu, ##__VA_ARGS__>},   \
      {"setp.gtu." suffix, signature, handler<kGtu, ##__VA_ARGS__>},   \
      {"setp.geu." suffix, signature, handler<kGeu, ##__VA_ARGS__>},   \
      {"setp.num." suffix, signature, handler<kNum, ##__VA_ARGS__>}, { \
    "setp.nan." suffix, signature, handler<kNan, ##__VA_ARGS__>        \
  }
#define TESTS(suffix, signature, U)                                      \
  {"testp.finite." suffix, signature, classify<kFinite, U>},             \
      {"testp.infinite." suffix, signature, classify<kInfinite, U>},     \
      {"testp.number." suffix, signature, classify<kNumber, U>},         \
      {"testp.notanumber." suffix, signature, classify<kNotANumber, U>}, \
      {"testp.normal." suffix, signature, classify<kNormal, U>}, {       \
    "testp.subnormal." suffix, signature, classify<kSubnormal, U>        \
  }

const OpEntry kEntries[] = {
    EQUALITY("b16", uint16_t),
    EQUALITY("b32", uint32_t),
    EQUALITY("b64", uint64_t),
    ORDERED("u16", uint16_t),
    ORDERED("s16", int16_t),
    ORDERED("u32", uint32_t),
    ORDERED("s32", int32_t),
    ORDERED("u64", uint64_t),
    ORDERED("s64", int64_t),
    FLOATS("f32", "ff", compare, float),
    FLOATS("ftz.f32", "ff", compare_flushed),
    FLOATS("f64", "FF", compare, double),
    FLOATS("f16", "HH", compare, Half),
    FLOATS("bf16", "BB", compare, BFloat),
    FLOATS("f16x2", "ww", compare_packed, Half),
    FLOATS("bf16x2", "ww", compare_packed, BFloat),
    TESTS("f32", "pf", uint32_t),
    TESTS("f64", "pF", uint64_t),
};

}  // namespace

void add_compare(OpTable& table) { table.add(kEntries, sizeof kEntries / sizeof *kEntries); }

}  // namespace SIMGPU_ISA
}  // namespace simgpu

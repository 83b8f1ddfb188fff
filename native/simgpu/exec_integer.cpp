// Integer arithmetic, logic, shifts, bit fields: one lane expression an instruction.
#include "isa_tables.h"
#include "lanes.h"

namespace simgpu {
namespace SIMGPU_ISA {
namespace {

using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using u64 = uint64_t;
using s16 = int16_t;
using s32 = int32_t;
using s64 = int64_t;
__extension__ typedef __int128 s128;
__extension__ typedef unsigned __int128 u128;

template <class T>
struct Wider;
template <>
struct Wider<u16> {
  using type = u32;
};
template <>
struct Wider<s16> {
  using type = s32;
};
template <>
struct Wider<u32> {
  using type = u64;
};
template <>
struct Wider<s32> {
  using type = s64;
};
template <>
struct Wider<u64> {
  using type = u128;
};
template <>
struct Wider<s64> {
  using type = s128;
};

template <class T>
INLINE T mul_hi(T a, T b) {
  using W = typename Wider<T>::type;
  return static_cast<T>(static_cast<W>(static_cast<W>(a) * static_cast<W>(b)) >> (sizeof(T) * 8));
}

template <class T>
INLINE s32 clamp_s32(T v) {
  return static_cast<s32>(v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : v);
}

template <class T>
INLINE T shift_left(T a, u32 n) {
  return n >= sizeof(T) * 8 ? T{0} : static_cast<T>(a << (n & (sizeof(T) * 8 - 1)));
}
template <class T>
INLINE T shift_right(T a, u32 n) {  // the sign fills for signed T
  constexpr u32 kTop = sizeof(T) * 8 - 1;
  bool out = n > kTop;
  if (T(-1) < T(0)) return static_cast<T>(a >> (out ? kTop : n));
  return out ? T{0} : static_cast<T>(a >> (n & kTop));
}

// Fields: positions and lengths are 8 bits wide; U is unsigned, of the operand's width.
template <class U>
INLINE U field_mask(u32 length) {
  return length >= sizeof(U) * 8 ? ~U{0} : static_cast<U>((U{1} << length) - 1);
}
template <class U, bool Signed>
INLINE U bit_field_extract(U a, u32 position, u32 length) {
  constexpr u32 kTop = sizeof(U) * 8 - 1;
  position &= 255;
  length &= 255;
  u32 sign_at = position + length - 1 < kTop ? position + length - 1 : kTop;
  U sign = Signed && length != 0 && (a >> sign_at & 1) ? ~U{0} : U{0};
  U value = position > kTop ? U{0} : static_cast<U>(a >> position);
  u32 valid = position > kTop ? 0 : kTop + 1 - position;  // bits of a at and above position
  U mask = field_mask<U>(length < valid ? length : valid);
  return static_cast<U>((value & mask) | (sign & ~mask));
}
template <class U>
INLINE U bit_field_insert(U a, U b, u32 position, u32 length) {
  position &= 255;
  length &= 255;
  if (position >= sizeof(U) * 8) return b;
  U mask = static_cast<U>(field_mask<U>(length) << position);
  return static_cast<U>((b & ~mask) | (static_cast<U>(a << position) & mask));
}
INLINE u32 find_top_bit(u64 a) { return a == 0 ? ~0u : 63u - static_cast<u32>(__builtin_clzll(a)); }
INLINE u32 reverse_bits(u32 a) {
  a = (a >> 1 & 0x55555555u) | (a & 0x55555555u) << 1;
  a = (a >> 2 & 0x33333333u) | (a & 0x33333333u) << 2;
  a = (a >> 4 & 0x0f0f0f0fu) | (a & 0x0f0f0f0fu) << 4;
  return __builtin_bswap32(a);
}
INLINE u64 reverse_bits64(u64 a) {
  return u64{reverse_bits(static_cast<u32>(a))} << 32 | reverse_bits(static_cast<u32>(a >> 32));
}

INLINE u32 permute(u32 a, u32 b, u32 control) {
  u64 bytes = u64{b} << 32 | a;
  u32 result = 0;
  for (u32 i = 0; i < 4; ++i) {
    u32 nibble = control >> (4 * i);
    u32 byte = static_cast<u32>(bytes >> ((nibble & 7) * 8)) & 255;
    if (nibble & 8) byte = byte & 128 ? 255 : 0;
    result |= byte << (8 * i);
  }
  return result;
}
INLINE u32 permute_f4e(u32 a, u32 b, u32 c) { return permute(a, b, 0x3210u + (c & 3) * 0x1111u); }
INLINE u32 permute_b4e(u32 a, u32 b, u32 c) {
  u32 n = c & 3;  // bytes n, n-1, n-2, n-3 counted around the eight
  return permute(a, b, n | (n + 7) % 8 << 4 | (n + 6) % 8 << 8 | (n + 5) % 8 << 12);
}
INLINE u32 permute_rc8(u32 a, u32 b, u32 c) { return permute(a, b, (c & 3) * 0x1111u); }
INLINE u32 permute_ecl(u32 a, u32 b, u32 c) {
  constexpr u32 kControl[4] = {0x3210, 0x3211, 0x3222, 0x3333};
  return permute(a, b, kControl[c & 3]);
}
INLINE u32 permute_ecr(u32 a, u32 b, u32 c) {
  constexpr u32 kControl[4] = {0x0000, 0x1110, 0x2210, 0x3210};
  return permute(a, b, kControl[c & 3]);
}
INLINE u32 permute_rc16(u32 a, u32 b, u32 c) { return permute(a, b, c & 1 ? 0x3232u : 0x1010u); }

INLINE u32 funnel_left(u32 a, u32 b, u32 n) {  // n in 0..32
  return static_cast<u32>((u64{b} << 32 | a) << n >> 32);
}
INLINE u32 funnel_right(u32 a, u32 b, u32 n) { return static_cast<u32>((u64{b} << 32 | a) >> n); }

template <class A, class B>
INLINE u32 dot4(u32 a, u32 b, u32 c) {
  for (int i = 0; i < 4; ++i) {
    c += static_cast<u32>(static_cast<A>(a >> 8 * i) * static_cast<B>(b >> 8 * i));
  }
  return c;
}
template <class A, class B>
INLINE u32 dot2(u32 a, u32 b, u32 c) {  // b: the half chosen, low
  for (int i = 0; i < 2; ++i) {
    c += static_cast<u32>(static_cast<A>(a >> 16 * i) * static_cast<B>(b >> 8 * i));
  }
  return c;
}

// Division: a quotient by zero is unspecified in PTX and a bug in every program seen.
template <class T, bool Remainder>
const Op* divide(Warp& w, const Op* op) {
  Row<T> pa = row<T>(w, op->r[1]);
  Row<T> pb = row<T>(w, op->r[2]);
  uint32_t zero = lanes_where([&](int l) { return pb[l] == 0; }) & w.active;
  if (zero != 0) {
    return fail(w, op, FaultKind::kIllegalInstruction, static_cast<uint32_t>(__builtin_ctz(zero)),
                "integer division by zero, whose result PTX leaves unspecified");
  }
  write<T>(
      w, op->r[0], [=](int l) __attribute__((always_inline)) {
        T a = pa[l];
        T b = pb[l];
        b = b == 0 ? T{1} : b;
        T quotient;
        if (sizeof(T) <= 4) {  // exact: the quotient of two 32-bit integers in double, truncated
          quotient =
              static_cast<T>(static_cast<s64>(static_cast<double>(a) / static_cast<double>(b)));
        } else if (T(-1) < T(0) && b == T(-1)) {
          quotient = static_cast<T>(T{0} - a);
        } else {
          quotient = static_cast<T>(a / b);
        }
        return Remainder ? static_cast<T>(a - quotient * b) : quotient;
      });
  return op + 1;
}

// Carry chains: CC is a predicate row, r[7]. The carry of a subtraction is its borrow.
template <class U, bool UseCarry, bool SetCarry, bool Subtract>
const Op* carry(Warp& w, const Op* op) {
  Row<U> pa = row<U>(w, op->r[1]);
  Row<U> pb = row<U>(w, op->r[2]);
  uint32_t in = UseCarry ? w.predicates[op->r[7]] : 0;
  uint32_t out = 0;
  alignas(64) U value[32];
  for (int l = 0; l < 32; ++l) {
    u128 a = pa[l], b = pb[l], c = has(in, l) ? 1u : 0u;
    u128 r = Subtract ? a - b - c : a + b + c;
    value[l] = static_cast<U>(r);
    out |= static_cast<uint32_t>(r >> (sizeof(U) * 8) & 1) << l;
  }
  write<U>(w, op->r[0], [&](int l) { return value[l]; });
  if (SetCarry) write_predicate(w, op->r[7], out);
  return op + 1;
}
template <class U, class S, bool High, bool UseCarry, bool SetCarry>
const Op* mad_carry(Warp& w, const Op* op) {
  Row<S> pa = row<S>(w, op->r[1]);
  Row<S> pb = row<S>(w, op->r[2]);
  Row<U> pc = row<U>(w, op->r[3]);
  uint32_t in = UseCarry ? w.predicates[op->r[7]] : 0;
  uint32_t out = 0;
  alignas(64) U value[32];
  for (int l = 0; l < 32; ++l) {
    U product = High ? static_cast<U>(mul_hi<S>(pa[l], pb[l]))
                     : static_cast<U>(static_cast<U>(pa[l]) * static_cast<U>(pb[l]));
    u128 r = u128{product} + pc[l] + (has(in, l) ? 1u : 0u);
    value[l] = static_cast<U>(r);
    out |= static_cast<uint32_t>(r >> (sizeof(U) * 8) & 1) << l;
  }
  write<U>(w, op->r[0], [&](int l) { return value[l]; });
  if (SetCarry) write_predicate(w, op->r[7], out);
  return op + 1;
}

const Op* lop3(Warp& w, const Op* op) {
  Row<u32> pa = row<u32>(w, op->r[1]), pb = row<u32>(w, op->r[2]), pc = row<u32>(w, op->r[3]);
  u32 m[8];
  for (u32 i = 0; i < 8; ++i) m[i] = op->imm >> i & 1 ? ~0u : 0u;
  write<u32>(
      w, op->r[0], [=](int l) __attribute__((always_inline)) {
        u32 a = pa[l], b = pb[l], c = pc[l];
        u32 low = (~b & ((~c & m[0]) | (c & m[1]))) | (b & ((~c & m[2]) | (c & m[3])));
        u32 high = (~b & ((~c & m[4]) | (c & m[5]))) | (b & ((~c & m[6]) | (c & m[7])));
        return (~a & low) | (a & high);
      });
  return op + 1;
}

template <class T>
const Op* select(Warp& w, const Op* op) {
  Row<T> pa = row<T>(w, op->r[1]), pb = row<T>(w, op->r[2]);
  uint32_t p = w.predicates[op->r[3]];
  write<T>(
      w, op->r[0], [=](int l) __attribute__((always_inline)) {
        T a = pa[l], b = pb[l];
        return has(p, l) ? a : b;
      });
  return op + 1;
}

#define EACH_WIDTH(suffix, U)                                             \
  OP2("add." suffix, U, U, U, a + b), OP2("sub." suffix, U, U, U, a - b), \
      OP2("mul.lo." suffix, U, U, U, u64{a} * u64{b}),                    \
      OP3("mad.lo." suffix, U, U, U, U, u64{a} * u64{b} + c)
#define EACH_SIGN(suffix, T)                                                              \
  OP2("min." suffix, T, T, T, a < b ? a : b), OP2("max." suffix, T, T, T, a > b ? a : b), \
      OP2("mul.hi." suffix, T, T, T, mul_hi<T>(a, b)),                                    \
      OP3("mad.hi." suffix, T, T, T, T, mul_hi<T>(a, b) + c),                             \
      OP3("sad." suffix, T, T, T, T, c + (a > b ? a - b : b - a)),                        \
      OP2("shr." suffix, T, T, u32, shift_right<T>(a, b)),                                \
      {"div." suffix, Signature<T, T, T>::text, divide<T, false>}, {                      \
    "rem." suffix, Signature<T, T, T>::text, divide<T, true>                              \
  }
#define EACH_BITS(suffix, U)                                                  \
  OP2("and." suffix, U, U, U, a& b), OP2("or." suffix, U, U, U, a | b),       \
      OP2("xor." suffix, U, U, U, a ^ b), OP1("not." suffix, U, U, ~a),       \
      OP1("cnot." suffix, U, U, a == 0 ? 1 : 0), OP1("mov." suffix, U, U, a), \
      OP2("shl." suffix, U, U, u32, shift_left<U>(a, b))
#define EACH_CARRY(suffix, U, S)                                                                 \
  {"add.cc." suffix, Signature<U, U, U>::text, carry<U, false, true, false>},                    \
      {"addc." suffix, Signature<U, U, U>::text, carry<U, true, false, false>},                  \
      {"addc.cc." suffix, Signature<U, U, U>::text, carry<U, true, true, false>},                \
      {"sub.cc." suffix, Signature<U, U, U>::text, carry<U, false, true, true>},                 \
      {"subc." suffix, Signature<U, U, U>::text, carry<U, true, false, true>},                   \
      {"subc.cc." suffix, Signature<U, U, U>::text, carry<U, true, true, true>},                 \
      {"mad.lo.cc." suffix, Signature<U, U, U, U>::text, mad_carry<U, S, false, false, true>},   \
      {"mad.hi.cc." suffix, Signature<U, U, U, U>::text, mad_carry<U, S, true, false, true>},    \
      {"madc.lo." suffix, Signature<U, U, U, U>::text, mad_carry<U, S, false, true, false>},     \
      {"madc.hi." suffix, Signature<U, U, U, U>::text, mad_carry<U, S, true, true, false>},      \
      {"madc.lo.cc." suffix, Signature<U, U, U, U>::text, mad_carry<U, S, false, true, true>}, { \
    "madc.hi.cc." suffix, Signature<U, U, U, U>::text, mad_carry<U, S, true, true, true>         \
  }

const OpEntry kEntries[] = {
    EACH_WIDTH("u16", u16),
    EACH_WIDTH("s16", u16),
    EACH_WIDTH("u32", u32),
    EACH_WIDTH("s32", u32),
    EACH_WIDTH("u64", u64),
    EACH_WIDTH("s64", u64),
    EACH_SIGN("u16", u16),
    EACH_SIGN("s16", s16),
    EACH_SIGN("u32", u32),
    EACH_SIGN("s32", s32),
    EACH_SIGN("u64", u64),
    EACH_SIGN("s64", s64),
    EACH_BITS("b16", u16),
    EACH_BITS("b32", u32),
    EACH_BITS("b64", u64),
    OP2("shr.b16", u16, u16, u32, shift_right<u16>(a, b)),
    OP2("shr.b32", u32, u32, u32, shift_right<u32>(a, b)),
    OP2("shr.b64", u64, u64, u32, shift_right<u64>(a, b)),
    OP1("neg.s16", s16, s16, 0 - a),
    OP1("neg.s32", u32, u32, 0 - a),
    OP1("neg.s64", u64, u64, 0 - a),
    OP1("abs.s16", s16, s16, a < 0 ? 0 - a : a),
    OP1("abs.s32", s32, s32, a < 0 ? 0 - a : a),
    OP1("abs.s64", s64, s64, a < 0 ? 0 - a : a),
    OP2("add.sat.s32", s32, s32, s32, clamp_s32(s64{a} + b)),
    OP2("sub.sat.s32", s32, s32, s32, clamp_s32(s64{a} - b)),
    OP3("mad.hi.sat.s32", s32, s32, s32, s32, clamp_s32(s64{mul_hi<s32>(a, b)} + c)),
    OP2("mul.wide.u16", u32, u16, u16, u32{a} * b),
    OP2("mul.wide.s16", s32, s16, s16, a* b),
    OP2("mul.wide.u32", u64, u32, u32, u64{a} * b),
    OP2("mul.wide.s32", s64, s32, s32, s64{a} * b),
    OP3("mad.wide.u16", u32, u16, u16, u32, u32{a} * b + c),
    OP3("mad.wide.s16", s32, s16, s16, s32, a* b + c),
    OP3("mad.wide.u32", u64, u32, u32, u64, u64{a} * b + c),
    OP3("mad.wide.s32", s64, s32, s32, s64, s64{a} * b + c),
    OP2("mul24.lo.u32", u32, u32, u32, (a & 0xffffffu) * u64{b & 0xffffffu}),
    OP2("mul24.lo.s32", s32, s32, s32, s64{a << 8 >> 8} * (b << 8 >> 8)),
    OP2("mul24.hi.u32", u32, u32, u32, (a & 0xffffffu) * u64{b & 0xffffffu} >> 16),
    OP2("mul24.hi.s32", s32, s32, s32, s64{a << 8 >> 8} * (b << 8 >> 8) >> 16),
    OP3("mad24.lo.u32", u32, u32, u32, u32, (a & 0xffffffu) * u64{b & 0xffffffu} + c),
    OP3("mad24.lo.s32", s32, s32, s32, s32, s64{a << 8 >> 8} * (b << 8 >> 8) + c),
    OP1("popc.b32", u32, u32, __builtin_popcount(a)),
    OP1("popc.b64", u32, u64, __builtin_popcountll(a)),
    OP1("clz.b32", u32, u32, a == 0 ? 32 : __builtin_clz(a)),
    OP1("clz.b64", u32, u64, a == 0 ? 64 : __builtin_clzll(a)),
    OP1("brev.b32", u32, u32, reverse_bits(a)),
    OP1("brev.b64", u64, u64, reverse_bits64(a)),
    OP1("bfind.u32", u32, u32, find_top_bit(a)),
    OP1("bfind.u64", u32, u64, find_top_bit(a)),
    OP1("bfind.s32", u32, s32, find_top_bit(static_cast<u32>(a < 0 ? ~a : a))),
    OP1("bfind.s64", u32, s64, find_top_bit(static_cast<u64>(a < 0 ? ~a : a))),
    OP1("bfind.shiftamt.u32", u32, u32, a == 0 ? ~0u : 31 - find_top_bit(a)),
    OP1("bfind.shiftamt.u64", u32, u64, a == 0 ? ~0u : 63 - find_top_bit(a)),
    OP1("bfind.shiftamt.s32", u32, s32,
        (a ^ a >> 31) == 0 ? ~0u : 31 - find_top_bit(static_cast<u32>(a ^ a >> 31))),
    OP1("bfind.shiftamt.s64", u32, s64,
        (a ^ a >> 63) == 0 ? ~0u : 63 - find_top_bit(static_cast<u64>(a ^ a >> 63))),
    OP3("bfe.u32", u32, u32, u32, u32, (bit_field_extract<u32, false>(a, b, c))),
    OP3("bfe.s32", u32, u32, u32, u32, (bit_field_extract<u32, true>(a, b, c))),
    OP3("bfe.u64", u64, u64, u32, u32, (bit_field_extract<u64, false>(a, b, c))),
    OP3("bfe.s64", u64, u64, u32, u32, (bit_field_extract<u64, true>(a, b, c))),
    OP3("prmt.b32", u32, u32, u32, u32, permute(a, b, c)),
    OP3("prmt.b32.f4e", u32, u32, u32, u32, permute_f4e(a, b, c)),
    OP3("prmt.b32.b4e", u32, u32, u32, u32, permute_b4e(a, b, c)),
    OP3("prmt.b32.rc8", u32, u32, u32, u32, permute_rc8(a, b, c)),
    OP3("prmt.b32.ecl", u32, u32, u32, u32, permute_ecl(a, b, c)),
    OP3("prmt.b32.ecr", u32, u32, u32, u32, permute_ecr(a, b, c)),
    OP3("prmt.b32.rc16", u32, u32, u32, u32, permute_rc16(a, b, c)),
    OP3("shf.l.wrap.b32", u32, u32, u32, u32, funnel_left(a, b, c & 31)),
    OP3("shf.l.clamp.b32", u32, u32, u32, u32, funnel_left(a, b, c < 32 ? c : 32)),
    OP3("shf.r.wrap.b32", u32, u32, u32, u32, funnel_right(a, b, c & 31)),
    OP3("shf.r.clamp.b32", u32, u32, u32, u32, funnel_right(a, b, c < 32 ? c : 32)),
    OP3("dp4a.u32.u32", u32, u32, u32, u32, (dot4<u8, u8>(a, b, c))),
    OP3("dp4a.u32.s32", u32, u32, u32, u32, (dot4<u8, int8_t>(a, b, c))),
    OP3("dp4a.s32.u32", u32, u32, u32, u32, (dot4<int8_t, u8>(a, b, c))),
    OP3("dp4a.s32.s32", u32, u32, u32, u32, (dot4<int8_t, int8_t>(a, b, c))),
    OP3("dp2a.lo.u32.u32", u32, u32, u32, u32, (dot2<u16, u8>(a, b, c))),
    OP3("dp2a.lo.u32.s32", u32, u32, u32, u32, (dot2<u16, int8_t>(a, b, c))),
    OP3("dp2a.lo.s32.u32", u32, u32, u32, u32, (dot2<s16, u8>(a, b, c))),
    OP3("dp2a.lo.s32.s32", u32, u32, u32, u32, (dot2<s16, int8_t>(a, b, c))),
    OP3("dp2a.hi.u32.u32", u32, u32, u32, u32, (dot2<u16, u8>(a, b >> 16, c))),
    OP3("dp2a.hi.u32.s32", u32, u32, u32, u32, (dot2<u16, int8_t>(a, b >> 16, c))),
    OP3("dp2a.hi.s32.u32", u32, u32, u32, u32, (dot2<s16, u8>(a, b >> 16, c))),
    OP3("dp2a.hi.s32.s32", u32, u32, u32, u32, (dot2<s16, int8_t>(a, b >> 16, c))),
    EACH_CARRY("u32", u32, u32),
    EACH_CARRY("s32", u32, s32),
    EACH_CARRY("u64", u64, u64),
    EACH_CARRY("s64", u64, s64),
    {"lop3.b32", "wwww", lop3},
    {"selp.b16", "hhhp", select<u16>},
    {"selp.b32", "wwwp", select<u32>},
    {"selp.b64", "dddp", select<u64>},
    {"selp.f32", "fffp", select<u32>},
    {"selp.f64", "FFFp", select<u64>},
    OP3("slct.b16.s32", u16, u16, u16, s32, c >= 0 ? a : b),
    OP3("slct.b32.s32", u32, u32, u32, s32, c >= 0 ? a : b),
    OP3("slct.b64.s32", u64, u64, u64, s32, c >= 0 ? a : b),
    OP3("slct.b16.f32", u16, u16, u16, float, c >= 0 ? a : b),
    OP3("slct.b32.f32", u32, u32, u32, float, c >= 0 ? a : b),
    OP3("slct.b64.f32", u64, u64, u64, float, c >= 0 ? a : b),
};

// bfi has four sources.
template <class U>
const Op* insert_field(Warp& w, const Op* op) {
  Row<U> pa = row<U>(w, op->r[1]), pb = row<U>(w, op->r[2]);
  Row<u32> pc = row<u32>(w, op->r[3]), pd = row<u32>(w, op->r[4]);
  write<U>(
      w, op->r[0], [=](int l) __attribute__((always_inline)) {
        return bit_field_insert<U>(pa[l], pb[l], pc[l], pd[l]);
      });
  return op + 1;
}

template <int Kind>  // 0 and, 1 or, 2 xor, 3 not, 4 mov
const Op* predicate_logic(Warp& w, const Op* op) {
  uint32_t a = w.predicates[op->r[1]];
  uint32_t b = Kind < 3 ? w.predicates[op->r[2]] : 0;
  write_predicate(w, op->r[0],
                  Kind == 0   ? a & b
                  : Kind == 1 ? a | b
                  : Kind == 2 ? a ^ b
                  : Kind == 3 ? ~a
                              : a);
  return op + 1;
}

const OpEntry kMoreEntries[] = {
    {"bfi.b32", "wwwww", insert_field<u32>}, {"bfi.b64", "dddww", insert_field<u64>},
    {"and.pred", "ppp", predicate_logic<0>}, {"or.pred", "ppp", predicate_logic<1>},
    {"xor.pred", "ppp", predicate_logic<2>}, {"not.pred", "pp", predicate_logic<3>},
    {"mov.pred", "pp", predicate_logic<4>},
};

}  // namespace

void add_integer(OpTable& table) {
  table.add(kEntries, sizeof kEntries / sizeof *kEntries);
  table.add(kMoreEntries, sizeof kMoreEntries / sizeof *kMoreEntries);
}

}  // namespace SIMGPU_ISA
}  // namespace simgpu

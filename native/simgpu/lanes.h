// Lane loops for the handlers. Compiled once for each instruction set, inside SIMGPU_ISA: nothing
// here may leave an out-of-line copy that another instruction set's code could be linked to.
#ifndef FIGMENT_SIMGPU_LANES_H_
#define FIGMENT_SIMGPU_LANES_H_

#include <cstring>

#include "warp.h"

#ifndef SIMGPU_ISA
#error "SIMGPU_ISA names the namespace of this instruction set"
#endif

#if defined(__clang__)
#define LANES _Pragma("clang loop vectorize(assume_safety)") for (int l = 0; l < 32; ++l)
#else
#define LANES _Pragma("GCC ivdep") for (int l = 0; l < 32; ++l)
#endif
#define INLINE inline __attribute__((always_inline))

namespace simgpu {
namespace SIMGPU_ISA {
namespace {

struct Half {
  uint16_t bits;
};
struct BFloat {
  uint16_t bits;
};

// How a value of type T lies in a register row: 64-bit types in 64-bit rows, the rest in 32-bit
// rows, narrow unsigned ones zero-extended, narrow signed ones sign-extended.
template <class T>
struct Row {
  T* p;
  INLINE T operator[](int l) const { return p[l]; }
  INLINE void set(int l, T v) const { p[l] = v; }
  static INLINE Row at(const Warp& w, int32_t slot) {
    return {reinterpret_cast<T*>((sizeof(T) == 8 ? w.r64 : w.r32) +
                                 static_cast<int64_t>(slot) * (sizeof(T) == 8 ? 256 : 128))};
  }
};
template <class T, class Unsigned>
struct NarrowRow {
  uint32_t* p;
  INLINE T operator[](int l) const { return static_cast<T>(p[l]); }
  INLINE void set(int l, T v) const { p[l] = static_cast<Unsigned>(v); }
  static INLINE NarrowRow at(const Warp& w, int32_t slot) {
    return {reinterpret_cast<uint32_t*>(w.r32 + static_cast<int64_t>(slot) * 128)};
  }
};
template <>
struct Row<uint8_t> : NarrowRow<uint8_t, uint8_t> {
  Row(NarrowRow<uint8_t, uint8_t> r) : NarrowRow(r) {}
};
template <>
struct Row<int8_t> : NarrowRow<int8_t, uint32_t> {
  Row(NarrowRow<int8_t, uint32_t> r) : NarrowRow(r) {}
};
template <>
struct Row<uint16_t> : NarrowRow<uint16_t, uint16_t> {
  Row(NarrowRow<uint16_t, uint16_t> r) : NarrowRow(r) {}
};
template <>
struct Row<int16_t> : NarrowRow<int16_t, uint32_t> {
  Row(NarrowRow<int16_t, uint32_t> r) : NarrowRow(r) {}
};
template <class T>
struct BitsRow {
  uint32_t* p;
  INLINE T operator[](int l) const { return T{static_cast<uint16_t>(p[l])}; }
  INLINE void set(int l, T v) const { p[l] = v.bits; }
  static INLINE BitsRow at(const Warp& w, int32_t slot) {
    return {reinterpret_cast<uint32_t*>(w.r32 + static_cast<int64_t>(slot) * 128)};
  }
};
template <>
struct Row<Half> : BitsRow<Half> {
  Row(BitsRow<Half> r) : BitsRow(r) {}
};
template <>
struct Row<BFloat> : BitsRow<BFloat> {
  Row(BitsRow<BFloat> r) : BitsRow(r) {}
};

template <class T>
INLINE Row<T> row(const Warp& w, int32_t slot) {
  return Row<T>::at(w, slot);
}

INLINE bool has(uint32_t mask, int l) { return mask >> l & 1; }

// dst[l] = f(l) for the active lanes; f is evaluated on all 32 and must not fail.
template <class T, class F>
INLINE void write(Warp& w, int32_t slot, F f) {
  Row<T> dst = row<T>(w, slot);
  if (__builtin_expect(w.active == kFullMask, 1)) {
    LANES dst.set(l, f(l));
    return;
  }
  alignas(64) T value[32];
  LANES value[l] = f(l);
  uint32_t mask = w.active;
  LANES {
    T old = dst[l];
    dst.set(l, has(mask, l) ? value[l] : old);
  }
}

// The lanes for which f(l) holds, as a mask.
template <class F>
INLINE uint32_t lanes_where(F f) {
  uint32_t mask = 0;
  for (uint32_t l = 0; l < 32; ++l) mask |= f(static_cast<int>(l)) ? 1u << l : 0u;
  return mask;
}

INLINE void write_predicate(Warp& w, int32_t slot, uint32_t value) {
  uint32_t& p = w.predicates[slot];
  p = (p & ~w.active) | (value & w.active);
}

template <class To, class From>
INLINE To bit_cast(From from) {
  static_assert(sizeof(To) == sizeof(From), "a bit cast keeps the size");
  To to;
  __builtin_memcpy(&to, &from, sizeof to);
  return to;
}

template <class T>
struct Letter;
template <>
struct Letter<uint32_t> {
  static constexpr char value = 'w';
};
template <>
struct Letter<int32_t> {
  static constexpr char value = 'w';
};
template <>
struct Letter<uint16_t> {
  static constexpr char value = 'h';
};
template <>
struct Letter<int16_t> {
  static constexpr char value = 'h';
};
template <>
struct Letter<uint8_t> {
  static constexpr char value = 'h';
};
template <>
struct Letter<int8_t> {
  static constexpr char value = 'h';
};
template <>
struct Letter<uint64_t> {
  static constexpr char value = 'd';
};
template <>
struct Letter<int64_t> {
  static constexpr char value = 'd';
};
template <>
struct Letter<float> {
  static constexpr char value = 'f';
};
template <>
struct Letter<double> {
  static constexpr char value = 'F';
};
template <>
struct Letter<Half> {
  static constexpr char value = 'H';
};
template <>
struct Letter<BFloat> {
  static constexpr char value = 'B';
};

template <class... T>
struct Signature {
  static constexpr char text[sizeof...(T) + 1] = {Letter<T>::value..., '\0'};
};

// One-line handlers: OP2("add.u32", uint32_t, uint32_t, uint32_t, a + b) and so on: key, type of
// the result, types of the operands a, b, c, and the expression of one lane.
#define OP1(key, D, A, expr)                                             \
  {                                                                      \
    key, Signature<D, A>::text, [](Warp& w, const Op* op) -> const Op* { \
      Row<A> pa = row<A>(w, op->r[1]);                                   \
      write<D>(                                                          \
          w, op->r[0], [=](int l) __attribute__((always_inline)) {       \
            A a = pa[l];                                                 \
            return static_cast<D>(expr);                                 \
          });                                                            \
      return op + 1;                                                     \
    }                                                                    \
  }
#define OP2(key, D, A, B, expr)                                             \
  {                                                                         \
    key, Signature<D, A, B>::text, [](Warp& w, const Op* op) -> const Op* { \
      Row<A> pa = row<A>(w, op->r[1]);                                      \
      Row<B> pb = row<B>(w, op->r[2]);                                      \
      write<D>(                                                             \
          w, op->r[0], [=](int l) __attribute__((always_inline)) {          \
            A a = pa[l];                                                    \
            B b = pb[l];                                                    \
            return static_cast<D>(expr);                                    \
          });                                                               \
      return op + 1;                                                        \
    }                                                                       \
  }
#define OP3(key, D, A, B, C, expr)                                             \
  {                                                                            \
    key, Signature<D, A, B, C>::text, [](Warp& w, const Op* op) -> const Op* { \
      Row<A> pa = row<A>(w, op->r[1]);                                         \
      Row<B> pb = row<B>(w, op->r[2]);                                         \
      Row<C> pc = row<C>(w, op->r[3]);                                         \
      write<D>(                                                                \
          w, op->r[0], [=](int l) __attribute__((always_inline)) {             \
            A a = pa[l];                                                       \
            B b = pb[l];                                                       \
            C c = pc[l];                                                       \
            return static_cast<D>(expr);                                       \
          });                                                                  \
      return op + 1;                                                           \
    }                                                                          \
  }

}  // namespace
}  // namespace SIMGPU_ISA
}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_LANES_H_

// atom, red and discard. Lanes go in ascending order. Other blocks run on other host threads, so
// global memory is changed by compare-and-swap; shared memory belongs to one thread at a time.
#include <cstring>
#include <type_traits>

#include "half.h"
#include "isa_tables.h"
#include "lane_addresses.h"
#include "lanes.h"

namespace simgpu {
namespace SIMGPU_ISA {
namespace {

INLINE float flushed(float x) {
  uint32_t bits = bit_cast<uint32_t>(x);
  return bit_cast<float>((bits & 0x7f800000u) == 0 ? bits & 0x80000000u : bits);
}

// Each gives the new value from the old one and the operands; `shared` tells the space.
struct Add {
  template <class T>
  static T of(T old, T b, T, bool) {
    return static_cast<T>(old + b);
  }
  static float of(float old, float b, float, bool shared) {
    // On global memory atom.add.f32 flushes subnormals, on shared memory it does not.
    float r = shared ? old + b : flushed(flushed(old) + flushed(b));
    return r == r ? r : bit_cast<float>(0x7fffffffu);
  }
};
struct Min {
  template <class T>
  static T of(T old, T b, T, bool) {
    return b < old ? b : old;
  }
};
struct Max {
  template <class T>
  static T of(T old, T b, T, bool) {
    return b > old ? b : old;
  }
};
struct And {
  template <class T>
  static T of(T old, T b, T, bool) {
    return old & b;
  }
};
struct Or {
  template <class T>
  static T of(T old, T b, T, bool) {
    return old | b;
  }
};
struct Xor {
  template <class T>
  static T of(T old, T b, T, bool) {
    return old ^ b;
  }
};
struct Exchange {
  template <class T>
  static T of(T, T b, T, bool) {
    return b;
  }
};
struct CompareAndSwap {
  template <class T>
  static T of(T old, T b, T c, bool) {
    return old == b ? c : old;
  }
};
struct Increment {
  static uint32_t of(uint32_t old, uint32_t b, uint32_t, bool) { return old >= b ? 0 : old + 1; }
};
struct Decrement {
  static uint32_t of(uint32_t old, uint32_t b, uint32_t, bool) {
    return old == 0 || old > b ? b : old - 1;
  }
};
template <class H>
struct AddHalf {
  static uint16_t of(uint16_t old, uint16_t b, uint16_t, bool) {
    double sum = static_cast<double>(to_float(H{old})) + static_cast<double>(to_float(H{b}));
    return Format<H>::template from<Rounding::kNearest>(sum).bits;
  }
};
template <class H>
struct AddPacked {
  static uint32_t of(uint32_t old, uint32_t b, uint32_t, bool) {
    auto half = [](uint32_t v, int k) { return static_cast<uint16_t>(v >> 16 * k); };
    uint32_t low = AddHalf<H>::of(half(old, 0), half(b, 0), 0, false);
    return uint32_t{AddHalf<H>::of(half(old, 1), half(b, 1), 0, false)} << 16 | low;
  }
};

template <class T>
struct Bits {
  using type = T;
};
template <>
struct Bits<float> {
  using type = uint32_t;
};
template <>
struct Bits<double> {
  using type = uint64_t;
};

template <class F, class T>
T change(uint8_t* at, T b, T c, bool shared) {
  using U = typename std::make_unsigned<typename Bits<T>::type>::type;
  auto* p = reinterpret_cast<U*>(at);
  if (shared) {
    T old = bit_cast<T>(*p);
    *p = bit_cast<U>(F::of(old, b, c, true));
    return old;
  }
  U seen = __atomic_load_n(p, __ATOMIC_RELAXED);
  for (;;) {
    U next = bit_cast<U>(F::of(bit_cast<T>(seen), b, c, false));
    if (__atomic_compare_exchange_n(p, &seen, next, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
      return bit_cast<T>(seen);
    }
  }
}

template <class F, class T>
const Op* atomic(Warp& w, const Op* op) {
  alignas(64) uint64_t address[32];
  lane_addresses(w, op, address);
  w.touched_shared_state = true;
  Row<T> pb = row<T>(w, op->r[1]), pc = row<T>(w, op->r[op->r[2] >= 0 ? 2 : 1]);
  alignas(64) T before[32] = {};
  for (uint32_t rest = w.active; rest != 0; rest &= rest - 1) {
    auto l = static_cast<uint32_t>(__builtin_ctz(rest));
    uint8_t* at = lane_bytes(w, op, l, address[l], sizeof(T), "atomic access");
    if (at == nullptr) return nullptr;
    bool shared = static_cast<uint64_t>(at - w.shared) < w.shared_bytes;
    before[l] = change<F, T>(at, pb[static_cast<int>(l)], pc[static_cast<int>(l)], shared);
  }
  if (op->r[0] >= 0) write<T>(w, op->r[0], [&](int l) { return before[l]; });
  return op + 1;
}

// What was there cannot be told from then on: as if nothing had written it.
const Op* discard(Warp& w, const Op* op) {
  alignas(64) uint64_t address[32];
  lane_addresses(w, op, address);
  for (uint32_t rest = w.active; rest != 0; rest &= rest - 1) {
    auto l = static_cast<uint32_t>(__builtin_ctz(rest));
    uint8_t* at = lane_bytes(w, op, l, address[l], access_bytes(*op), "discard");
    if (at == nullptr) return nullptr;
    std::memset(at, kPoison, access_bytes(*op));
    uint8_t* written = w.memory->written_bits();
    if (written != nullptr) {
      std::memset(written + (address[l] - kDeviceBase) / 8, 0, access_bytes(*op) / 8);
    }
  }
  return op + 1;
}

#define ATOM(name, type, T, F) \
  { "atom." name "." type, Signature<T, T>::text, atomic<F, T> }
const OpEntry kEntries[] = {
    ATOM("add", "u32", uint32_t, Add),
    ATOM("add", "s32", uint32_t, Add),
    ATOM("add", "u64", uint64_t, Add),
    ATOM("add", "s64", uint64_t, Add),
    ATOM("add", "f32", float, Add),
    ATOM("add", "f64", double, Add),
    {"atom.add.f16", "hh", atomic<AddHalf<Half>, uint16_t>},
    {"atom.add.bf16", "hh", atomic<AddHalf<BFloat>, uint16_t>},
    {"atom.add.f16x2", "ww", atomic<AddPacked<Half>, uint32_t>},
    {"atom.add.bf16x2", "ww", atomic<AddPacked<BFloat>, uint32_t>},
    ATOM("min", "u32", uint32_t, Min),
    ATOM("min", "s32", int32_t, Min),
    ATOM("min", "u64", uint64_t, Min),
    ATOM("min", "s64", int64_t, Min),
    ATOM("max", "u32", uint32_t, Max),
    ATOM("max", "s32", int32_t, Max),
    ATOM("max", "u64", uint64_t, Max),
    ATOM("max", "s64", int64_t, Max),
    ATOM("and", "b32", uint32_t, And),
    ATOM("and", "b64", uint64_t, And),
    ATOM("or", "b32", uint32_t, Or),
    ATOM("or", "b64", uint64_t, Or),
    ATOM("xor", "b32", uint32_t, Xor),
    ATOM("xor", "b64", uint64_t, Xor),
    ATOM("exch", "b32", uint32_t, Exchange),
    ATOM("exch", "b64", uint64_t, Exchange),
    ATOM("cas", "b16", uint16_t, CompareAndSwap),
    ATOM("cas", "b32", uint32_t, CompareAndSwap),
    ATOM("cas", "b64", uint64_t, CompareAndSwap),
    ATOM("inc", "u32", uint32_t, Increment),
    ATOM("dec", "u32", uint32_t, Decrement),
    {"@discard", "", discard},
};

}  // namespace
}  // namespace SIMGPU_ISA

void add_atomic(OpTable& table) {
  table.add(SIMGPU_ISA::kEntries, sizeof SIMGPU_ISA::kEntries / sizeof *SIMGPU_ISA::kEntries);
}

}  // namespace simgpu

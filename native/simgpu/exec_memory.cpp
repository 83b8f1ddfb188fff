// ld and st. The address pattern decides the speed: consecutive lanes on consecutive elements take
// one bounds check and one copy; one address for all lanes takes one load; the rest goes by lane.
#include "isa_tables.h"
#include "lane_addresses.h"
#include "lanes.h"

namespace simgpu {
namespace SIMGPU_ISA {
namespace {

struct Pattern {
  bool consecutive, uniform;
};
template <uint32_t Bytes>
INLINE Pattern pattern(const uint64_t* address) {
  uint64_t first = address[0], consecutive = 0, uniform = 0;
  for (uint32_t l = 0; l < 32; ++l) {
    consecutive |= address[l] ^ (first + l * Bytes);
    uniform |= address[l] ^ first;
  }
  return {consecutive == 0, uniform == 0};
}

INLINE bool within(const View& view, uint64_t address, uint64_t bytes) {
  return address >= view.begin && address < view.end && view.end - address >= bytes;
}

// All addresses aligned and inside the view.
template <uint32_t Bytes>
INLINE bool all_within(const View& view, const uint64_t* address) {
  if (view.end - view.begin < Bytes || view.end < view.begin) return false;
  uint64_t last = view.end - view.begin - Bytes;
  uint64_t bad = 0, low = 0;
  for (int l = 0; l < 32; ++l) {
    bad |= address[l] - view.begin > last ? 1 : 0;
    low |= address[l];
  }
  return bad == 0 && (low & (Bytes - 1)) == 0;
}

template <AccessSpace S>
INLINE View view_at(Warp& w, const Op* op, uint64_t address) {
  if (S == kSharedSpace) return {0, w.shared_bytes, w.shared, 0};
  if (S == kGlobalSpace) {
    const RangeCache& cache = w.ranges[static_cast<uint64_t>(op - w.code) % kRangeCaches];
    if (__builtin_expect(address >= cache.begin && address < cache.end, 1)) {
      return {cache.begin, cache.end, cache.host, 0};
    }
  }
  return find_view(w, op, S == kGlobalSpace ? S : static_cast<AccessSpace>(op->y), address);
}

template <class M>
INLINE M get(const uint8_t* p) {
  M m;
  __builtin_memcpy(&m, p, sizeof m);
  return m;
}
template <class M>
INLINE void put(uint8_t* p, M m) {
  __builtin_memcpy(p, &m, sizeof m);
}

// M as it lies in memory, R as it lies in the register, V elements a lane. kGenericSpace here
// stands for every space that Op::y may name.
template <class M, class R, int V, AccessSpace S>
const Op* load(Warp& w, const Op* op) {
  constexpr uint32_t kBytes = sizeof(M) * V;
  alignas(64) uint64_t address[32];
  lane_addresses(w, op, address);
  uint32_t active = w.active;
  w.touched_shared_state |= op->z != 0;
  if (active != kFullMask) {
    uint64_t some = address[__builtin_ctz(active)];
    LANES address[l] = has(active, l) ? address[l] : some;
  }
  View view = view_at<S>(w, op, address[0]);
  Pattern p = pattern<kBytes>(address);
  if (p.consecutive && view.stride == 0 && active == kFullMask &&
      (address[0] & (kBytes - 1)) == 0 && within(view, address[0], 32 * kBytes)) {
    const uint8_t* from = view.host + (address[0] - view.begin);
    for (int v = 0; v < V; ++v) {
      Row<R> dst = row<R>(w, op->r[v]);
      LANES dst.set(l, static_cast<R>(get<M>(from + l * kBytes + v * sizeof(M))));
    }
    return op + 1;
  }
  if (p.uniform && view.stride == 0 && (address[0] & (kBytes - 1)) == 0 &&
      within(view, address[0], kBytes)) {
    const uint8_t* from = view.host + (address[0] - view.begin);
    for (int v = 0; v < V; ++v) {
      R value = static_cast<R>(get<M>(from + v * sizeof(M)));
      write<R>(
          w, op->r[v], [=](int) __attribute__((always_inline)) { return value; });
    }
    return op + 1;
  }
  bool inside = all_within<kBytes>(view, address);
  if (inside && active == kFullMask) {  // straight into the rows: the addresses are read already
    for (int v = 0; v < V; ++v) {
      Row<R> dst = row<R>(w, op->r[v]);
#pragma GCC unroll 8
      for (int l = 0; l < 32; ++l) {
        const uint8_t* at =
            view.host + (address[l] - view.begin + static_cast<uint64_t>(l) * view.stride);
        dst.set(l, static_cast<R>(get<M>(at + v * sizeof(M))));
      }
    }
    return op + 1;
  }
  alignas(64) R value[V][32];
  if (inside) {
    for (int l = 0; l < 32; ++l) {
      const uint8_t* at =
          view.host + (address[l] - view.begin + static_cast<uint64_t>(l) * view.stride);
      for (int v = 0; v < V; ++v) value[v][l] = static_cast<R>(get<M>(at + v * sizeof(M)));
    }
  } else {
    for (uint32_t l = 0; l < 32; ++l) {
      if (!has(active, static_cast<int>(l))) {
        for (int v = 0; v < V; ++v) value[v][l] = 0;
        continue;
      }
      const uint8_t* at = lane_bytes(w, op, l, address[l], kBytes, "read");
      if (at == nullptr) return nullptr;
      for (int v = 0; v < V; ++v) value[v][l] = static_cast<R>(get<M>(at + v * sizeof(M)));
    }
  }
  for (int v = 0; v < V; ++v) {
    write<R>(
        w, op->r[v], [&](int l) __attribute__((always_inline)) { return value[v][l]; });
  }
  return op + 1;
}

template <class M, class R, int V, AccessSpace S>
const Op* store(Warp& w, const Op* op) {
  constexpr uint32_t kBytes = sizeof(M) * V;
  alignas(64) uint64_t address[32];
  lane_addresses(w, op, address);
  uint32_t active = w.active;
  w.touched_shared_state |= op->z != 0;
  if (active != kFullMask) {
    uint64_t some = address[__builtin_ctz(active)];
    LANES address[l] = has(active, l) ? address[l] : some;
  }
  View view = view_at<S>(w, op, address[0]);
  if (active == kFullMask && pattern<kBytes>(address).consecutive && view.stride == 0 &&
      (address[0] & (kBytes - 1)) == 0 && within(view, address[0], 32 * kBytes)) {
    uint8_t* to = view.host + (address[0] - view.begin);
    for (int v = 0; v < V; ++v) {
      Row<R> src = row<R>(w, op->r[v]);
      LANES put<M>(to + l * kBytes + v * sizeof(M), static_cast<M>(src[l]));
    }
    return op + 1;
  }
  bool inside = all_within<kBytes>(view, address);
  for (uint32_t rest = active; rest != 0; rest &= rest - 1) {  // the highest lane writes last
    auto l = static_cast<uint32_t>(__builtin_ctz(rest));
    uint8_t* at = inside ? view.host + (address[l] - view.begin) + l * view.stride
                         : lane_bytes(w, op, l, address[l], kBytes, "write");
    if (at == nullptr) return nullptr;
    for (int v = 0; v < V; ++v) {
      put<M>(at + v * sizeof(M), static_cast<M>(row<R>(w, op->r[v])[static_cast<int>(l)]));
    }
  }
  return op + 1;
}

// A kernel parameter at a known offset: one value for all lanes.
template <class M, class R, int V>
const Op* load_parameter(Warp& w, const Op* op) {
  for (int v = 0; v < V; ++v) {
    R value = static_cast<R>(get<M>(w.params + op->imm + v * sizeof(M)));
    write<R>(
        w, op->r[v], [=](int) __attribute__((always_inline)) { return value; });
  }
  return op + 1;
}

#define EACH_SPACE(handler, name, type, M, R, V, v)                   \
  {name ".global." type v, "", handler<M, R, V, kGlobalSpace>},       \
      {name ".shared." type v, "", handler<M, R, V, kSharedSpace>}, { \
    name ".other." type v, "", handler<M, R, V, kGenericSpace>        \
  }
#define LOAD(type, M, R, V, v) \
  EACH_SPACE(load, "ld", type, M, R, V, v), { "ld.parameter." type v, "", load_parameter<M, R, V> }
#define LOADS(V, v)                                                                       \
  LOAD("u8.r32", uint8_t, uint32_t, V, v), LOAD("s8.r32", int8_t, int32_t, V, v),         \
      LOAD("u16.r32", uint16_t, uint32_t, V, v), LOAD("s16.r32", int16_t, int32_t, V, v), \
      LOAD("u32.r32", uint32_t, uint32_t, V, v), LOAD("u8.r64", uint8_t, uint64_t, V, v), \
      LOAD("s8.r64", int8_t, int64_t, V, v), LOAD("u16.r64", uint16_t, uint64_t, V, v),   \
      LOAD("s16.r64", int16_t, int64_t, V, v), LOAD("u32.r64", uint32_t, uint64_t, V, v), \
      LOAD("s32.r64", int32_t, int64_t, V, v), LOAD("u64.r64", uint64_t, uint64_t, V, v)
#define STORES(V, v)                                                \
  EACH_SPACE(store, "st", "u8.r32", uint8_t, uint32_t, V, v),       \
      EACH_SPACE(store, "st", "u16.r32", uint16_t, uint32_t, V, v), \
      EACH_SPACE(store, "st", "u32.r32", uint32_t, uint32_t, V, v), \
      EACH_SPACE(store, "st", "u8.r64", uint8_t, uint64_t, V, v),   \
      EACH_SPACE(store, "st", "u16.r64", uint16_t, uint64_t, V, v), \
      EACH_SPACE(store, "st", "u32.r64", uint32_t, uint64_t, V, v), \
      EACH_SPACE(store, "st", "u64.r64", uint64_t, uint64_t, V, v)

const OpEntry kEntries[] = {LOADS(1, ".v1"),  LOADS(2, ".v2"),  LOADS(4, ".v4"),
                            STORES(1, ".v1"), STORES(2, ".v2"), STORES(4, ".v4")};

}  // namespace

void add_memory(OpTable& table) { table.add(kEntries, sizeof kEntries / sizeof *kEntries); }

}  // namespace SIMGPU_ISA
}  // namespace simgpu

// The handlers of a launch that is counted: each counts its operation, then runs the operation's
// own handler (or the checked one).
#include <algorithm>

#include "block.h"
#include "counted_code.h"
#include "lane_addresses.h"

namespace simgpu {
namespace {

INLINE const Op* run_inner(Warp& w, const Op* op) {
  return w.block->counters->inner[op - w.code].fn(w, op);
}

const Op* uncounted(Warp& w, const Op* op) { return run_inner(w, op); }

INLINE uint32_t lanes_of(uint32_t mask) { return static_cast<uint32_t>(__builtin_popcount(mask)); }

INLINE Counters::OpCount& count_instruction(Warp& w, const Op* op, uint32_t lanes) {
  Counters::OpCount& count = w.block->counters->ops[static_cast<size_t>(op - w.code)];
  count.warps += 1;
  count.threads += lanes;
  return count;
}

const Op* counted_plain(Warp& w, const Op* op) {
  count_instruction(w, op, lanes_of(w.active));
  return run_inner(w, op);
}

// A branch under a guard; of an instruction that is itself none (a guarded ret, bar.sync) only the
// parting counts.
template <bool Counts>
const Op* counted_branch(Warp& w, const Op* op) {
  uint32_t before = w.mask;
  const Op* next = run_inner(w, op);
  LaunchCounts& sums = w.block->counters->sums;
  if (Counts) count_instruction(w, op, lanes_of(before));
  sums.branches += 1;
  if (w.mask != before) sums.divergent_branches += 1;
  return next;
}

// Calls, returns and indexed branches: lanes that go elsewhere stay at the operation, come to it
// again, and count then.
template <bool Branches>
const Op* counted_choice(Warp& w, const Op* op) {
  uint32_t before = w.mask;
  LaunchCounts& sums = w.block->counters->sums;
  const Op* next = run_inner(w, op);
  count_instruction(w, op, lanes_of(w.mask));
  if (Branches) sums.branches += 1;
  if (w.mask != before) sums.divergent_branches += 1;
  return next;
}

// --- Global memory -------------------------------------------------------------------------------

// The distinct sectors of a request in ascending order, and which of their bytes it touches.
struct Sectors {
  uint32_t count = 0;
  uint64_t first[32];  // address of the sector
  uint32_t bytes[32];  // bit 0 its first byte

  void add(uint64_t address, uint32_t width) {
    uint32_t touched = ((1u << width) - 1) << address % 32;
    uint64_t sector = address & ~uint64_t{31};
    uint32_t at = count;  // lanes mostly ascend
    while (at > 0 && first[at - 1] > sector) --at;
    if (at > 0 && first[at - 1] == sector) {
      bytes[at - 1] |= touched;
      return;
    }
    std::copy_backward(first + at, first + count, first + count + 1);
    std::copy_backward(bytes + at, bytes + count, bytes + count + 1);
    first[at] = sector;
    bytes[at] = touched;
    ++count;
  }
  // All of [address, address + length), in place of lane by lane.
  void span(uint64_t address, uint32_t length) {
    uint64_t end = address + length;
    for (uint64_t at = address & ~uint64_t{31}; at < end; at += 32) {
      uint32_t touched = ~0u;
      if (at < address) touched &= ~0u << (address - at);
      if (end - at < 32) touched &= (1u << (end - at)) - 1;
      first[count] = at;
      bytes[count++] = touched;
    }
  }
};

// By lines: a load needs its sectors, a store those that it writes in part, an atomic all of them.
template <OpKind K>
void go_through(L2Cache& cache, const Sectors& sectors) {
  for (uint32_t i = 0; i < sectors.count;) {
    uint64_t line = sectors.first[i] / L2Cache::kLine;
    uint32_t touched = 0, partly = 0;
    for (; i < sectors.count && sectors.first[i] / L2Cache::kLine == line; ++i) {
      uint32_t bit = 1u << sectors.first[i] % L2Cache::kLine / L2Cache::kSector;
      touched |= bit;
      if (sectors.bytes[i] != ~0u) partly |= bit;
    }
    cache.access(line * L2Cache::kLine, K == OpKind::kStore ? partly : touched,
                 K == OpKind::kLoad ? 0 : touched);
  }
}

// Whether lane l's address is that of lane 0 plus l * width: its loop has no branch to be
// vectorised.
INLINE bool consecutive(const uint64_t* address, uint32_t width) {
  uint64_t differs = 0;
  for (uint32_t l = 0; l < 32; ++l) differs |= address[l] ^ (address[0] + uint64_t{l} * width);
  return differs == 0;
}

template <OpKind K>
void count_global(Counters& counters, Counters::OpCount& op, const uint64_t* address,
                  uint32_t lanes, uint32_t width) {
  constexpr bool kLoad = K == OpKind::kLoad, kStore = K == OpKind::kStore;
  LaunchCounts& sums = counters.sums;
  GlobalTraffic& to = kLoad ? sums.global_load : kStore ? sums.global_store : sums.global_atomic;
  TouchedBytes& touched = kLoad ? counters.loaded : kStore ? counters.stored : counters.changed;
  Sectors sectors;
  if (lanes == kFullMask && consecutive(address, width)) {
    sectors.span(address[0], 32 * width);
  } else {
    for (uint32_t rest = lanes; rest != 0; rest &= rest - 1) {
      sectors.add(address[__builtin_ctz(rest)], width);
    }
  }
  to.requests += 1;
  to.sectors += sectors.count;
  to.bytes += uint64_t{lanes_of(lanes)} * width;
  op.sectors += sectors.count;
  for (uint32_t i = 0; i < sectors.count; ++i) touched.touch(sectors.first[i], sectors.bytes[i]);
  if (counters.cache != nullptr) go_through<K>(*counters.cache, sectors);
}

// --- Shared memory -------------------------------------------------------------------------------

// The most distinct words that one of the 32 banks must give to these lanes.
uint32_t bank_wavefronts(const uint64_t* address, uint32_t lanes, uint32_t words) {
  uint64_t least = ~uint64_t{0}, most_word = 0;
  for (uint32_t rest = lanes; rest != 0; rest &= rest - 1) {
    uint64_t word = address[__builtin_ctz(rest)] / 4;
    least = std::min(least, word);
    most_word = std::max(most_word, word);
  }
  if (most_word + words - least <= 32) return 1;  // a bank has one of them
  uint32_t held[32][32];
  uint8_t count[32] = {};
  uint32_t most = 0;
  for (; lanes != 0; lanes &= lanes - 1) {
    auto first = static_cast<uint32_t>(address[__builtin_ctz(lanes)] / 4);
    for (uint32_t word = first; word < first + words; ++word) {
      uint32_t bank = word % 32, n = count[bank];
      uint32_t* in_bank = held[bank];
      if (std::find(in_bank, in_bank + n, word) != in_bank + n) continue;
      in_bank[n] = word;
      count[bank] = static_cast<uint8_t>(n + 1);
      most = std::max(most, n + 1);
    }
  }
  return most;
}

// The model of atomics: a bank takes one lane after another, at one address or at several.
uint32_t bank_turns(const uint64_t* address, uint32_t lanes, uint32_t words) {
  uint32_t count[32] = {}, most = 0;
  for (; lanes != 0; lanes &= lanes - 1) {
    uint64_t first = address[__builtin_ctz(lanes)] / 4;
    for (uint64_t word = first; word < first + words; ++word) {
      most = std::max(most, ++count[word % 32]);
    }
  }
  return most;
}

// 64-bit accesses go by half-warps and 128-bit ones by quarters. One phase without conflicts is one
// wavefront, for its lanes ask for at most 128 distinct bytes.
template <OpKind K>
void count_shared(LaunchCounts& sums, Counters::OpCount& op, const uint64_t* address,
                  uint32_t lanes, uint32_t bytes) {
  SharedTraffic& to = K == OpKind::kLoad    ? sums.shared_load
                      : K == OpKind::kStore ? sums.shared_store
                                            : sums.shared_atomic;
  uint32_t phase = bytes >= 4 ? 128 / bytes : 32, words = std::max(1u, bytes / 4);
  uint32_t phase_lanes = phase == 32 ? kFullMask : (1u << phase) - 1;
  uint32_t wavefronts = 0, ideal = 0;
  for (uint32_t first = 0; first < 32; first += phase) {
    uint32_t now = lanes & phase_lanes << first;
    if (now == 0) continue;
    ideal += 1;
    wavefronts += K == OpKind::kAtomic ? bank_turns(address, now, words)
                                       : bank_wavefronts(address, now, words);
  }
  to.requests += 1;
  to.threads += lanes_of(lanes);
  to.wavefronts += wavefronts;
  to.ideal += ideal;
  op.wavefronts += wavefronts;
  op.ideal += ideal;
}

// --- Either --------------------------------------------------------------------------------------

// Where a generic address leads; one in shared memory becomes an offset.
AccessSpace resolve(uint64_t* address) {
  constexpr uint64_t kWindow = uint64_t{1} << 56;
  auto inside = [&](uint64_t base) { return *address - base < kWindow; };
  if (inside(kSharedWindow)) return *address -= kSharedWindow, kSharedSpace;
  if (inside(kLocalWindow)) return kLocalSpace;
  if (inside(kParamWindow)) return kParamSpace;
  return kGlobalSpace;
}

InstructionClass class_of(OpKind kind, AccessSpace space) {
  using Class = InstructionClass;
  if (kind == OpKind::kAtomic) return Class::kAtomic;
  bool loads = kind == OpKind::kLoad;
  switch (space) {
    case kGlobalSpace:
      return loads ? Class::kGlobalLoad : Class::kGlobalStore;
    case kSharedSpace:
      return loads ? Class::kSharedLoad : Class::kSharedStore;
    case kParamSpace:
      return Class::kParameter;
    default:
      return loads ? Class::kLocalLoad : Class::kLocalStore;
  }
}

INLINE void count_class(Warp& w, InstructionClass kind, uint32_t lanes) {
  ClassCount& count = w.block->counters->sums.classes[static_cast<size_t>(kind)];
  count.warps += 1;
  count.threads += lanes;
}

template <OpKind K>
const Op* counted_access(Warp& w, const Op* op) {
  InstructionClass kind = w.block->grid->counted->info[static_cast<size_t>(op - w.code)].kind;
  uint32_t active = w.active, width = access_bytes(*op);
  if (kind == InstructionClass::kConstantLoad || kind == InstructionClass::kParameter) {
    count_instruction(w, op, lanes_of(active));
    count_class(w, kind, lanes_of(active));
    return run_inner(w, op);
  }
  alignas(64) uint64_t address[32];
  SIMGPU_ISA::lane_addresses(w, op, address);  // before a load may overwrite its own address
  const Op* next = run_inner(w, op);
  if (next == nullptr) return next;  // a fault: what follows needs addresses that exist
  auto first_space = static_cast<AccessSpace>(op->y);
  uint32_t global = first_space == kGlobalSpace ? active : 0;
  uint32_t shared = first_space == kSharedSpace ? active : 0;
  if (first_space == kGenericSpace) {
    first_space = kLocalSpace;
    for (uint32_t rest = active; rest != 0; rest &= rest - 1) {
      auto lane = static_cast<uint32_t>(__builtin_ctz(rest));
      AccessSpace space = resolve(&address[lane]);
      if (rest == active) first_space = space;
      if (space == kGlobalSpace) global |= 1u << lane;
      if (space == kSharedSpace) shared |= 1u << lane;
    }
  }
  Counters::OpCount& count = count_instruction(w, op, lanes_of(active));
  count_class(w, class_of(K, first_space), lanes_of(active));
  Counters& counters = *w.block->counters;
  if (global != 0) count_global<K>(counters, count, address, global, width);
  if (shared != 0) count_shared<K>(counters.sums, count, address, shared, width);
  return next;
}

const Op* counted_discard(Warp& w, const Op* op) {
  alignas(64) uint64_t address[32];
  SIMGPU_ISA::lane_addresses(w, op, address);
  uint32_t active = w.active;
  const Op* next = run_inner(w, op);
  count_instruction(w, op, lanes_of(active));
  L2Cache* cache = w.block->counters->cache;
  for (uint32_t rest = cache != nullptr ? active : 0; rest != 0; rest &= rest - 1) {
    cache->discard(address[__builtin_ctz(rest)]);
  }
  return next;
}

}  // namespace

Handler counting_handler(OpKind kind, bool stands) {
  switch (kind) {
    case OpKind::kBranchIf:
      return stands ? counted_branch<true> : counted_branch<false>;
    case OpKind::kBranchIndexed:
      return stands ? counted_choice<true> : uncounted;
    case OpKind::kCall:
    case OpKind::kReturn:
      return stands ? counted_choice<false> : uncounted;
    case OpKind::kDiscard:
      return stands ? counted_discard : uncounted;
    case OpKind::kLoad:
      return stands ? counted_access<OpKind::kLoad> : uncounted;
    case OpKind::kStore:
      return stands ? counted_access<OpKind::kStore> : uncounted;
    case OpKind::kAtomic:
      return stands ? counted_access<OpKind::kAtomic> : uncounted;
    default:
      return stands ? counted_plain : uncounted;
  }
}

}  // namespace simgpu

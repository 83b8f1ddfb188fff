// The handlers of a launch that is counted: each counts its operation, then runs the operation's
// own handler (or the checked one).
#include <algorithm>

#include "block.h"
#include "counts.h"
#include "isa_tables.h"
#include "lane_addresses.h"

namespace simgpu {
namespace {

enum class OpKind {
  kPlain,
  kSkipped,
  kLoad,
  kStore,
  kAtomic,
  kParameter,
  kBranch,
  kBranchIf,
  kBranchIndexed,
  kCall,
  kReturn,
  kExit,
  kTrap,
  kBarrier,
  kMeeting
};

INLINE const Op* run_inner(Warp& w, const Op* op) {
  const Program& program = *w.program;
  auto index = static_cast<size_t>(op - w.code);
  bool checked = w.block->grid->checker != nullptr;
  return (checked ? program.checked_code : program.code)[index].fn(w, op);
}

const Op* uncounted(Warp& w, const Op* op) { return run_inner(w, op); }

INLINE const CountedCode::Info& info_of(const Warp& w, const Op* op) {
  return w.block->grid->counted->info[static_cast<size_t>(op - w.code)];
}

INLINE uint32_t lanes_of(uint32_t mask) { return static_cast<uint32_t>(__builtin_popcount(mask)); }

INLINE void count_instruction(Warp& w, InstructionClass kind, uint32_t lanes) {
  ClassCount& count = w.block->counters->sums.classes[static_cast<size_t>(kind)];
  count.warps += 1;
  count.threads += lanes;
}

const Op* counted_plain(Warp& w, const Op* op) {
  const CountedCode::Info& info = info_of(w, op);
  uint32_t lanes = lanes_of(w.active);
  count_instruction(w, info.kind, lanes);
  if (info.flops != 0) {
    LaunchCounts& sums = w.block->counters->sums;
    uint64_t& flops = info.kind == InstructionClass::kDouble ? sums.flops_double
                      : info.kind == InstructionClass::kHalf ? sums.flops_half
                                                             : sums.flops_single;
    flops += uint64_t{lanes} * info.flops;
  }
  return run_inner(w, op);
}

// A branch under a guard; of an instruction that is itself none (a guarded ret, bar.sync) only the
// parting counts.
template <bool Counts>
const Op* counted_branch(Warp& w, const Op* op) {
  uint32_t before = w.mask;
  const Op* next = run_inner(w, op);
  LaunchCounts& sums = w.block->counters->sums;
  if (Counts) count_instruction(w, InstructionClass::kControl, lanes_of(before));
  sums.branches += 1;
  if (w.mask != before) sums.divergent_branches += 1;
  return next;
}

// Calls, returns and indexed branches: lanes that go elsewhere stay at the operation, come to it
// again, and count then.
template <bool Branches>
const Op* counted_choice(Warp& w, const Op* op) {
  uint32_t before = w.mask;
  InstructionClass kind = info_of(w, op).kind;
  LaunchCounts& sums = w.block->counters->sums;
  const Op* next = run_inner(w, op);
  count_instruction(w, kind, lanes_of(w.mask));
  if (Branches) sums.branches += 1;
  if (w.mask != before) sums.divergent_branches += 1;
  return next;
}

uint32_t distinct_sectors(const uint64_t* address, uint32_t lanes) {
  uint64_t sectors[32];
  uint32_t count = 0;
  bool ascending = true;
  for (; lanes != 0; lanes &= lanes - 1) {
    uint64_t sector = address[__builtin_ctz(lanes)] / 32;
    if (count != 0 && sectors[count - 1] == sector) continue;
    ascending &= count == 0 || sectors[count - 1] < sector;
    sectors[count++] = sector;
  }
  if (ascending) return count;
  std::sort(sectors, sectors + count);
  return static_cast<uint32_t>(std::unique(sectors, sectors + count) - sectors);
}

// The most distinct words that one of the 32 banks must give to these lanes.
uint32_t bank_wavefronts(const uint64_t* address, uint32_t lanes, uint32_t words) {
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

// 64-bit accesses go by half-warps and 128-bit ones by quarters. One phase without conflicts is one
// wavefront, for its lanes ask for at most 128 distinct bytes.
void count_shared(SharedTraffic& to, const uint64_t* address, uint32_t lanes, uint32_t bytes) {
  uint32_t phase = bytes >= 4 ? 128 / bytes : 32;
  uint32_t phase_lanes = phase == 32 ? kFullMask : (1u << phase) - 1;
  to.requests += 1;
  for (uint32_t first = 0; first < 32; first += phase) {
    uint32_t now = lanes & phase_lanes << first;
    if (now == 0) continue;
    to.ideal += 1;
    to.wavefronts += bank_wavefronts(address, now, std::max(1u, bytes / 4));
  }
}

void count_global(GlobalTraffic& to, TouchedBytes& touched, const uint64_t* address, uint32_t lanes,
                  uint32_t bytes) {
  to.requests += 1;
  to.sectors += distinct_sectors(address, lanes);
  to.bytes += uint64_t{lanes_of(lanes)} * bytes;
  for (; lanes != 0; lanes &= lanes - 1) touched.touch(address[__builtin_ctz(lanes)], bytes);
}

AccessSpace resolve(AccessSpace space, uint64_t* address) {
  if (space != kGenericSpace) return space;
  constexpr uint64_t kWindow = uint64_t{1} << 56;
  auto inside = [&](uint64_t base) { return *address - base < kWindow; };
  if (inside(kSharedWindow)) return *address -= kSharedWindow, kSharedSpace;
  if (inside(kLocalWindow)) return kLocalSpace;
  if (inside(kParamWindow)) return kParamSpace;
  return kGlobalSpace;
}

template <OpKind K>
const Op* counted_access(Warp& w, const Op* op) {
  using Class = InstructionClass;
  InstructionClass kind = info_of(w, op).kind;
  uint32_t active = w.active, bytes = access_bytes(*op);
  if (kind == Class::kConstantLoad || kind == Class::kParameter) {
    count_instruction(w, kind, lanes_of(active));
    return run_inner(w, op);
  }
  alignas(64) uint64_t address[32];
  SIMGPU_ISA::lane_addresses(w, op, address);  // before a load may overwrite its own address
  const Op* next = run_inner(w, op);
  if (next == nullptr) return next;  // a fault: what follows needs addresses that exist
  uint32_t global = 0, shared = 0, first_space = kLocalSpace;
  for (uint32_t rest = active; rest != 0; rest &= rest - 1) {
    auto lane = static_cast<uint32_t>(__builtin_ctz(rest));
    AccessSpace space = resolve(static_cast<AccessSpace>(op->y), &address[lane]);
    if (rest == active) first_space = space;
    if (space == kGlobalSpace) global |= 1u << lane;
    if (space == kSharedSpace) shared |= 1u << lane;
  }
  constexpr bool kLoads = K == OpKind::kLoad;
  if (K != OpKind::kAtomic) {
    kind = first_space == kGlobalSpace   ? (kLoads ? Class::kGlobalLoad : Class::kGlobalStore)
           : first_space == kSharedSpace ? (kLoads ? Class::kSharedLoad : Class::kSharedStore)
           : first_space == kParamSpace  ? Class::kParameter
                                         : (kLoads ? Class::kLocalLoad : Class::kLocalStore);
  }
  count_instruction(w, kind, lanes_of(active));
  Counters& counters = *w.block->counters;
  LaunchCounts& sums = counters.sums;
  if (global != 0) {
    if (K == OpKind::kAtomic) {
      count_global(sums.global_atomic, counters.changed, address, global, bytes);
    } else if (kLoads) {
      count_global(sums.global_load, counters.loaded, address, global, bytes);
    } else {
      count_global(sums.global_store, counters.stored, address, global, bytes);
    }
  }
  if (shared != 0) {
    if (K == OpKind::kAtomic) {
      sums.shared_atomics += 1;
      sums.shared_atomic_threads += lanes_of(shared);
    } else {
      count_shared(kLoads ? sums.shared_load : sums.shared_store, address, shared, bytes);
    }
  }
  return next;
}

// --- What to count -------------------------------------------------------------------------------

OpKind kind_of(std::string_view key) {
  auto begins = [&](std::string_view with) { return key.substr(0, with.size()) == with; };
  if (begins("ld.parameter.")) return OpKind::kParameter;
  if (begins("ld.")) return OpKind::kLoad;
  if (begins("st.")) return OpKind::kStore;
  if (begins("atom.")) return OpKind::kAtomic;
  static const std::unordered_map<std::string_view, OpKind> kKinds = {
      {"@bra", OpKind::kBranch},         {"@bra.if", OpKind::kBranchIf},
      {"@brx", OpKind::kBranchIndexed},  {"@call", OpKind::kCall},
      {"@call.indirect", OpKind::kCall}, {"@printf", OpKind::kCall},
      {"@assert", OpKind::kCall},        {"@ret", OpKind::kReturn},
      {"@exit", OpKind::kExit},          {"@trap", OpKind::kTrap},
      {"@barrier", OpKind::kBarrier},    {"@meeting", OpKind::kMeeting},
      {"@join", OpKind::kSkipped},       {"@guard", OpKind::kSkipped},
      {"@unguard", OpKind::kSkipped},    {"@copy.parameter", OpKind::kSkipped}};
  auto found = kKinds.find(key);
  return found == kKinds.end() ? OpKind::kPlain : found->second;
}

struct Words {
  explicit Words(const std::string& text) {
    for (size_t at = 0; at <= text.size();) {
      size_t end = std::min(text.find('.', at), text.size());
      all.push_back(text.substr(at, end - at));
      at = end + 1;
    }
  }
  bool has(std::string_view word) const {
    return std::find(all.begin(), all.end(), word) != all.end();
  }
  bool named(std::initializer_list<std::string_view> names) const {
    return std::find(names.begin(), names.end(), all[0]) != names.end();
  }
  std::vector<std::string> all;
};

CountedCode::Info classify(const Words& words) {
  using Class = InstructionClass;
  if (words.named({"ld", "ldu"})) {
    if (words.has("const")) return {Class::kConstantLoad, 0};
    for (const std::string& w : words.all) {
      if (w.substr(0, 5) == "param") return {Class::kParameter, 0};
    }
    return {Class::kGlobalLoad, 0};  // the space is known when it runs
  }
  if (words.named({"st"})) {
    for (const std::string& w : words.all) {
      if (w.substr(0, 5) == "param") return {Class::kParameter, 0};
    }
    return {Class::kGlobalStore, 0};
  }
  if (words.named({"atom", "red"})) return {Class::kAtomic, 0};
  if (words.named({"bra", "brx", "call", "ret", "exit", "trap", "brkpt"})) {
    return {Class::kControl, 0};
  }
  if (words.named({"bar", "barrier"})) {
    return {words.has("warp") ? Class::kWarp : Class::kBarrier, 0};
  }
  if (words.named({"shfl", "vote", "match", "redux", "elect", "activemask"})) {
    return {Class::kWarp, 0};
  }
  if (words.named({"fence", "membar"})) return {Class::kFence, 0};
  if (words.named({"cvt"})) return {Class::kConvert, 0};
  if (words.named({"mov", "selp", "cvta", "isspacep"})) return {Class::kMove, 0};
  if (words.named({"nanosleep", "prefetch", "prefetchu", "pmevent", "discard", "applypriority"})) {
    return {Class::kOther, 0};
  }
  bool approximate = words.named({"rcp", "rsqrt", "sqrt", "sin", "cos", "lg2", "ex2", "tanh"});
  if (approximate) return {Class::kSpecial, 0};
  // Of several types the first is that of the result (set) or of all (setp, slct).
  for (const std::string& w : words.all) {
    bool pair = w == "f16x2" || w == "bf16x2";
    bool half = pair || w == "f16" || w == "bf16";
    if (!half && w != "f32" && w != "f64") continue;
    unsigned flops = words.named({"fma", "mad"}) ? 2 : words.named({"add", "sub", "mul"}) ? 1 : 0;
    return {half         ? Class::kHalf
            : w == "f64" ? Class::kDouble
                         : Class::kFloat,
            static_cast<uint8_t>(pair ? 2 * flops : flops)};
  }
  return {Class::kInteger, 0};
}

// Which of an instruction's operations stands for it.
std::vector<uint32_t> chosen(const Words& words, const std::vector<uint32_t>& ops,
                             const std::vector<OpKind>& kinds) {
  std::vector<uint32_t> result;
  auto all_of = [&](std::initializer_list<OpKind> wanted) {
    for (uint32_t i : ops) {
      if (std::find(wanted.begin(), wanted.end(), kinds[i]) != wanted.end()) result.push_back(i);
    }
  };
  auto first_of = [&](std::initializer_list<OpKind> wanted) {
    all_of(wanted);
    if (!result.empty()) result.resize(1);
  };
  if (words.named({"ld", "ldu", "st", "atom", "red"})) {
    first_of({OpKind::kLoad, OpKind::kStore, OpKind::kAtomic, OpKind::kParameter});
  } else if (words.named({"bra"})) {
    first_of({OpKind::kBranchIf});  // a jump behind it is the layout's
    if (result.empty()) first_of({OpKind::kBranch});
  } else if (words.named({"brx"})) {
    first_of({OpKind::kBranchIndexed});
  } else if (words.named({"call"})) {
    first_of({OpKind::kCall});
  } else if (words.named({"ret"})) {
    all_of({OpKind::kReturn});  // one more where it is a function's last instruction
  } else if (words.named({"exit"})) {
    all_of({OpKind::kExit});
  } else if (words.named({"trap", "brkpt"})) {
    all_of({OpKind::kTrap});
  } else if (words.named({"bar", "barrier"})) {
    first_of({OpKind::kBarrier, OpKind::kMeeting});
  } else if (words.named({"shfl", "vote", "match", "redux", "elect"})) {
    first_of({OpKind::kMeeting});
  } else {
    all_of({OpKind::kPlain});
    if (!result.empty()) result = {result.back()};
  }
  return result;
}

Handler counting(OpKind kind, bool stands) {
  switch (kind) {
    case OpKind::kBranchIf:
      return stands ? counted_branch<true> : counted_branch<false>;
    case OpKind::kBranchIndexed:
      return stands ? counted_choice<true> : nullptr;
    case OpKind::kCall:
    case OpKind::kReturn:
      return stands ? counted_choice<false> : nullptr;
    case OpKind::kLoad:
      return stands ? counted_access<OpKind::kLoad> : nullptr;
    case OpKind::kStore:
      return stands ? counted_access<OpKind::kStore> : nullptr;
    case OpKind::kAtomic:
      return stands ? counted_access<OpKind::kAtomic> : nullptr;
    default:
      return stands ? counted_plain : nullptr;
  }
}

std::shared_ptr<const CountedCode> make_counted(const Program& program) {
  static const auto* const kKinds = [] {
    auto* kinds = new std::unordered_map<Handler, OpKind>;
    OpTable::instance().each(
        [&](const OpEntry& entry) { kinds->emplace(entry.fn, kind_of(entry.key)); });
    return kinds;
  }();
  auto counted = std::make_shared<CountedCode>();
  counted->code = program.code;
  counted->info.resize(program.code.size());
  std::vector<OpKind> kinds;
  std::vector<std::vector<uint32_t>> ops(program.sources.size());
  for (const Op& op : program.code) {
    ops[op.source].push_back(static_cast<uint32_t>(kinds.size()));
    kinds.push_back(kKinds->at(op.fn));
  }
  std::vector<bool> stands(kinds.size());
  for (size_t source = 0; source < ops.size(); ++source) {
    Words words(program.sources[source].text);
    CountedCode::Info info = classify(words);
    for (uint32_t i : ops[source]) counted->info[i] = info;
    for (uint32_t i : chosen(words, ops[source], kinds)) stands[i] = true;
  }
  for (size_t i = 0; i < kinds.size(); ++i) {
    Handler handler = counting(kinds[i], stands[i]);
    counted->code[i].fn = handler != nullptr ? handler : uncounted;
  }
  return counted;
}

}  // namespace

const CountedCode& counted_code(const Program& program) {
  std::call_once(program.counted_once, [&] { program.counted = make_counted(program); });
  return *program.counted;
}

}  // namespace simgpu

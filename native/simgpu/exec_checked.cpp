// The handlers of a checked launch: each looks at what its operation will touch, then runs the
// operation's own handler. An access that is out of bounds is left to that handler's report.
#include <cinttypes>
#include <cstdio>

#include "checked_access.h"
#include "isa_tables.h"
#include "lane_addresses.h"

namespace simgpu {
namespace {

Handler plain_handler(const Warp& w, const Op* op) {
  return w.program->code[static_cast<size_t>(op - w.code)].fn;
}

const char* space_name(AccessSpace space) {
  return space == kSharedSpace ? "shared" : space == kLocalSpace ? "local" : "global";
}

std::string access_text(const Access& a, const Spot& spot) {
  char text[96];
  std::snprintf(text, sizeof text, "%u-byte %s at %s address 0x%" PRIx64, a.bytes,
                a.reads && a.writes ? "atomic access"
                : a.writes          ? "write"
                                    : "read",
                space_name(spot.space), spot.address);
  return text;
}

bool report_unwritten(const Access& a, const Spot& spot, uint32_t lane, uint64_t byte) {
  std::string text = "uninitialized " + access_text(a, spot) + ": nothing wrote ";
  text += byte == spot.address ? "it" : "its byte " + std::to_string(byte - spot.address);
  text += spot.space == kGlobalSpace  ? ", " + a.w.memory->describe(byte)
          : spot.space == kLocalSpace ? " in this thread"
                                      : " in this block";
  fail(a.w, a.op, FaultKind::kUninitializedRead, lane, text);
  return false;
}

bool report_race(const Access& a, const Spot& spot, uint32_t lane, const Segment& other,
                 uint32_t other_lane, uint32_t other_source, const char* what) {
  const BlockCheck& check = a.check;
  std::string why = other.block != check.id ? "blocks of a launch are ordered by fences with "
                                              "atomics alone, and these are not"
                    : other.warp == a.w.index
                        ? "lanes of a warp are ordered by __syncwarp and __syncthreads alone"
                        : "no barrier lies between them, nor fences with an atomic";
  fail(a.w, a.op, FaultKind::kRace, lane,
       "race: this " + access_text(a, spot) + " is not ordered after " +
           describe_access(*check.block, other, other_lane, other_source, what) + ": " + why);
  return false;
}

// Strong accesses do not race with each other where the scope of both takes in both threads.
bool both_strong(const Access& a, uint32_t other_scope, const Segment& other) {
  if (a.scope == kWeak || other_scope == kWeak) return false;
  return other.block == a.check.id || (a.scope >= kScopeDevice && other_scope >= kScopeDevice);
}

bool check_write(Access& a, Cell& c, const Spot& spot, uint32_t lane) {
  BlockCheck& check = a.check;
  const std::vector<Segment>& segments = check.checker->segments;
  if (c.written != 0 && (c.written != a.segment || c.write_lane != lane) &&
      !older(check, spot, c.written)) {
    const Segment& other = segments[c.written];
    if (!both_strong(a, c.write_scope, other) &&
        !check.ordered(other, c.write_lane, a.w.index, lane)) {
      return report_race(a, spot, lane, other, c.write_lane, c.write_source, "write");
    }
  }
  bool mine = c.readers == Cell::kOneWarp && c.read == a.segment && c.read_lanes == 1u << lane;
  if (c.read != 0 && !mine && !reads_older(check, spot, c)) {
    const Segment& other = segments[c.read];
    if (!both_strong(a, c.read_scope, other) && !check.readers_ordered(c, a.w.index, lane)) {
      bool own_warp = other.block == check.id && other.warp == a.w.index;
      uint32_t others = own_warp ? c.read_lanes & ~(1u << lane) : c.read_lanes;
      return report_race(a, spot, lane, other,
                         static_cast<uint32_t>(__builtin_ctz(others != 0 ? others : c.read_lanes)),
                         c.read_source, others != 0 ? "read" : "read, one of several,");
    }
  }
  c.written = a.segment;
  c.write_lane = static_cast<uint8_t>(lane);
  c.write_source = a.op->source;
  c.write_scope = a.scope;
  c.read = 0;
  return true;
}

template <class Test>
bool for_all(uint32_t lanes, Test test) {
  for (; lanes != 0; lanes &= lanes - 1) {
    if (!test(static_cast<uint32_t>(__builtin_ctz(lanes)))) return false;
  }
  return true;
}

// Lanes that read one cell together.
INLINE bool check_read(Access& a, Cell& c, const Spot& spot, uint32_t lanes) {
  BlockCheck& check = a.check;
  const std::vector<Segment>& segments = check.checker->segments;
  if (c.written != 0 && !older(check, spot, c.written)) {
    const Segment& other = segments[c.written];
    bool fine = both_strong(a, c.write_scope, other) || for_all(lanes, [&](uint32_t lane) {
                  return check.ordered(other, c.write_lane, a.w.index, lane) ||
                         report_race(a, spot, lane, other, c.write_lane, c.write_source, "write");
                });
    if (!fine) return false;
  }
  if (c.read == a.segment && c.readers == Cell::kOneWarp) {
    c.read_lanes |= lanes;
    c.read_scope = std::min<uint8_t>(c.read_scope, a.scope);
    return true;
  }
  uint8_t readers = Cell::kOneWarp;
  uint32_t segment = a.segment, source = a.op->source;
  uint8_t scope = a.scope;
  if (c.read != 0 && !reads_older(check, spot, c) && !for_all(lanes, [&](uint32_t lane) {
        return check.readers_ordered(c, a.w.index, lane);
      })) {  // both must be remembered
    const Segment& other = segments[c.read];
    scope = std::min<uint8_t>(scope, c.read_scope);
    segment = c.read;  // the older of both: lanes of a warp may be ordered after it alone, and for
                       // a report it is more often the other one
    source = c.read_source;
    if (c.readers == Cell::kManyBlocks || other.block != check.id) {
      readers = Cell::kManyBlocks;
      lanes = c.read_lanes;
    } else if (c.readers == Cell::kOneBlock || other.warp != a.w.index) {
      readers = Cell::kOneBlock;
      lanes = c.read_lanes;
    } else {
      lanes |= c.read_lanes;
    }
  }
  c.read = segment;
  c.read_lanes = lanes;
  c.read_source = source;
  c.read_scope = scope;
  c.readers = readers;
  return true;
}

bool check_non_coherent(const Access& a, Cell& c, const Spot& spot, uint32_t lane) {
  const Program& program = *a.w.program;
  if (a.writes && c.non_coherent != 0) {
    const SourceLine& line = program.sources[c.non_coherent - 1];
    fail(a.w, a.op, FaultKind::kReadOnlyWritten, lane,
         access_text(a, spot) + " of data that this launch reads through .nc, at PTX line " +
             std::to_string(line.ptx_line) + " (" + line.text +
             "): such data must not change while the kernel runs (const __restrict__, __ldg)");
    return false;
  }
  if (!a.non_coherent) return true;
  if (c.written != 0) {
    const Segment& other = a.check.checker->segments[c.written];
    fail(a.w, a.op, FaultKind::kReadOnlyWritten, lane,
         access_text(a, spot) + " through .nc of what this launch wrote before, by " +
             describe_access(*a.check.block, other, c.write_lane, c.write_source, "write") +
             ": such data must not change while the kernel runs (const __restrict__, __ldg)");
    return false;
  }
  c.non_coherent = a.op->source + 1;
  return true;
}

// An access of one lane, or a read of several, to the cells that it covers.
INLINE bool check_cells(Access& a, Cells& cells, uint64_t offset, const Spot& spot,
                        uint32_t lanes) {
  uint32_t count, lane = static_cast<uint32_t>(__builtin_ctz(lanes));
  Cell* c = cells.at(offset, a.bytes, &count);
  for (uint32_t i = 0; i < count; ++i) {
    if (spot.space == kGlobalSpace && (a.non_coherent || c[i].non_coherent != 0) &&
        !check_non_coherent(a, c[i], spot, lane)) {
      return false;
    }
    if (!(a.writes ? check_write(a, c[i], spot, lane) : check_read(a, c[i], spot, lanes))) {
      return false;
    }
  }
  return true;
}

INLINE bool check_written_bytes(const Access& a, uint8_t* written, const Spot& spot,
                                uint32_t lane) {
  if (a.reads && !all_written(written, a.bytes)) {
    uint32_t i = 0;
    while (written[i] != 0) ++i;
    return report_unwritten(a, spot, lane, spot.address + i);
  }
  if (a.writes) std::memset(written, 1, a.bytes);
  return true;
}

INLINE bool check_global(Access& a, const Spot& spot, uint32_t lanes) {
  DeviceMemory& memory = *a.w.memory;
  uint64_t offset = spot.address - kDeviceBase;
  auto lane = static_cast<uint32_t>(__builtin_ctz(lanes));
  if (a.bytes <= 8) {  // within one byte of bits, for the access is aligned
    uint8_t& bits = memory.written_bits()[offset / 8];
    auto mask = static_cast<uint8_t>((0xFFu >> (8 - a.bytes)) << offset % 8);
    if (a.reads && (bits & mask) != mask) {
      return report_unwritten(a, spot, lane, memory.first_unwritten(spot.address, a.bytes));
    }
    if (a.writes) bits |= mask;
  } else {
    uint64_t unwritten = a.reads ? memory.first_unwritten(spot.address, a.bytes) : 0;
    if (a.reads && unwritten != spot.address + a.bytes) {
      return report_unwritten(a, spot, lane, unwritten);
    }
    if (a.writes) memory.mark_written(spot.address, a.bytes);
  }
  Cells& cells = a.check.checker->cells(spot.address);
  return check_cells(a, cells, offset % Checker::Impl::kChunk, spot, lanes);
}

// Several lanes only where they read one address of global or shared memory.
INLINE bool check_lanes(Access& a, const Spot& spot, uint32_t lanes) {
  auto lane = static_cast<uint32_t>(__builtin_ctz(lanes));
  switch (spot.space) {
    case kGlobalSpace:
      if (!check_global(a, spot, lanes)) return false;
      break;
    case kSharedSpace:
      if (!check_written_bytes(a, &a.check.shared_written[spot.address], spot, lane) ||
          !check_cells(a, a.check.shared_cells, spot.address, spot, lanes)) {
        return false;
      }
      break;
    case kLocalSpace: {
      uint8_t* written = a.check.local_written(a.w) + spot.address;
      return for_all(lanes, [&](uint32_t l) {
        return check_written_bytes(a, written + l * a.w.local_bytes, spot, l);
      });
    }
    default:
      return true;
  }
  if (a.scope == kWeak) return true;
  return for_all(lanes, [&](uint32_t l) {
    a.check.passed_on(a.w.index, l, spot.address, spot.space == kGlobalSpace, a.scope, a.reads,
                      a.writes);
    return true;
  });
}

// All lanes' addresses aligned and in bounds.
bool in_bounds(Warp& w, const Op* op, const uint64_t* address, uint32_t bytes) {
  View view{1, 0, nullptr, 0};
  for (uint32_t rest = w.active; rest != 0; rest &= rest - 1) {
    uint64_t at = address[__builtin_ctz(rest)];
    if (at < view.begin || at >= view.end) {
      view = find_view(w, op, static_cast<AccessSpace>(op->y), at);
    }
    if ((at & (bytes - 1)) != 0 || at < view.begin || at >= view.end || view.end - at < bytes) {
      return false;
    }
  }
  return true;
}

// AtOnce: whether its lanes may be looked at together.
template <Kind K, bool AtOnce = K != Kind::kAtomic>
const Op* checked_access(Warp& w, const Op* op) {
  alignas(64) uint64_t address[32];
  SIMGPU_ISA::lane_addresses(w, op, address);
  Access a{w,
           op,
           *w.block->check,
           access_bytes(*op),
           K != Kind::kStore,
           K != Kind::kLoad,
           K == Kind::kLoad && access_non_coherent(*op),
           access_scope(*op)};
  auto space = static_cast<AccessSpace>(op->y);
  if constexpr (AtOnce) {
    if (check_at_once<K>(a, address)) return plain_handler(w, op)(w, op);
  }
  if (!in_bounds(w, op, address, a.bytes)) return plain_handler(w, op)(w, op);
  a.segment = a.check.segment(w.index);
  for (uint32_t rest = w.active; rest != 0;) {
    uint32_t lanes = rest & -rest;
    uint64_t at = address[__builtin_ctz(lanes)];
    rest &= rest - 1;
    if (K == Kind::kLoad) {  // the lanes that follow at the same address
      for (; rest != 0 && address[__builtin_ctz(rest)] == at; rest &= rest - 1) {
        lanes |= rest & -rest;
      }
    }
    if (!check_lanes(a, resolve(space, at), lanes)) return nullptr;
  }
  return plain_handler(w, op)(w, op);
}

const Op* checked_fence(Warp& w, const Op* op) {
  if (op->w != kWeak) w.block->check->fence(w, static_cast<Scope>(op->w));
  return plain_handler(w, op)(w, op);
}

// A parameter's bytes are as written as those they come from.
const Op* checked_copy(Warp& w, const Op* op) {
  const Op* next = plain_handler(w, op)(w, op);
  if (next == nullptr) return next;
  uint8_t* written = w.block->check->local_written(w) + w.base_local;
  for (uint32_t l = 0; l < 32; ++l) {
    if ((w.active >> l & 1) == 0) continue;
    uint8_t* frame = written + l * w.local_bytes;
    std::memcpy(frame + op->r[0], frame + op->r[1], op->imm);
  }
  return next;
}

// printf leaves its result in the frame.
const Op* checked_print(Warp& w, const Op* op) {
  const Op* next = plain_handler(w, op)(w, op);
  if (next == nullptr || op->r[5] < 0) return next;
  uint8_t* written = w.block->check->local_written(w) + w.base_local + op->r[5];
  for (uint32_t l = 0; l < 32; ++l) {
    if (w.active >> l & 1) std::memset(written + l * w.local_bytes, 1, sizeof(int32_t));
  }
  return next;
}

Handler checked_handler(std::string_view key) {
  auto begins = [&](std::string_view with) { return key.substr(0, with.size()) == with; };
  if (begins("ld.parameter.")) return nullptr;  // kernel parameters are always there
  if (begins("ld.")) return checked_access<Kind::kLoad>;
  if (begins("st.")) return checked_access<Kind::kStore>;
  if (begins("atom.")) return checked_access<Kind::kAtomic>;
  if (key == "@discard") return checked_access<Kind::kStore, false>;
  if (key == "@fence") return checked_fence;
  if (key == "@copy.parameter") return checked_copy;
  if (key == "@printf") return checked_print;
  return nullptr;
}

}  // namespace

void add_checks(Program& program) {
  static const auto* const kHandlers = [] {
    auto* handlers = new std::unordered_map<Handler, Handler>;
    OpTable::instance().each([&](const OpEntry& entry) {
      if (Handler checked = checked_handler(entry.key)) (*handlers)[entry.fn] = checked;
    });
    return handlers;
  }();
  program.checked_code = program.code;
  for (Op& op : program.checked_code) {
    auto found = kHandlers->find(op.fn);
    if (found != kHandlers->end()) op.fn = found->second;
  }
}

}  // namespace simgpu

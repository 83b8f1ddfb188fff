// Branches, calls, exits, barriers, special registers, fences: what touches the place of lanes.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>

#include "block.h"
#include "control.h"
#include "isa_tables.h"

namespace simgpu {
namespace {

// What one turn of a loop that touches shared state takes from a slice of backward branches
// (warp.cpp): such a loop may be waiting for the lanes that its slice holds up.
constexpr int32_t kSpinCost = 1024;

uint32_t* row32(const Warp& w, int32_t slot) {
  return reinterpret_cast<uint32_t*>(w.r32 + int64_t{slot} * 128);
}
uint64_t* row64(const Warp& w, int32_t slot) {
  return reinterpret_cast<uint64_t*>(w.r64 + int64_t{slot} * 256);
}

const Op* stop(Warp& w, Stop why, const Op* resume) {
  w.stop = why;
  w.resume = resume;
  return nullptr;
}

// Goes on at op index `target`, unless others must run first.
const Op* go(Warp& w, const Op* op, uint32_t target) {
  const Op* next = w.code + target;
  if (next <= op) {
    w.budget -= w.touched_shared_state ? kSpinCost : 1;
    w.touched_shared_state = false;
    if (w.budget <= 0) return stop(w, Stop::kBudget, next);
  }
  if (target >= w.other_pc) return stop(w, Stop::kReschedule, next);
  return next;
}

// Leaves `mask` of the running lanes behind as a fragment of their own at `pc`.
void split(Warp& w, uint32_t mask, uint32_t pc) {
  Fragment other = w.fragments[w.running];
  other.mask = mask;
  other.pc = pc;
  w.fragments[w.fragment_count++] = other;
  w.mask &= ~mask;
  w.active = w.fragments[w.running].mask = w.mask;
  if (pc < w.other_pc) w.other_pc = pc;
}

const Op* branch(Warp& w, const Op* op) { return go(w, op, op->target); }

const Op* branch_if(Warp& w, const Op* op) {
  uint32_t p = w.predicates[op->r[0]];
  uint32_t taken = (op->x ? ~p : p) & w.active;
  auto below = static_cast<uint32_t>(op - w.code) + 1;
  if (taken == 0) return go(w, op, below);
  if (taken == w.active) return go(w, op, op->target);
  bool target_first = op->target < below;
  split(w, target_first ? w.active & ~taken : taken, target_first ? below : op->target);
  return go(w, op, target_first ? op->target : below);
}

const Op* branch_indexed(Warp& w, const Op* op) {
  const std::vector<uint32_t>& table = w.program->branch_tables[op->imm];
  const uint32_t* index = row32(w, op->r[0]);
  auto lane = static_cast<uint32_t>(__builtin_ctz(w.active));
  uint32_t chosen = index[lane], others = 0;
  if (chosen >= table.size()) {
    return fail(w, op, FaultKind::kIllegalInstruction, lane,
                "index " + std::to_string(chosen) + " of a branch table with " +
                    std::to_string(table.size()) + " targets");
  }
  for (uint32_t l = 0; l < 32; ++l) {
    if ((w.active >> l & 1) && index[l] != chosen) others |= 1u << l;
  }
  if (others != 0) split(w, others, static_cast<uint32_t>(op - w.code));
  return others != 0 ? stop(w, Stop::kReschedule, w.code + table[chosen])
                     : go(w, op, table[chosen]);
}

const Op* join(Warp& w, const Op* op) {
  if (static_cast<uint32_t>(op - w.code) >= w.other_pc) return stop(w, Stop::kReschedule, op);
  return op + 1;
}

// A guarded operation runs between these two; without active lanes it is skipped.
const Op* guard(Warp& w, const Op* op) {
  uint32_t p = w.predicates[op->r[0]];
  w.active = w.mask & (op->x ? ~p : p);
  if (w.active != 0) return op + 1;
  w.active = w.mask;
  return op + op->imm;
}
const Op* unguard(Warp& w, const Op* op) {
  w.active = w.mask;
  return op + 1;
}

const Op* exit_lanes(Warp& w, const Op*) {
  w.live &= ~w.mask;
  w.block->lanes_exited(static_cast<uint32_t>(__builtin_popcount(w.mask)));
  w.stop = Stop::kExited;
  return nullptr;
}

const Op* after_frame_change(Warp& w, const Op* next) {
  if (w.fragment_count > 1) return stop(w, Stop::kReschedule, next);
  use_frame(w, w.fragments[w.running]);
  return next;
}

// r[0..3]: rows of the caller's frame and its local bytes; the callee's row 0 is the return place.
const Op* enter(Warp& w, const Op* op, uint32_t function) {
  const FunctionCode& callee = w.program->functions[function];
  const Grid& grid = *w.block->grid;
  Fragment& f = w.fragments[w.running];
  Fragment next = f;
  next.depth += 1;
  next.base32 += static_cast<uint32_t>(op->r[0]);
  next.base64 += static_cast<uint32_t>(op->r[1]);
  next.base_predicates += static_cast<uint32_t>(op->r[2]);
  next.base_local += static_cast<uint32_t>(op->r[3]);
  if (next.base32 + callee.slots32 > grid.rows32 || next.base64 + callee.slots64 > grid.rows64 ||
      next.base_predicates + callee.predicates > grid.row_predicates ||
      next.base_local + callee.local_bytes > grid.local_bytes) {
    return fail(w, op, FaultKind::kStackOverflow, static_cast<uint32_t>(__builtin_ctz(w.mask)),
                "stack overflow: '" + callee.name + "' is called " + std::to_string(next.depth) +
                    " calls deep");
  }
  f = next;
  enter_frame(w, callee, f, w.mask);
  auto back = static_cast<uint32_t>(op - w.code) + 1;
  auto* row = reinterpret_cast<uint32_t*>(w.file->r32 + uint64_t{f.base32} * 128);
  for (uint32_t l = 0; l < 32; ++l) {
    if (w.mask >> l & 1) row[l] = back;
  }
  return after_frame_change(w, w.code + callee.begin);
}

const Op* call(Warp& w, const Op* op) { return enter(w, op, op->target); }

const Op* call_indirect(Warp& w, const Op* op) {
  const uint64_t* pointer = row64(w, op->r[4]);
  auto lane = static_cast<uint32_t>(__builtin_ctz(w.mask));
  uint64_t chosen = pointer[lane];
  uint32_t others = 0;
  for (uint32_t l = 0; l < 32; ++l) {
    if ((w.mask >> l & 1) && pointer[l] != chosen) others |= 1u << l;
  }
  uint64_t index = (chosen - kFunctionWindow) / 16;
  if (chosen % 16 != 0 || index >= w.program->functions.size() ||
      w.program->functions[index].is_entry) {
    return fail(w, op, FaultKind::kIllegalAddress, lane,
                "a call through " + std::to_string(chosen) + ", which is no device function");
  }
  if (others != 0) split(w, others, static_cast<uint32_t>(op - w.code));
  return enter(w, op, static_cast<uint32_t>(index));
}

const Op* return_lanes(Warp& w, const Op* op) {
  Fragment& f = w.fragments[w.running];
  if (f.depth == 0) return exit_lanes(w, op);
  const uint32_t* row = row32(w, 0);
  uint32_t back = row[__builtin_ctz(w.mask)], others = 0;
  for (uint32_t l = 0; l < 32; ++l) {
    if ((w.mask >> l & 1) && row[l] != back) others |= 1u << l;
  }
  if (others != 0) split(w, others, static_cast<uint32_t>(op - w.code));
  const Op& caller = w.code[back - 1];
  f.depth -= 1;
  f.base32 -= static_cast<uint32_t>(caller.r[0]);
  f.base64 -= static_cast<uint32_t>(caller.r[1]);
  f.base_predicates -= static_cast<uint32_t>(caller.r[2]);
  f.base_local -= static_cast<uint32_t>(caller.r[3]);
  return after_frame_change(w, w.code + back);
}

// Copies imm bytes of a call parameter between two places of the lanes' frames.
const Op* copy_parameter(Warp& w, const Op* op) {
  for (uint32_t l = 0; l < 32; ++l) {
    if ((w.active >> l & 1) == 0) continue;
    uint8_t* frame = w.local + l * w.local_bytes + w.base_local;
    auto to = static_cast<uint32_t>(op->r[0]), from = static_cast<uint32_t>(op->r[1]);
    if (w.base_local + to + op->imm > w.local_bytes) {  // the callee's frame is entered only next
      return fail(w, op, FaultKind::kStackOverflow, l, "stack overflow at a call");
    }
    std::memcpy(frame + to, frame + from, op->imm);
  }
  return op + 1;
}

// r[0] destination of bar.red, r[1] number, r[2] count (else y and imm), r[3] predicate,
// x: 1 for arrive, z: reduction, w: aligned.
const Op* barrier(Warp& w, const Op* op) {
  auto lane = static_cast<uint32_t>(__builtin_ctz(w.mask));
  uint32_t number = op->r[1] >= 0 ? row32(w, op->r[1])[lane] : op->y;
  uint32_t count = op->r[2] >= 0 ? row32(w, op->r[2])[lane] : static_cast<uint32_t>(op->imm);
  if (number >= 16) {
    return fail(w, op, FaultKind::kIllegalInstruction, lane,
                "barrier " + std::to_string(number) + " does not exist: there are 0 to 15");
  }
  if (count % 32 != 0) {
    return fail(w, op, FaultKind::kIllegalInstruction, lane,
                "a barrier for " + std::to_string(count) +
                    " threads: the count must be a "
                    "multiple of 32");
  }
  auto here = static_cast<uint32_t>(op - w.code);
  if (op->w != 0) {
    for (uint32_t i = 0; i < w.fragment_count; ++i) {
      const Fragment& f = w.fragments[i];
      if (i == w.running || f.state != Fragment::kBarrier || f.barrier != number) continue;
      if (f.pc == here || w.code[f.pc].w == 0) continue;
      return fail(w, op, FaultKind::kIllegalInstruction, lane,
                  "an aligned barrier in divergent code: lanes of this warp wait for barrier " +
                      std::to_string(number) + " at another instruction, PTX line " +
                      std::to_string(w.program->sources[w.code[f.pc].source].ptx_line));
    }
  }
  Block& block = *w.block;
  block.arrive(w, op, number, count);
  if (op->z != 0) {
    block.barriers[number].yes +=
        static_cast<uint32_t>(__builtin_popcount(w.mask & w.predicates[op->r[3]]));
  }
  if (op->x != 0) {
    block.release(number);
    return op + 1;
  }
  save_running(w, here);
  Fragment& f = w.fragments[w.running];
  f.state = Fragment::kBarrier;
  f.barrier = static_cast<uint8_t>(number);
  block.release(number);
  return stop(w, Stop::kParked, op);
}

const Op* trap(Warp& w, const Op* op) {
  return fail(w, op, FaultKind::kTrap, static_cast<uint32_t>(__builtin_ctz(w.active)),
              "trap: the kernel ended itself");
}

const Op* fence(Warp& w, const Op* op) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  w.touched_shared_state = true;
  return op + 1;
}

const Op* nothing(Warp&, const Op* op) { return op + 1; }

const Op* active_mask(Warp& w, const Op* op) {
  uint32_t* d = row32(w, op->r[0]);
  for (uint32_t l = 0; l < 32; ++l) {
    if (w.active >> l & 1) d[l] = w.active;
  }
  return op + 1;
}

const Op* local_address(Warp& w, const Op* op) {
  uint64_t address = w.base_local + op->imm;
  for (uint32_t l = 0; l < 32; ++l) {
    if ((w.active >> l & 1) == 0) continue;
    if (op->x != 0) {
      row64(w, op->r[0])[l] = address;
    } else {
      row32(w, op->r[0])[l] = static_cast<uint32_t>(address);
    }
  }
  return op + 1;
}

uint64_t nanoseconds() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::steady_clock::now().time_since_epoch())
                                   .count());
}

// The special registers that differ from lane to lane; `first` is the thread of lane 0.
void lane_values(SpecialRegister id, uint32_t first, const Dim3& size, uint64_t* values) {
  bool line = size.y == 1 && size.z == 1;
  for (uint32_t l = 0; l < 32; ++l) {
    uint32_t thread = first + l;
    switch (id) {
      case SpecialRegister::kTidX:
        values[l] = line ? thread : thread % size.x;
        break;
      case SpecialRegister::kTidY:
        values[l] = line ? 0 : thread / size.x % size.y;
        break;
      case SpecialRegister::kTidZ:
        values[l] = line ? 0 : thread / size.x / size.y;
        break;
      case SpecialRegister::kLaneid:
        values[l] = l;
        break;
      case SpecialRegister::kLanemaskEq:
        values[l] = 1u << l;
        break;
      case SpecialRegister::kLanemaskLt:
        values[l] = (1u << l) - 1;
        break;
      case SpecialRegister::kLanemaskLe:
        values[l] = (2u << l) - 1;
        break;
      case SpecialRegister::kLanemaskGe:
        values[l] = ~((1u << l) - 1);
        break;
      default:
        values[l] = ~((2u << l) - 1);
        break;  // kLanemaskGt
    }
  }
}

const Op* special_register(Warp& w, const Op* op) {
  const Block& block = *w.block;
  const Launch& launch = *block.grid->launch;
  const Dim3& size = launch.block;
  auto id = static_cast<SpecialRegister>(op->x);
  uint64_t value = 0;
  bool by_lane = false;
  switch (id) {
    case SpecialRegister::kNtidX:
      value = size.x;
      break;
    case SpecialRegister::kNtidY:
      value = size.y;
      break;
    case SpecialRegister::kNtidZ:
      value = size.z;
      break;
    case SpecialRegister::kCtaidX:
      value = block.x;
      break;
    case SpecialRegister::kCtaidY:
      value = block.y;
      break;
    case SpecialRegister::kCtaidZ:
      value = block.z;
      break;
    case SpecialRegister::kNctaidX:
      value = launch.grid.x;
      break;
    case SpecialRegister::kNctaidY:
      value = launch.grid.y;
      break;
    case SpecialRegister::kNctaidZ:
      value = launch.grid.z;
      break;
    case SpecialRegister::kWarpid:
      value = w.index;
      break;
    case SpecialRegister::kNwarpid:
      value = block.order.size();
      break;
    case SpecialRegister::kSmid:
      value = block.linear % static_cast<uint64_t>(w.program->sm_count);
      break;
    case SpecialRegister::kNsmid:
      value = static_cast<uint64_t>(w.program->sm_count);
      break;
    case SpecialRegister::kClock:
    case SpecialRegister::kTimer:
      value = nanoseconds();
      break;
    case SpecialRegister::kClockHigh:
      value = nanoseconds() >> 32;
      break;
    case SpecialRegister::kDynamicShared:
      value = launch.dynamic_shared;
      break;
    case SpecialRegister::kTotalShared:
      value = block.grid->shared_bytes;
      break;
    case SpecialRegister::kZero:
      break;
    default:
      by_lane = true;
      break;
  }
  alignas(64) uint64_t values[32];
  if (!by_lane) {
    std::fill_n(values, 32, value);
  } else {
    lane_values(id, w.index * 32, size, values);
  }
  uint32_t active = w.active;
  if (op->y == 0 && active == kFullMask) {
    uint32_t* to = row32(w, op->r[0]);
    for (uint32_t l = 0; l < 32; ++l) to[l] = static_cast<uint32_t>(values[l]);
  } else if (op->y != 0) {
    uint64_t* to = row64(w, op->r[0]);
    for (uint32_t l = 0; l < 32; ++l) to[l] = active >> l & 1 ? values[l] : to[l];
  } else {
    uint32_t* to = row32(w, op->r[0]);
    for (uint32_t l = 0; l < 32; ++l) {
      to[l] = active >> l & 1 ? static_cast<uint32_t>(values[l]) : to[l];
    }
  }
  return op + 1;
}

const OpEntry kEntries[] = {
    {"@bra", "", branch},
    {"@bra.if", "p", branch_if},
    {"@brx", "w", branch_indexed},
    {"@join", "", join},
    {"@guard", "p", guard},
    {"@unguard", "", unguard},
    {"@exit", "", exit_lanes},
    {"@ret", "", return_lanes},
    {"@call", "", call},
    {"@call.indirect", "d", call_indirect},
    {"@copy.parameter", "", copy_parameter},
    {"@barrier", "", barrier},
    {"@trap", "", trap},
    {"@fence", "", fence},
    {"@nothing", "", nothing},
    {"@local.address", "", local_address},
    {"@special", "", special_register},
    {"activemask.b32", "w", active_mask},
};

}  // namespace

void add_control(OpTable& table) { table.add(kEntries, sizeof kEntries / sizeof *kEntries); }

}  // namespace simgpu

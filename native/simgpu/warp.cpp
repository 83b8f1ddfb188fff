// The scheduler of a warp: which lanes run, and where they meet again.
//
// Each lane has its own place; lanes at one place of one frame form a fragment. Code is laid out
// so that a loop is contiguous and everything after it lies behind it (flow.cpp), and the fragment
// with the least op index runs first, deeper calls before shallower: lanes that left a branch wait
// where it joins. A fragment that spins lets the others run, so a lock held by another lane of
// the warp is given back.
#include "warp.h"

#include <algorithm>

#include "block.h"

namespace simgpu {
namespace {

constexpr int32_t kSlice = 1 << 16;  // backward branches before others may run
constexpr uint64_t kNoLimit = ~uint64_t{0};

bool same_place(const Fragment& a, const Fragment& b) {
  return a.pc == b.pc && a.depth == b.depth && a.base32 == b.base32 && a.base64 == b.base64 &&
         a.base_predicates == b.base_predicates && a.base_local == b.base_local;
}

// With lanes apart: which of two lanes goes first, by the launch's seed.
uint32_t lane_rank(const Warp& w, const Fragment& f) {
  uint64_t mixed = (w.block->grid->launch->seed + w.index + 1) * 0x9e3779b97f4a7c15u;
  auto lane = static_cast<uint32_t>(__builtin_ctz(f.mask));
  return (lane * static_cast<uint32_t>(mixed >> 59 << 1 | 1) + static_cast<uint32_t>(mixed >> 40)) %
         32;
}

bool runs_before(const Warp& w, const Fragment& a, const Fragment& b) {
  if (w.block->grid->launch->lanes_apart) {
    return a.turn != b.turn ? a.turn < b.turn : lane_rank(w, a) < lane_rank(w, b);
  }
  if (a.turn != b.turn) return a.turn < b.turn;
  if (a.depth != b.depth) return a.depth > b.depth;
  return a.pc < b.pc;
}

void remove_fragment(Warp& w, uint32_t index) {
  w.fragments[index] = w.fragments[--w.fragment_count];
}

// Chooses the fragment to run, joins to it those at its place; false when none is ready.
bool choose(Warp& w) {
  uint32_t best = w.fragment_count;
  for (uint32_t i = 0; i < w.fragment_count; ++i) {
    if (w.fragments[i].state != Fragment::kReady) continue;
    if (best == w.fragment_count || runs_before(w, w.fragments[i], w.fragments[best])) best = i;
  }
  if (best == w.fragment_count) return false;
  bool apart = w.block->grid->launch->lanes_apart;
  for (uint32_t i = w.fragment_count; i-- > 0 && !apart;) {
    if (i == best || w.fragments[i].state != Fragment::kReady) continue;
    if (!same_place(w.fragments[i], w.fragments[best])) continue;
    w.fragments[best].mask |= w.fragments[i].mask;
    uint32_t last = w.fragment_count - 1;
    remove_fragment(w, i);
    if (best == last) best = i;
  }
  Fragment& f = w.fragments[best];
  w.running = best;
  w.other_pc = kNever;
  for (uint32_t i = 0; i < w.fragment_count && !apart; ++i) {
    const Fragment& other = w.fragments[i];
    if (i == best || other.state != Fragment::kReady || other.depth != f.depth) continue;
    w.other_pc = std::min(w.other_pc, other.pc);
  }
  w.mask = w.active = f.mask;
  use_frame(w, f);
  return true;
}

}  // namespace

void use_frame(Warp& w, const Fragment& frame) {
  w.r32 = w.file->r32 + uint64_t{frame.base32} * 128;
  w.r64 = w.file->r64 + uint64_t{frame.base64} * 256;
  w.predicates = w.file->predicates + frame.base_predicates;
  w.base_local = frame.base_local;
}

// Constants of the function into its frame, for the lanes that enter it; registers it may read
// before it writes them get a fixed value.
void enter_frame(Warp& w, const FunctionCode& function, const Fragment& frame, uint32_t mask) {
  auto* r32 = reinterpret_cast<uint32_t*>(w.file->r32 + uint64_t{frame.base32} * 128);
  auto* r64 = reinterpret_cast<uint64_t*>(w.file->r64 + uint64_t{frame.base64} * 256);
  auto fill = [&](auto* row, auto value) {
    if (mask == kFullMask) {
      std::fill_n(row, 32, value);
      return;
    }
    for (uint32_t l = 0; l < 32; ++l) {
      if (mask >> l & 1) row[l] = value;
    }
  };
  for (const auto& c : function.constants32) fill(r32 + int64_t{c.slot} * 32, c.value);
  for (const auto& c : function.constants64) fill(r64 + int64_t{c.slot} * 32, c.value);
  for (int32_t slot : function.undefined32) fill(r32 + int64_t{slot} * 32, 0u);
  for (int32_t slot : function.undefined64) fill(r64 + int64_t{slot} * 32, uint64_t{0});
  for (int32_t slot : function.undefined_predicates) {
    w.file->predicates[frame.base_predicates + static_cast<uint32_t>(slot)] &= ~mask;
  }
}

void save_running(Warp& w, uint32_t pc) {
  Fragment& f = w.fragments[w.running];
  f.mask = w.mask;
  f.pc = pc;
}

const Op* fail(Warp& w, const Op* op, FaultKind kind, uint32_t lane, std::string text) {
  w.fault_kind = kind;
  w.fault_lane = lane;
  w.fault_text = describe_place(w, op->source, static_cast<int>(lane)) + ": " + std::move(text);
  w.stop = Stop::kFault;
  w.resume = op;
  return nullptr;
}

void begin_warp(Warp& w) {
  const FunctionCode& entry = *w.block->grid->entry;
  w.file = w.block->files->take();
  w.local = w.file->local;
  Fragment f;
  f.mask = w.live;
  f.pc = entry.begin;
  w.fragment_count = 0;
  if (w.block->grid->launch->lanes_apart) {
    for (uint32_t rest = w.live; rest != 0; rest &= rest - 1) {
      f.mask = rest & -rest;
      w.fragments[w.fragment_count++] = f;
    }
  } else {
    w.fragments[w.fragment_count++] = f;
  }
  enter_frame(w, entry, f, kFullMask);
}

WarpState run_warp(Warp& w) {
  Block& block = *w.block;
  uint64_t limit = block.grid->launch->instruction_limit;
  if (limit == 0) limit = kNoLimit;
  if (w.file == nullptr) begin_warp(w);
  uint32_t slices = 0;
  while (choose(w)) {
    const Op* op = w.code + w.fragments[w.running].pc;
    w.budget = kSlice;
    w.touched_shared_state = false;
    uint64_t count = 0;
    do {
      op = op->fn(w, op);
      ++count;
    } while (op != nullptr);
    block.instructions += count;
    bool goes_on = w.stop != Stop::kFault && w.stop != Stop::kExited;
    if (goes_on && block.instructions > limit) {
      fail(w, w.resume, FaultKind::kTimeout, static_cast<uint32_t>(__builtin_ctz(w.mask)),
           "the block has run " + std::to_string(block.instructions) +
               " warp instructions, the launch allows " + std::to_string(limit));
    }
    switch (w.stop) {
      case Stop::kReschedule:
        save_running(w, static_cast<uint32_t>(w.resume - w.code));
        break;
      case Stop::kBudget: {
        save_running(w, static_cast<uint32_t>(w.resume - w.code));
        if (block.grid->stop.load(std::memory_order_relaxed)) return WarpState::kYield;
        uint32_t turn = 0;
        for (uint32_t i = 0; i < w.fragment_count; ++i) {
          turn = std::max(turn, w.fragments[i].turn);
        }
        w.fragments[w.running].turn = turn + 1;
        if (++slices >= w.fragment_count) return WarpState::kYield;
        break;
      }
      case Stop::kParked:
      case Stop::kExited:
        if (w.stop == Stop::kExited) remove_fragment(w, w.running);
        if (!complete_meetings(w)) return WarpState::kFault;
        break;
      case Stop::kFault:
        return WarpState::kFault;
    }
  }
  if (w.live != 0) return WarpState::kWaiting;
  block.files->give(w.file);
  w.file = nullptr;
  return WarpState::kDone;
}

}  // namespace simgpu

// Operations at which lanes of a warp meet: shfl, vote, match, redux, bar.warp.sync, elect.
//
// Lanes meet by operation and member mask, not by place: two arms of a branch may each hold one
// half of a shuffle. A fragment that comes first is parked until the lanes it names are there.
//
// Operands: r[0] result, r[1] result predicate or -1, r[2] a, r[3] b, r[4] c, r[5] member mask;
// x kind, y mode, imm identifies the operation.
#include <algorithm>
#include <cstring>

#include "checker.h"
#include "control.h"
#include "isa_tables.h"

namespace simgpu {
namespace {

// The lanes of one fragment at a meeting, with their frame.
struct Party {
  uint32_t mask;
  const Op* op;
  uint8_t* r32;
  uint8_t* r64;
  uint32_t* predicates;
  uint32_t* row32(int32_t slot) const {
    return reinterpret_cast<uint32_t*>(r32 + int64_t{slot} * 128);
  }
};

struct Meeting {
  uint32_t mask = 0;  // lanes present
  alignas(64) uint32_t result[32];
  uint32_t predicate = 0;
};

const uint32_t* gather32(const Party* parties, int count, int operand, uint32_t* space) {
  if (count == 1) return parties[0].row32(parties[0].op->r[operand]);
  for (int i = 0; i < count; ++i) {
    const uint32_t* row = parties[i].row32(parties[i].op->r[operand]);
    for (uint32_t l = 0; l < 32; ++l) {
      if (parties[i].mask >> l & 1) space[l] = row[l];
    }
  }
  return space;
}

// Source lane of a shuffle, or -1 where the lane keeps its own value.
int source_lane(ShuffleMode mode, int lane, uint32_t b, uint32_t c) {
  int bval = static_cast<int>(b & 31), cval = static_cast<int>(c & 31);
  int seg = static_cast<int>(c >> 8 & 31);
  int max_lane = (lane & seg) | (cval & ~seg), min_lane = lane & seg;
  int j = 0;
  bool ok = false;
  switch (mode) {
    case kUp:
      j = lane - bval, ok = j >= max_lane;
      break;
    case kDown:
      j = lane + bval, ok = j <= max_lane;
      break;
    case kButterfly:
      j = lane ^ bval, ok = j <= max_lane;
      break;
    case kIndex:
      j = min_lane | (bval & ~seg), ok = j <= max_lane;
      break;
  }
  return ok ? j : -1;
}

// Null when done, else the lane whose source is absent, plus one.
uint32_t shuffle(const Party* parties, int count, Meeting& m) {
  alignas(64) uint32_t space[3][32];
  const uint32_t* a = gather32(parties, count, 2, space[0]);
  const uint32_t* b = gather32(parties, count, 3, space[1]);
  const uint32_t* c = gather32(parties, count, 4, space[2]);
  auto mode = static_cast<ShuffleMode>(parties[0].op->y);
  for (int l = 0; l < 32; ++l) {
    int j = source_lane(mode, l, b[l], c[l]);
    if (j >= 0) m.predicate |= 1u << l;
    if (j >= 0 && (m.mask >> l & 1) && (m.mask >> j & 1) == 0) return static_cast<uint32_t>(l) + 1;
    m.result[l] = a[j >= 0 ? j : l];
  }
  return 0;
}

void vote(const Party* parties, int count, Meeting& m) {
  uint32_t yes = 0;
  for (int i = 0; i < count; ++i) {
    yes |= parties[i].predicates[parties[i].op->r[2]] & parties[i].mask;
  }
  switch (parties[0].op->y) {
    case kVoteAll:
      m.predicate = yes == m.mask ? kFullMask : 0;
      break;
    case kVoteAny:
      m.predicate = yes != 0 ? kFullMask : 0;
      break;
    case kVoteUniform:
      m.predicate = yes == m.mask || yes == 0 ? kFullMask : 0;
      break;
    default:
      std::fill_n(m.result, 32, yes);
      break;
  }
}

void match(const Party* parties, int count, Meeting& m) {
  uint64_t a[32] = {};
  uint8_t mode = parties[0].op->y;
  bool wide = mode == kMatchAny64 || mode == kMatchAll64;
  for (int i = 0; i < count; ++i) {
    const Party& p = parties[i];
    auto* row64 = reinterpret_cast<uint64_t*>(p.r64 + (wide ? int64_t{p.op->r[2]} * 256 : 0));
    const uint32_t* row = p.row32(wide ? 0 : p.op->r[2]);
    for (uint32_t l = 0; l < 32; ++l) {
      if (p.mask >> l & 1) a[l] = wide ? row64[l] : row[l];
    }
  }
  for (uint32_t l = 0; l < 32; ++l) {
    uint32_t equal = 0;
    for (uint32_t k = 0; k < 32; ++k) equal |= (m.mask >> k & 1) && a[k] == a[l] ? 1u << k : 0u;
    m.result[l] = equal;
  }
  if (mode == kMatchAny32 || mode == kMatchAny64) return;
  bool all = m.result[__builtin_ctz(m.mask)] == m.mask;
  m.predicate = all ? kFullMask : 0;
  std::fill_n(m.result, 32, all ? m.mask : 0u);
}

void redux(const Party* parties, int count, Meeting& m) {
  alignas(64) uint32_t space[32];
  const uint32_t* a = gather32(parties, count, 2, space);
  auto lane = static_cast<uint32_t>(__builtin_ctz(m.mask));
  uint32_t r = a[lane];
  for (++lane; lane < 32; ++lane) {
    if ((m.mask >> lane & 1) == 0) continue;
    uint32_t v = a[lane];
    auto sr = static_cast<int32_t>(r), sv = static_cast<int32_t>(v);
    switch (parties[0].op->y) {
      case kReduxAdd:
        r += v;
        break;
      case kReduxMinU:
        r = std::min(r, v);
        break;
      case kReduxMaxU:
        r = std::max(r, v);
        break;
      case kReduxMinS:
        r = static_cast<uint32_t>(std::min(sr, sv));
        break;
      case kReduxMaxS:
        r = static_cast<uint32_t>(std::max(sr, sv));
        break;
      case kReduxAnd:
        r &= v;
        break;
      case kReduxOr:
        r |= v;
        break;
      default:
        r ^= v;
        break;
    }
  }
  std::fill_n(m.result, 32, r);
}

// Runs a meeting whose lanes are all there. False after a fault.
bool meet(Warp& w, const Party* parties, int count) {
  Meeting m;
  for (int i = 0; i < count; ++i) m.mask |= parties[i].mask;
  switch (parties[0].op->x) {
    case kShuffle:
      if (uint32_t lane = shuffle(parties, count, m)) {
        const Op* op = parties[0].op;
        for (int i = 0; i < count; ++i) {
          if (parties[i].mask >> (lane - 1) & 1) op = parties[i].op;
        }
        fail(w, op, FaultKind::kIllegalInstruction, lane - 1,
             "a shuffle from a lane that does not take part: its value is undefined; limit the "
             "width, or let every source lane shuffle");
        return false;
      }
      break;
    case kVote:
      vote(parties, count, m);
      break;
    case kMatch:
      match(parties, count, m);
      break;
    case kRedux:
      redux(parties, count, m);
      break;
    case kElect: {
      auto leader = static_cast<uint32_t>(__builtin_ctz(m.mask));
      std::fill_n(m.result, 32, leader);
      m.predicate = 1u << leader;
      break;
    }
    default:  // bar.warp.sync
      if (w.block->check != nullptr) w.block->check->warp_sync(w.index, m.mask);
      return true;
  }
  for (int i = 0; i < count; ++i) {
    const Party& p = parties[i];
    if (p.op->r[0] >= 0) {
      uint32_t* row = p.row32(p.op->r[0]);
      if (p.mask == kFullMask) {
        std::memcpy(row, m.result, sizeof m.result);
      } else {
        for (uint32_t l = 0; l < 32; ++l) row[l] = p.mask >> l & 1 ? m.result[l] : row[l];
      }
    }
    if (p.op->r[1] >= 0) {
      uint32_t& q = p.predicates[p.op->r[1]];
      q = (q & ~p.mask) | (m.predicate & p.mask);
    }
  }
  return true;
}

const Op* meeting(Warp& w, const Op* op) {
  const auto* members = reinterpret_cast<const uint32_t*>(w.r32 + int64_t{op->r[5]} * 128);
  uint32_t mask = members[__builtin_ctz(w.mask)], others = 0;
  for (uint32_t l = 0; l < 32; ++l) others |= members[l] != mask ? 1u << l : 0u;
  others &= w.mask;
  auto here = static_cast<uint32_t>(op - w.code);
  if (others == 0 && (mask & w.live & ~w.mask) == 0 && (w.mask & ~mask) == 0) {
    Party all{w.mask, op, w.r32, w.r64, w.predicates};
    return meet(w, &all, 1) ? op + 1 : nullptr;
  }
  // Groups of lanes with one mask each wait, as fragments of their own, for their members.
  Fragment frame = w.fragments[w.running];
  uint32_t left = w.mask;
  bool first = true;
  while (left != 0) {
    auto lane = static_cast<uint32_t>(__builtin_ctz(left));
    Fragment f = frame;
    f.pc = here;
    f.state = Fragment::kMeeting;
    f.member_mask = members[lane];
    f.mask = 0;
    for (uint32_t l = 0; l < 32; ++l) {
      if ((left >> l & 1) && members[l] == f.member_mask) f.mask |= 1u << l;
    }
    if ((f.mask & ~f.member_mask) != 0) {
      return fail(w, op, FaultKind::kIllegalInstruction,
                  static_cast<uint32_t>(__builtin_ctz(f.mask & ~f.member_mask)),
                  "the member mask does not name the thread that executes it");
    }
    left &= ~f.mask;
    if (first) {
      w.fragments[w.running] = f;
    } else {
      w.fragments[w.fragment_count++] = f;
    }
    first = false;
  }
  w.stop = Stop::kParked;
  w.resume = op;
  return nullptr;
}

const OpEntry kEntries[] = {{"@meeting", "", meeting}};

}  // namespace

bool complete_meetings(Warp& w) {
  for (bool again = true; again;) {
    again = false;
    for (uint32_t i = 0; i < w.fragment_count; ++i) {
      const Fragment& f = w.fragments[i];
      if (f.state != Fragment::kMeeting) continue;
      const Op* op = w.code + f.pc;
      Party parties[32];
      uint32_t indices[32];
      int count = 0;
      uint32_t present = 0;
      for (uint32_t k = 0; k < w.fragment_count; ++k) {
        const Fragment& other = w.fragments[k];
        const Op* their_op = w.code + other.pc;
        if (other.state != Fragment::kMeeting || other.member_mask != f.member_mask ||
            their_op->imm != op->imm) {
          continue;
        }
        indices[count] = k;
        parties[count++] = {other.mask, their_op, w.file->r32 + uint64_t{other.base32} * 128,
                            w.file->r64 + uint64_t{other.base64} * 256,
                            w.file->predicates + other.base_predicates};
        present |= other.mask;
      }
      if ((f.member_mask & w.live & ~present) != 0) continue;
      if (!meet(w, parties, count)) return false;
      for (int k = 0; k < count; ++k) {
        w.fragments[indices[k]].state = Fragment::kReady;
        w.fragments[indices[k]].pc += 1;
      }
      again = true;
    }
  }
  return true;
}

void add_meeting(OpTable& table) { table.add(kEntries, sizeof kEntries / sizeof *kEntries); }

}  // namespace simgpu

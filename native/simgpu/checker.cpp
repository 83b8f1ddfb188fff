// Who is ordered before whom: barriers, warp barriers, fences with flags.
#include "checker.h"

namespace simgpu {

Checker::Checker(DeviceMemory& memory) {
  if (memory.track_writes()) impl_ = std::make_unique<Impl>(memory);
}
Checker::~Checker() = default;

void Checker::Impl::begin_launch() {
  for (uint64_t chunk : used) chunk_of[chunk] = 0;
  used.clear();
  segments.assign(1, Segment{});
  released.clear();
}

std::vector<Touched> Checker::Impl::touched() const {
  std::vector<uint64_t> order = used;
  std::sort(order.begin(), order.end());
  std::vector<Touched> ranges;
  for (uint64_t chunk : order) {
    const Cells& part = chunks[chunk_of[chunk] - 1];
    uint64_t at = kDeviceBase + chunk * kChunk;
    for (const Cell& c : part.all()) {
      bool reads = c.read != 0 || c.non_coherent != 0, writes = c.written != 0;
      uint64_t end = at + part.cell_bytes();
      if (reads || writes) {
        bool strong = c.non_coherent == 0 && (c.read == 0 || c.read_scope >= kScopeDevice) &&
                      (!writes || c.write_scope >= kScopeDevice);
        if (!ranges.empty() && ranges.back().end == at && ranges.back().writes == writes &&
            ranges.back().strong == strong) {
          ranges.back().end = end;
        } else {
          ranges.push_back({at, end, writes, strong});
        }
      }
      at = end;
    }
  }
  return ranges;
}

uint32_t Checker::Impl::new_chunk(uint64_t chunk) {
  used.push_back(chunk);
  if (chunks.size() < used.size()) chunks.emplace_back();
  chunks[used.size() - 1].reset(kChunk);
  return static_cast<uint32_t>(used.size());
}

void BlockCheck::begin(Checker::Impl* owner, Block* checked) {
  drop_local();
  checker = owner;
  block = checked;
  id = static_cast<uint32_t>(checked->linear);
  epoch = 1;
  epoch_first = static_cast<uint32_t>(owner->segments.size());
  warps.clear();
  warps.resize(checked->order.size());
  flags.clear();
  common = Flags();
  released.clear();
  for (KnowledgeRef& at : arrived) at.reset();
  shared_written.assign(checked->grid->shared_bytes, 0);
  shared_cells.reset(checked->grid->shared_bytes);
}

void BlockCheck::drop_local() {
  for (WarpCheck& warp : warps) {
    std::free(warp.local_written);
    warp.local_written = nullptr;
  }
}

uint8_t* BlockCheck::local_written(Warp& w) {
  WarpCheck& warp = warps[w.index];
  if (warp.local_written == nullptr) {
    warp.local_written = static_cast<uint8_t*>(std::calloc(32, w.local_bytes));
    if (warp.local_written == nullptr) throw std::bad_alloc();
  }
  return warp.local_written;
}

// The time of an access that the warp makes now.
uint32_t BlockCheck::segment(uint32_t warp) {
  WarpCheck& now = warps[warp];
  if (now.segment == 0 || now.segment_tick != now.tick || now.segment_epoch != epoch) {
    now.segment = static_cast<uint32_t>(checker->segments.size());
    now.segment_tick = now.tick;
    now.segment_epoch = epoch;
    checker->segments.push_back({id, epoch, warp, now.tick});
  }
  return now.segment;
}

Flags& BlockCheck::flags_of(uint32_t warp, uint32_t lane) {
  if (flags.empty()) flags.resize(warps.size() * 32);
  return flags[warp * 32 + lane];
}

// All that the lane knows to have happened before now. The caller has begun a new tick.
KnowledgeRef BlockCheck::own(uint32_t warp, uint32_t lane) const {
  auto knowledge = std::make_shared<Knowledge>();
  const WarpCheck& now = warps[warp];
  KnownBlock& mine = knowledge->blocks[id];
  mine.epoch = epoch;
  mine.add({warp, 1u << lane, now.tick});
  if (!now.known.empty()) {
    for (uint32_t m = 0; m < 32; ++m) {
      if (m != lane) mine.add({warp, 1u << m, now.known[lane * 32 + m]});
    }
  } else if (now.floor > 0) {
    mine.add({warp, kFullMask, now.floor});
  }
  learn(knowledge, common.acquired);
  if (!flags.empty()) learn(knowledge, flags[warp * 32 + lane].acquired);
  return knowledge;
}

void BlockCheck::arrived_at(const Warp& w, uint32_t number) {
  warps[w.index].tick += 1;
  for (uint32_t rest = w.mask; rest != 0; rest &= rest - 1) {
    learn(arrived[number], own(w.index, static_cast<uint32_t>(__builtin_ctz(rest))));
  }
}

void BlockCheck::barrier(uint32_t number, bool whole_block) {
  if (!whole_block) {
    for (const auto& warp : block->warps) {
      for (uint32_t i = 0; i < warp->fragment_count; ++i) {
        const Fragment& f = warp->fragments[i];
        if (f.state != Fragment::kBarrier || f.barrier != number) continue;
        for (uint32_t rest = f.mask; rest != 0; rest &= rest - 1) {
          Flags& lane = flags_of(warp->index, static_cast<uint32_t>(__builtin_ctz(rest)));
          learn(lane.acquired, arrived[number]);
        }
      }
    }
  } else {
    epoch += 1;
    epoch_first = static_cast<uint32_t>(checker->segments.size());
    for (Flags& lane : flags) {
      learn(common.acquired, lane.acquired);
      lane.acquired.reset();
      for (int level : {0, 1}) {
        learn(common.fenced[level], lane.fenced[level]);
        lane.fenced[level].reset();
      }
    }
  }
  arrived[number].reset();
}

void BlockCheck::warp_sync(uint32_t warp, uint32_t mask) {
  WarpCheck& now = warps[warp];
  now.tick += 1;
  if ((block->warps[warp]->live & ~mask) == 0) {
    now.floor = now.tick;
    now.known.clear();
  } else {
    if (now.known.empty()) now.known.assign(32 * 32, now.floor);
    for (uint32_t m = 0; m < 32; ++m) {
      uint32_t best = mask >> m & 1 ? now.tick : 0;
      for (uint32_t l = 0; l < 32; ++l) {
        if (mask >> l & 1) best = std::max(best, now.known[l * 32 + m]);
      }
      for (uint32_t l = 0; l < 32; ++l) {
        if (mask >> l & 1) now.known[l * 32 + m] = best;
      }
    }
  }
  if (flags.empty()) return;
  Flags all;
  for (uint32_t l = 0; l < 32; ++l) {
    if ((mask >> l & 1) == 0) continue;
    const Flags& lane = flags[warp * 32 + l];
    learn(all.acquired, lane.acquired);
    for (int level : {0, 1}) learn(all.fenced[level], lane.fenced[level]);
  }
  for (uint32_t l = 0; l < 32; ++l) {
    if ((mask >> l & 1) == 0) continue;
    Flags& lane = flags[warp * 32 + l];
    lane.acquired = all.acquired;
    for (int level : {0, 1}) lane.fenced[level] = all.fenced[level];
  }
}

void BlockCheck::fence(const Warp& w, Scope scope) {
  warps[w.index].tick += 1;
  for (uint32_t rest = w.active; rest != 0; rest &= rest - 1) {
    auto l = static_cast<uint32_t>(__builtin_ctz(rest));
    Flags& lane = flags_of(w.index, l);
    for (int level = scope >= kScopeDevice ? 1 : 0; level >= 0; --level) {
      learn(lane.acquired, lane.pending[level]);
      lane.pending[level].reset();
    }
    lane.fenced[0] = own(w.index, l);
    if (scope >= kScopeDevice) lane.fenced[1] = lane.fenced[0];
  }
}

// A strong access to a flag. What it writes passes on what the thread's last fence made ready; what
// it reads is let in by the thread's next fence.
void BlockCheck::passed_on(uint32_t warp, uint32_t lane, uint64_t address, bool is_global,
                           Scope scope, bool reads, bool writes) {
  if (flags.empty() && common.fenced[0] == nullptr && released.empty() &&
      checker->released.empty()) {
    return;
  }
  Flags& mine = flags_of(warp, lane);
  for (int level = is_global && scope >= kScopeDevice ? 1 : 0; level >= 0; --level) {
    auto& map = level == 1 ? checker->released : released;
    if (writes && !reads) map.erase(address);  // a plain store begins anew, an atomic continues
    if (writes && (mine.fenced[level] != nullptr || common.fenced[level] != nullptr)) {
      KnowledgeRef& flag = map[address];
      learn(flag, common.fenced[level]);
      learn(flag, mine.fenced[level]);
    }
    if (!reads) continue;
    auto found = map.find(address);
    if (found != map.end()) learn(mine.pending[level], found->second);
  }
}

bool BlockCheck::ordered(const Segment& before, uint32_t their_lane, uint32_t warp,
                         uint32_t lane) const {
  if (before.block == id) {
    if (before.epoch < epoch) return true;
    if (before.warp == warp) {
      if (their_lane == lane) return true;
      const WarpCheck& now = warps[warp];
      uint32_t known = now.known.empty() ? now.floor : now.known[lane * 32 + their_lane];
      if (before.tick < known) return true;
    }
  }
  if (common.acquired != nullptr && common.acquired->covers(before, their_lane)) return true;
  if (flags.empty()) return false;
  const KnowledgeRef& acquired = flags[warp * 32 + lane].acquired;
  return acquired != nullptr && acquired->covers(before, their_lane);
}

// Of several warps' or blocks' reads only the newest is kept: a thread that flags told about the
// block at all counts as ordered after them.
bool BlockCheck::readers_ordered(const Cell& cell, uint32_t warp, uint32_t lane) const {
  const Segment& newest = checker->segments[cell.read];
  if (cell.readers == Cell::kOneWarp) {
    for (uint32_t rest = cell.read_lanes; rest != 0; rest &= rest - 1) {
      if (!ordered(newest, static_cast<uint32_t>(__builtin_ctz(rest)), warp, lane)) return false;
    }
    return true;
  }
  if (cell.readers == Cell::kOneBlock && newest.block == id && newest.epoch < epoch) return true;
  auto told = [&](const KnowledgeRef& knowledge) {
    return knowledge != nullptr &&
           (cell.readers == Cell::kManyBlocks || knowledge->names(newest.block));
  };
  return told(common.acquired) || (!flags.empty() && told(flags[warp * 32 + lane].acquired));
}

}  // namespace simgpu

// What a thread knows to have happened before: the clocks of the race checker.
#ifndef FIGMENT_SIMGPU_KNOWLEDGE_H_
#define FIGMENT_SIMGPU_KNOWLEDGE_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace simgpu {

// When an access happened: in a block, between two of its barriers (epoch), in a warp, between two
// events of that warp that may order lanes (tick).
struct Segment {
  uint32_t block, epoch, warp, tick;
};

// Of one block, all that came before a barrier, and of some lanes all before a tick.
struct KnownBlock {
  struct Lanes {
    uint32_t warp, mask, tick;
  };
  uint32_t epoch = 0;  // everything in earlier epochs
  std::vector<Lanes> lanes;

  void add(const Lanes& more) {
    for (Lanes& have : lanes) {
      if (have.warp != more.warp) continue;
      if (have.tick >= more.tick && (more.mask & ~have.mask) == 0) return;
      if (have.mask == more.mask || have.tick == more.tick) {
        if (have.tick == more.tick) have.mask |= more.mask;
        have.tick = std::max(have.tick, more.tick);
        return;
      }
    }
    lanes.push_back(more);
  }
  bool covers(const Segment& segment, uint32_t lane) const {
    if (segment.epoch < epoch) return true;
    for (const Lanes& have : lanes) {
      if (have.warp == segment.warp && (have.mask >> lane & 1) && segment.tick < have.tick) {
        return true;
      }
    }
    return false;
  }
};

struct Knowledge {
  std::map<uint32_t, KnownBlock> blocks;

  bool covers(const Segment& segment, uint32_t lane) const {
    auto found = blocks.find(segment.block);
    return found != blocks.end() && found->second.covers(segment, lane);
  }
  bool names(uint32_t block) const { return blocks.count(block) != 0; }
  void add(const Knowledge& more) {
    for (const auto& entry : more.blocks) {
      KnownBlock& mine = blocks[entry.first];
      mine.epoch = std::max(mine.epoch, entry.second.epoch);
      for (const KnownBlock::Lanes& lanes : entry.second.lanes) mine.add(lanes);
    }
  }
};

// Shared by all who know it; changed in place where only one does.
using KnowledgeRef = std::shared_ptr<Knowledge>;

inline void learn(KnowledgeRef& mine, const KnowledgeRef& more) {
  if (more == nullptr || mine == more) return;
  if (mine == nullptr) {
    mine = more;
    return;
  }
  if (mine.use_count() > 1) mine = std::make_shared<Knowledge>(*mine);
  mine->add(*more);
}

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_KNOWLEDGE_H_

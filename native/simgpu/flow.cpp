// Basic blocks, their order, and the liveness of registers.
//
// The order is a hierarchical topological one (Bourdoncle's weak topological order): strongly
// connected components in topological order, each loop contiguous with its header first and its
// inner loops treated the same way. So whatever lies after a branch or a loop has a higher index
// than all that can still lead to it, and lanes that got there first wait for the others.
#include "flow.h"

#include <algorithm>

namespace simgpu {
namespace {

struct BasicBlock {
  uint32_t begin = 0, end = 0;       // operations
  std::vector<uint32_t> successors;  // the one below last
  uint32_t predecessors = 0;
};

class Flow {
 public:
  Flow(std::vector<FlowOp> ops, Handler jump, Handler join)
      : ops_(std::move(ops)), jump_(jump), join_(join) {}

  Layout run() {
    find_blocks();
    std::vector<uint32_t> all;
    reach(&all);
    order_component(std::move(all), 0);
    place();
    liveness();
    return std::move(layout_);
  }

 private:
  void find_blocks() {
    auto count = static_cast<uint32_t>(ops_.size());
    std::vector<char> leader(count + 1, 0);
    leader[0] = 1;
    for (uint32_t i = 0; i < count; ++i) {
      const FlowOp& f = ops_[i];
      if (f.kind == FlowKind::kPlain) continue;
      leader[i + 1] = 1;
      if (f.kind == FlowKind::kJump || f.kind == FlowKind::kBranch) leader[f.op.target] = 1;
      for (uint32_t target : f.table) leader[target] = 1;
    }
    block_of_.resize(count + 1);
    for (uint32_t i = 0; i < count; ++i) {
      if (leader[i]) {
        if (!blocks_.empty()) blocks_.back().end = i;
        blocks_.emplace_back();
        blocks_.back().begin = i;
      }
      block_of_[i] = static_cast<uint32_t>(blocks_.size()) - 1;
    }
    blocks_.back().end = count;
    for (BasicBlock& block : blocks_) {
      const FlowOp& last = ops_[block.end - 1];
      if (last.kind == FlowKind::kJump || last.kind == FlowKind::kBranch) {
        block.successors.push_back(block_of_[last.op.target]);
      }
      for (uint32_t target : last.table) block.successors.push_back(block_of_[target]);
      if (last.kind == FlowKind::kPlain || last.kind == FlowKind::kBranch) {
        block.successors.push_back(block_of_[block.end]);
      }
    }
  }

  void reach(std::vector<uint32_t>* all) {
    reached_.assign(blocks_.size(), 0);
    std::vector<uint32_t> stack{0};
    reached_[0] = 1;
    while (!stack.empty()) {
      uint32_t b = stack.back();
      stack.pop_back();
      all->push_back(b);
      for (uint32_t s : blocks_[b].successors) {
        ++blocks_[s].predecessors;
        if (!reached_[s]) {
          reached_[s] = 1;
          stack.push_back(s);
        }
      }
    }
  }

  // Tarjan's components of the blocks in `set`, first block first, then each loop inside in turn.
  void order_component(std::vector<uint32_t> set, uint32_t entry) {
    std::vector<std::vector<uint32_t>> components = strong_components(set, entry);
    for (size_t i = components.size(); i-- > 0;) {  // Tarjan finds them last first
      std::vector<uint32_t>& component = components[i];
      if (component.size() == 1) {
        order_.push_back(component[0]);
        continue;
      }
      uint32_t header = component.back();  // the first one visited
      order_.push_back(header);
      component.pop_back();
      std::vector<char> inside(blocks_.size(), 0);
      for (uint32_t b : component) inside[b] = 1;
      // Begin below the header, then wherever a part was not reached.
      uint32_t first = component.back();
      for (uint32_t s : blocks_[header].successors) {
        if (inside[s]) first = s;
      }
      order_component(std::move(component), first);
    }
  }

  std::vector<std::vector<uint32_t>> strong_components(const std::vector<uint32_t>& set,
                                                       uint32_t entry) {
    constexpr uint32_t kNone = ~0u;
    if (number_.empty()) {
      number_.assign(blocks_.size(), 0);
      low_.assign(blocks_.size(), 0);
      member_.assign(blocks_.size(), kNone);
    }
    uint32_t round = ++rounds_;
    for (uint32_t b : set) {
      member_[b] = round;
      number_[b] = kNone;
    }
    std::vector<std::vector<uint32_t>> components;
    std::vector<uint32_t> open;
    struct Frame {
      uint32_t block;
      size_t next;
    };
    uint32_t counter = 0;
    auto visit = [&](uint32_t root) {
      std::vector<Frame> stack{{root, 0}};
      number_[root] = low_[root] = counter++;
      open.push_back(root);
      while (!stack.empty()) {
        Frame& frame = stack.back();
        uint32_t b = frame.block;
        if (frame.next < blocks_[b].successors.size()) {
          uint32_t s = blocks_[b].successors[frame.next++];
          if (member_[s] != round) continue;
          if (number_[s] == kNone) {
            number_[s] = low_[s] = counter++;
            open.push_back(s);
            stack.push_back({s, 0});
          } else {
            low_[b] = std::min(low_[b], number_[s]);
          }
          continue;
        }
        stack.pop_back();
        if (!stack.empty()) low_[stack.back().block] = std::min(low_[stack.back().block], low_[b]);
        if (low_[b] != number_[b]) continue;
        std::vector<uint32_t> component;
        uint32_t taken;
        do {
          taken = open.back();
          open.pop_back();
          member_[taken] = kNone;  // closed: no edge counts any more
          component.push_back(taken);
        } while (taken != b);
        components.push_back(std::move(component));
      }
    };
    visit(entry);
    for (uint32_t b : set) {
      if (member_[b] == round) visit(b);
    }
    return components;
  }

  void place() {
    std::vector<uint32_t> position(blocks_.size(), 0);
    std::vector<FlowOp>& out = layout_.ops;
    FlowOp jump;
    jump.kind = FlowKind::kJump;
    jump.op.fn = jump_;
    std::vector<std::pair<size_t, uint32_t>> fixes;  // op, block
    for (size_t i = 0; i < order_.size(); ++i) {
      const BasicBlock& block = blocks_[order_[i]];
      position[order_[i]] = static_cast<uint32_t>(out.size());
      if (block.predecessors > 1) {
        FlowOp join;
        join.op.fn = join_;
        join.op.source = ops_[block.begin].op.source;
        out.push_back(join);
      }
      for (uint32_t k = block.begin; k < block.end; ++k) out.push_back(std::move(ops_[k]));
      FlowKind kind = out.back().kind;
      uint32_t source = out.back().op.source;
      if (kind == FlowKind::kJump || kind == FlowKind::kBranch) {
        fixes.emplace_back(out.size() - 1, block_of_[out.back().op.target]);
      }
      if (kind == FlowKind::kPlain || kind == FlowKind::kBranch) {
        uint32_t below = block.successors.back();
        if (i + 1 == order_.size() || order_[i + 1] != below) {
          fixes.emplace_back(out.size(), below);
          out.push_back(jump);
          out.back().op.source = source;
        }
      }
    }
    for (auto& fix : fixes) out[fix.first].op.target = position[fix.second];
    for (FlowOp& f : out) {
      for (uint32_t& target : f.table) target = position[block_of_[target]];
    }
    position_ = std::move(position);
  }

  // Backward data flow over blocks with one bit a register.
  void liveness() {
    std::vector<std::pair<char, int32_t>> names;
    auto key = [](const RegisterUse& use) {
      return static_cast<uint64_t>(use.slot) * 4 + (use.bank == 'w' ? 0 : use.bank == 'd' ? 1 : 2);
    };
    uint64_t top = 0;
    for (const FlowOp& f : layout_.ops) {
      for (const RegisterUse& use : f.registers) top = std::max(top, key(use) + 1);
    }
    size_t words = (top + 63) / 64;
    size_t count = order_.size();
    if (words * count > (uint64_t{1} << 24)) return;  // a giant: spare the time
    std::vector<std::vector<uint64_t>> live_in(blocks_.size(), std::vector<uint64_t>(words));
    auto step = [&](const FlowOp& f, std::vector<uint64_t>& live) {
      for (const RegisterUse& use : f.registers) {
        uint64_t k = key(use);
        if (use.is_write && use.certain) live[k / 64] &= ~(uint64_t{1} << (k % 64));
      }
      for (const RegisterUse& use : f.registers) {
        uint64_t k = key(use);
        if (!use.is_write) live[k / 64] |= uint64_t{1} << (k % 64);
      }
    };
    auto end_of = [&](size_t i) {
      return i + 1 < count ? position_[order_[i + 1]] : layout_.ops.size();
    };
    auto live_out = [&](size_t i) {
      std::vector<uint64_t> live(words);
      for (uint32_t s : blocks_[order_[i]].successors) {
        for (size_t w = 0; w < words; ++w) live[w] |= live_in[s][w];
      }
      return live;
    };
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t i = count; i-- > 0;) {
        std::vector<uint64_t> live = live_out(i);
        for (size_t k = end_of(i); k-- > position_[order_[i]];) step(layout_.ops[k], live);
        if (live != live_in[order_[i]]) {
          live_in[order_[i]] = std::move(live);
          changed = true;
        }
      }
    }
    constexpr uint64_t kBank32 = 0x1111111111111111u, kBank64 = kBank32 << 1;
    for (size_t i = 0; i < count; ++i) {
      std::vector<uint64_t> live = live_out(i);
      for (size_t k = end_of(i); k-- > position_[order_[i]];) {
        step(layout_.ops[k], live);
        int weight = 0;
        for (uint64_t w : live) {
          weight += __builtin_popcountll(w & kBank32) + 2 * __builtin_popcountll(w & kBank64);
        }
        layout_.live_registers = std::max(layout_.live_registers, weight);
      }
    }
    const std::vector<uint64_t>& entry = live_in[0];
    for (uint64_t k = 0; k < top; ++k) {
      if ((entry[k / 64] >> (k % 64) & 1) == 0) continue;
      char bank = k % 4 == 0 ? 'w' : k % 4 == 1 ? 'd' : 'p';
      layout_.undefined.push_back({bank, false, true, static_cast<int32_t>(k / 4)});
    }
  }

  std::vector<FlowOp> ops_;
  Handler jump_, join_;
  std::vector<BasicBlock> blocks_;
  std::vector<uint32_t> block_of_;
  std::vector<char> reached_;
  std::vector<uint32_t> order_;
  std::vector<uint32_t> number_, low_, member_, position_;
  uint32_t rounds_ = 0;
  Layout layout_;
};

}  // namespace

Layout lay_out(std::vector<FlowOp> ops, Handler jump, Handler join) {
  return Flow(std::move(ops), jump, join).run();
}

}  // namespace simgpu

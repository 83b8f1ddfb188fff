#include "order.h"

#include <algorithm>

namespace simgpu {
namespace {

void join(Clock& mine, const Clock& more) {
  for (const auto& entry : more) {
    uint64_t& index = mine[entry.first];
    index = std::max(index, entry.second);
  }
}

bool covers(const Clock& clock, uint32_t chain, uint64_t index) {
  auto found = clock.find(chain);
  return found != clock.end() && found->second >= index;
}

}  // namespace

Position OrderOfWork::add(const std::vector<const Position*>& before) {
  Position mine;
  mine.epoch = epoch_;
  auto clock = std::make_shared<Clock>(host_);
  bool found = false;  // a chain whose newest piece comes before
  for (const Position* earlier : before) {
    if (earlier->epoch != epoch_ || earlier->index == 0) continue;
    join(*clock, *earlier->clock);
    if (!found && newest_[earlier->chain] == earlier->index) {
      found = true;
      mine.chain = earlier->chain;
    }
  }
  for (auto waited = host_.begin(); !found && waited != host_.end(); ++waited) {
    if (waited->second != newest_[waited->first]) continue;
    found = true;
    mine.chain = waited->first;
  }
  if (!found) mine.chain = next_chain_++;
  mine.index = ++newest_[mine.chain];
  (*clock)[mine.chain] = mine.index;
  mine.clock = std::move(clock);
  return mine;
}

void OrderOfWork::host_waited(const Position& work) {
  if (work.index != 0) host_waited(*work.clock, work.epoch);
}

void OrderOfWork::host_waited(const Clock& all, uint64_t epoch) {
  if (epoch != epoch_) return;
  join(host_, all);
  for (const auto& chain : newest_) {
    if (!covers(host_, chain.first, chain.second)) return;
  }
  ++epoch_;
  newest_.clear();
  host_.clear();
  next_chain_ = 0;
}

bool OrderOfWork::ordered(const Position& first, const Position& then) const {
  if (first.epoch != then.epoch) return first.epoch < then.epoch;
  return covers(*then.clock, first.chain, first.index);
}

bool OrderOfWork::host_has_waited(const Position& work) const {
  return work.epoch < epoch_ || covers(host_, work.chain, work.index);
}

}  // namespace simgpu

#include "counts.h"

namespace simgpu {

const char* class_name(size_t instruction_class) {
  static const char* const kNames[kInstructionClasses] = {
      "integer",     "float",         "half",         "double",      "special",      "convert",
      "move",        "global_load",   "global_store", "shared_load", "shared_store", "local_load",
      "local_store", "constant_load", "parameter",    "atomic",      "warp",         "barrier",
      "fence",       "control",       "other"};
  return kNames[instruction_class];
}

ClassCount LaunchCounts::instructions() const {
  ClassCount all;
  for (const ClassCount& count : classes) {
    all.warps += count.warps;
    all.threads += count.threads;
  }
  return all;
}

void LaunchCounts::add(const LaunchCounts& more) {
  for (size_t i = 0; i < classes.size(); ++i) {
    classes[i].warps += more.classes[i].warps;
    classes[i].threads += more.classes[i].threads;
  }
  flops_single += more.flops_single;
  flops_double += more.flops_double;
  flops_half += more.flops_half;
  auto global = [](GlobalTraffic& to, const GlobalTraffic& from) {
    to.requests += from.requests;
    to.sectors += from.sectors;
    to.bytes += from.bytes;
    to.distinct_bytes += from.distinct_bytes;
  };
  auto shared = [](SharedTraffic& to, const SharedTraffic& from) {
    to.requests += from.requests;
    to.wavefronts += from.wavefronts;
    to.ideal += from.ideal;
  };
  global(global_load, more.global_load);
  global(global_store, more.global_store);
  global(global_atomic, more.global_atomic);
  shared(shared_load, more.shared_load);
  shared(shared_store, more.shared_store);
  shared_atomics += more.shared_atomics;
  shared_atomic_threads += more.shared_atomic_threads;
  branches += more.branches;
  divergent_branches += more.divergent_branches;
}

void TouchedBytes::add(const TouchedBytes& more) {
  for (const auto& entry : more.chunks_) {
    auto& slot = chunks_[entry.first];
    if (slot == nullptr) slot = std::make_unique<Words>();
    for (size_t i = 0; i < slot->size(); ++i) (*slot)[i] |= (*entry.second)[i];
  }
}

uint64_t TouchedBytes::count() const {
  uint64_t bytes = 0;
  for (const auto& entry : chunks_) {
    for (uint64_t word : *entry.second) bytes += static_cast<uint64_t>(__builtin_popcountll(word));
  }
  return bytes;
}

void Counters::add(const Counters& more) {
  sums.add(more.sums);
  loaded.add(more.loaded);
  stored.add(more.stored);
  changed.add(more.changed);
}

LaunchCounts Counters::result() const {
  LaunchCounts counts = sums;
  counts.global_load.distinct_bytes = loaded.count();
  counts.global_store.distinct_bytes = stored.count();
  counts.global_atomic.distinct_bytes = changed.count();
  return counts;
}

}  // namespace simgpu

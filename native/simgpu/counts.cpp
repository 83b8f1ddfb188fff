#include "counts.h"

#include <algorithm>
#include <tuple>

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
    to.threads += from.threads;
    to.wavefronts += from.wavefronts;
    to.ideal += from.ideal;
  };
  global(global_load, more.global_load);
  global(global_store, more.global_store);
  global(global_atomic, more.global_atomic);
  shared(shared_load, more.shared_load);
  shared(shared_store, more.shared_store);
  shared(shared_atomic, more.shared_atomic);
  dram.read_bytes += more.dram.read_bytes;
  dram.write_bytes += more.dram.write_bytes;
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

void LineCounts::add(const LineCounts& more) {
  instructions.warps += more.instructions.warps;
  instructions.threads += more.instructions.threads;
  global_sectors += more.global_sectors;
  shared_wavefronts += more.shared_wavefronts;
  shared_conflicts += more.shared_conflicts;
}

void Counters::add(const Counters& more) {
  ops.resize(std::max(ops.size(), more.ops.size()));
  for (size_t i = 0; i < more.ops.size(); ++i) {
    ops[i].warps += more.ops[i].warps;
    ops[i].threads += more.ops[i].threads;
    ops[i].sectors += more.ops[i].sectors;
    ops[i].wavefronts += more.ops[i].wavefronts;
    ops[i].ideal += more.ops[i].ideal;
  }
  sums.add(more.sums);
  loaded.add(more.loaded);
  stored.add(more.stored);
  changed.add(more.changed);
}

LaunchCounts Counters::result(const CountedCode& counted) const {
  LaunchCounts counts = sums;
  for (size_t i = 0; i < ops.size(); ++i) {
    const CountedCode::Info& info = counted.info[i];
    if (!info.by_space) {
      ClassCount& count = counts.classes[static_cast<size_t>(info.kind)];
      count.warps += ops[i].warps;
      count.threads += ops[i].threads;
    }
    uint64_t& flops = info.kind == InstructionClass::kDouble ? counts.flops_double
                      : info.kind == InstructionClass::kHalf ? counts.flops_half
                                                             : counts.flops_single;
    flops += ops[i].threads * info.flops;
  }
  counts.global_load.distinct_bytes = loaded.count();
  counts.global_store.distinct_bytes = stored.count();
  counts.global_atomic.distinct_bytes = changed.count();
  return counts;
}

std::vector<LineCounts> Counters::lines(const CountedCode& counted) const {
  std::vector<LineCounts> all(counted.lines.size());
  for (size_t i = 0; i < all.size(); ++i) {
    all[i].file = counted.lines[i].file;
    all[i].line = counted.lines[i].line;
  }
  for (size_t i = 0; i < ops.size(); ++i) {
    if (counted.info[i].line == 0) continue;
    const OpCount& op = ops[i];
    LineCounts& line = all[counted.info[i].line - 1];
    line.instructions.warps += op.warps;
    line.instructions.threads += op.threads;
    line.global_sectors += op.sectors;
    line.shared_wavefronts += op.wavefronts;
    line.shared_conflicts += op.wavefronts - op.ideal;
  }
  auto idle = [](const LineCounts& line) { return line.instructions.warps == 0; };
  all.erase(std::remove_if(all.begin(), all.end(), idle), all.end());
  std::sort(all.begin(), all.end(), [](const LineCounts& a, const LineCounts& b) {
    return std::tie(a.file, a.line) < std::tie(b.file, b.line);
  });
  return all;
}

}  // namespace simgpu

// A model of the cache between the multiprocessors and DRAM. It is no measurement: a GPU hashes
// addresses, has caches before this one, and interleaves blocks. docs/simgpu-engine.md states it.
#ifndef FIGMENT_SIMGPU_L2_CACHE_H_
#define FIGMENT_SIMGPU_L2_CACHE_H_

#include <array>
#include <cstdint>
#include <vector>

namespace simgpu {

// Bytes between the cache and DRAM.
struct DramTraffic {
  uint64_t read_bytes = 0, write_bytes = 0;
};

// 16 ways of 128-byte lines in 32-byte sectors, the least recently used line leaves, written
// sectors go to DRAM when their line leaves.
class L2Cache {
 public:
  static constexpr uint64_t kWays = 16, kLine = 128, kSector = 32;
  static constexpr uint64_t kLeastBytes = kWays * kLine;

  // Of so many bytes, rounded down to whole sets, at least one.
  explicit L2Cache(uint64_t bytes);

  // An access to some sectors of the line that holds `address`, bit 0 the line's first. `needed`
  // are those whose contents it must have: all that it reads, or writes in part. `written` are
  // those it changes.
  void access(uint64_t address, uint32_t needed, uint32_t written);

  // Forgets the line that holds `address`: what was written there need not go to DRAM.
  void discard(uint64_t address);

  // Forgets everything, without writing it to DRAM.
  void clear();
  DramTraffic traffic() const { return traffic_; }  // since the construction
  uint64_t dirty_bytes() const;                     // written and not yet in DRAM

 private:
  // A line's number above 8 bits: 4 for the sectors that are here, 4 for those that were written.
  // A set is ordered by use, the newest first; an empty way has no sectors.
  using Set = std::array<uint64_t, kWays>;
  std::vector<Set> sets_;
  DramTraffic traffic_;
};

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_L2_CACHE_H_

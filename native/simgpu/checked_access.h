// What the handlers of a checked launch share: an access, where it goes, and what is ordered before
// it at a glance.
#ifndef FIGMENT_SIMGPU_CHECKED_ACCESS_H_
#define FIGMENT_SIMGPU_CHECKED_ACCESS_H_

#include <cstring>

#include "checker.h"

namespace simgpu {

enum class Kind { kLoad, kStore, kAtomic };

struct Access {
  Warp& w;
  const Op* op;
  BlockCheck& check;
  uint32_t bytes;
  bool reads, writes, non_coherent;
  Scope scope;
  uint32_t segment = 0;
};

struct Spot {
  AccessSpace space;
  uint64_t address;  // in its space
};

inline Spot resolve(AccessSpace space, uint64_t address) {
  if (space != kGenericSpace) return {space, address};
  constexpr uint64_t kWindow = uint64_t{1} << 56;
  if (address - kSharedWindow < kWindow) return {kSharedSpace, address - kSharedWindow};
  if (address - kLocalWindow < kWindow) return {kLocalSpace, address - kLocalWindow};
  if (address - kParamWindow < kWindow) return {kParamSpace, address - kParamWindow};
  return {kGlobalSpace, address};
}

// Before the block's last barrier: ordered before what every thread of the block does now.
// Cells of shared memory have segments of their own block alone.
inline bool older(const BlockCheck& check, const Spot& spot, uint32_t segment) {
  if (segment >= check.epoch_first) return false;
  return spot.space == kSharedSpace || check.checker->segments[segment].block == check.id;
}

inline bool reads_older(const BlockCheck& check, const Spot& spot, const Cell& c) {
  return c.readers != Cell::kManyBlocks && older(check, spot, c.read);
}

// All of the access's bytes in a map with a byte for each, 1 where written.
inline bool all_written(const uint8_t* written, uint32_t bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101u;
  uint64_t word = 0;
  if (bytes < 8) {
    std::memcpy(&word, written, bytes);
    return word == kOnes >> 8 * (8 - bytes);
  }
  uint64_t all = kOnes;
  for (uint32_t i = 0; i < bytes; i += 8) {
    std::memcpy(&word, written + i, 8);
    all &= word;
  }
  return all == kOnes;
}

// Checks all lanes of an access at once, where that is easy. False, and nothing changed, where a
// lane needs a closer look.
template <Kind K>
bool check_at_once(Access& a, const uint64_t* address);

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_CHECKED_ACCESS_H_

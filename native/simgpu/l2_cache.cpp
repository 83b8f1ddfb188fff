#include "l2_cache.h"

#include <algorithm>

namespace simgpu {
namespace {

constexpr uint32_t kSectorsHere = 4;  // shift within a way
constexpr uint64_t kWrittenMask = 15;

uint64_t sectors(uint64_t mask) { return static_cast<uint64_t>(__builtin_popcountll(mask)); }

}  // namespace

L2Cache::L2Cache(uint64_t bytes) : sets_(std::max<uint64_t>(1, bytes / kLeastBytes)) { clear(); }

void L2Cache::clear() {
  for (Set& set : sets_) set.fill(0);
}

void L2Cache::access(uint64_t address, uint32_t needed, uint32_t written) {
  uint64_t line = address / kLine;
  Set& set = sets_[line % sets_.size()];
  size_t way = 0;
  auto holds = [&](uint64_t entry) { return entry >> 8 == line && entry != 0; };
  while (way < kWays - 1 && !holds(set[way])) ++way;
  uint64_t entry = set[way];
  if (!holds(entry)) {
    traffic_.write_bytes += kSector * sectors(entry & kWrittenMask);
    entry = line << 8;
  }
  uint64_t here = entry >> kSectorsHere & 15;
  traffic_.read_bytes += kSector * sectors(needed & ~here);
  entry |= uint64_t{needed | written} << kSectorsHere | written;
  std::copy_backward(set.begin(), set.begin() + static_cast<std::ptrdiff_t>(way),
                     set.begin() + static_cast<std::ptrdiff_t>(way) + 1);
  set[0] = entry;
}

void L2Cache::discard(uint64_t address) {
  uint64_t line = address / kLine;
  Set& set = sets_[line % sets_.size()];
  auto way = std::find_if(set.begin(), set.end(),
                          [&](uint64_t entry) { return entry >> 8 == line && entry != 0; });
  if (way == set.end()) return;
  std::copy(way + 1, set.end(), way);
  set.back() = 0;
}

uint64_t L2Cache::dirty_bytes() const {
  uint64_t bytes = 0;
  for (const Set& set : sets_) {
    for (uint64_t entry : set) bytes += kSector * sectors(entry & kWrittenMask);
  }
  return bytes;
}

}  // namespace simgpu

#include "memory_access.h"

#include <cinttypes>
#include <cstdio>

namespace simgpu {
namespace {

std::string hex(uint64_t value) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%" PRIx64, value);
  return text;
}

// The window a generic address lies in, its offset there, and the window's size.
struct Place {
  AccessSpace space;
  uint64_t offset, size;
};
Place place_of(const Warp& w, AccessSpace space, uint64_t address) {
  if (space == kGenericSpace) {
    constexpr uint64_t kWindow = uint64_t{1} << 56;
    space = kGlobalSpace;
    if (address - kSharedWindow < kWindow) {
      space = kSharedSpace;
      address -= kSharedWindow;
    } else if (address - kLocalWindow < kWindow) {
      space = kLocalSpace;
      address -= kLocalWindow;
    } else if (address - kParamWindow < kWindow) {
      space = kParamSpace;
      address -= kParamWindow;
    }
  }
  uint64_t size = space == kSharedSpace  ? w.shared_bytes
                  : space == kLocalSpace ? w.local_bytes
                  : space == kParamSpace ? w.param_bytes
                                         : 0;
  return {space, address, size};
}

}  // namespace

View find_view(Warp& w, const Op* op, AccessSpace space, uint64_t address) {
  Place place = place_of(w, space, address);
  uint64_t base = address - place.offset;  // of the window, 0 for a space's own addresses
  switch (place.space) {
    case kSharedSpace:
      return {base, base + w.shared_bytes, w.shared, 0};
    case kLocalSpace:
      return {base, base + w.local_bytes, w.local, w.local_bytes};
    case kParamSpace:
      return {base, base + w.param_bytes, const_cast<uint8_t*>(w.params), 0};
    default:
      break;
  }
  RangeCache& cache = w.ranges[static_cast<uint64_t>(op - w.code) % kRangeCaches];
  if (address < cache.begin || address >= cache.end) {
    const DeviceMemory::Range* range = w.memory->find(address);
    if (range == nullptr) return {1, 0, nullptr, 0};
    cache = {range->begin, range->end, w.memory->host(range->begin)};
  }
  return {cache.begin, cache.end, cache.host, 0};
}

uint8_t* lane_bytes(Warp& w, const Op* op, uint32_t lane, uint64_t address, uint32_t bytes,
                    const char* what) {
  if ((address & (bytes - 1)) == 0) {
    View view = find_view(w, op, static_cast<AccessSpace>(op->y), address);
    if (address >= view.begin && address < view.end && view.end - address >= bytes) {
      return view.host + (address - view.begin) + lane * view.stride;
    }
  }
  fail_address(w, op, lane, address, bytes, what);
  return nullptr;
}

const Op* fail_address(Warp& w, const Op* op, uint32_t lane, uint64_t address, uint32_t bytes,
                       const char* what) {
  auto space = static_cast<AccessSpace>(op->y);
  Place place = place_of(w, space, address);
  static const char* const kNames[] = {"global", "shared", "generic", "local", "param"};
  std::string access = std::to_string(bytes) + "-byte " + what;
  std::string where = hex(place.offset);
  if (place.space != kGlobalSpace) where = std::string(kNames[place.space]) + " address " + where;
  if (space == kGenericSpace && place.space != kGlobalSpace) {
    where += " (generic " + hex(address) + ")";
  }
  if ((address & (bytes - 1)) != 0) {
    return fail(w, op, FaultKind::kMisalignedAddress, lane,
                "misaligned " + access + " at " + where + ": the address must be a multiple of " +
                    std::to_string(bytes));
  }
  if (place.space == kGlobalSpace) {
    uint64_t first = address;  // of the bytes that are out of bounds
    const DeviceMemory::Range* range = w.memory->find(address);
    if (range != nullptr) first = range->end;
    return fail(w, op, FaultKind::kIllegalAddress, lane,
                "out of bounds " + access + " at " + where + ": " + w.memory->describe(first));
  }
  std::string owner = place.space == kSharedSpace  ? "the block has "
                      : place.space == kLocalSpace ? "the thread has "
                                                   : "the kernel's parameters are ";
  return fail(w, op, FaultKind::kIllegalAddress, lane,
              "out of bounds " + access + " at " + where + ": " + owner +
                  std::to_string(place.size) + " bytes" +
                  (place.space == kSharedSpace  ? " of shared memory"
                   : place.space == kLocalSpace ? " of local memory"
                                                : ""));
}

}  // namespace simgpu

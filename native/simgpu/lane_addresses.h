// The address of each lane of a memory operation.
#ifndef FIGMENT_SIMGPU_LANE_ADDRESSES_H_
#define FIGMENT_SIMGPU_LANE_ADDRESSES_H_

#include "lanes.h"
#include "memory_access.h"

namespace simgpu {
namespace SIMGPU_ISA {
namespace {

INLINE void lane_addresses(Warp& w, const Op* op, uint64_t* address) {
  uint64_t offset = op->imm;
  switch (op->x) {
    case kBase64: {
      Row<uint64_t> base = row<uint64_t>(w, op->r[7]);
      LANES address[l] = base[l] + offset;
      break;
    }
    case kBase32: {
      Row<uint32_t> base = row<uint32_t>(w, op->r[7]);
      LANES address[l] = static_cast<uint32_t>(base[l] + offset);
      break;
    }
    case kBaseFrame: {
      uint64_t at = w.base_local + offset;
      LANES address[l] = at;
      break;
    }
    default: {
      LANES address[l] = offset;
      break;
    }
  }
}

}  // namespace
}  // namespace SIMGPU_ISA
}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_LANE_ADDRESSES_H_

// How many blocks of a kernel one multiprocessor holds at a time (rules of cuda_occupancy.h).
#ifndef SIMGPU_DRIVER_OCCUPANCY_H_
#define SIMGPU_DRIVER_OCCUPANCY_H_

#include <cstdint>
#include <functional>

#include "../engine.h"

namespace simgpu {

struct BlockNeeds {
  int threads = 0;
  int registers = 0;          // per thread
  uint64_t shared_bytes = 0;  // static and dynamic
};

// Resident blocks a multiprocessor; 0 when one block does not fit.
int resident_blocks(const DeviceDescription& device, const BlockNeeds& needs);

struct BlockChoice {
  int threads = 0;
  int blocks_per_sm = 0;
};

// The block size, a multiple of the warp, that keeps most threads resident; the largest of equals.
// `needs_of` gives a block's needs by its size.
BlockChoice best_block(const DeviceDescription& device, int most_threads,
                       const std::function<BlockNeeds(int)>& needs_of);

// Dynamic shared memory that still lets `blocks` blocks be resident, or -1 when none does.
int64_t dynamic_shared_for(const DeviceDescription& device, int blocks, uint64_t static_shared,
                           uint64_t most_per_block);

}  // namespace simgpu

#endif  // SIMGPU_DRIVER_OCCUPANCY_H_

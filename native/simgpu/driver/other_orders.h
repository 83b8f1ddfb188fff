// SIMGPU_ORDERS: each launch again from the same memory, in other orders of its blocks, warps and
// lanes. What it leaves must be the same bits.
#ifndef SIMGPU_DRIVER_OTHER_ORDERS_H_
#define SIMGPU_DRIVER_OTHER_ORDERS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "../device_memory.h"
#include "../engine.h"

namespace simgpu {

// All live device memory as it was, with what had been written of it.
class MemoryImage {
 public:
  explicit MemoryImage(const DeviceMemory& memory);
  void restore(DeviceMemory& memory) const;
  // The address of the first byte that is another now; 0 where none is.
  uint64_t first_difference(const DeviceMemory& memory) const;
  uint8_t byte(uint64_t address) const;

 private:
  struct Part {
    DeviceMemory::Range range;
    std::vector<uint8_t> bytes, written;
  };
  std::vector<Part> parts_;
};

// Runs the launch, which `before` is the memory of, in `orders` - 1 others than the one in which it
// has run. Leaves the memory as it found it, or returns the fault.
std::optional<Fault> run_in_other_orders(Launch launch, DeviceMemory& memory,
                                         const MemoryImage& before, uint64_t orders);

}  // namespace simgpu

#endif  // SIMGPU_DRIVER_OTHER_ORDERS_H_

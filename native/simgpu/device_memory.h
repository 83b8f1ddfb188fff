// The simulated GPU's global memory: one reserved host region, seen through addresses that the host
// cannot dereference.
#ifndef FIGMENT_SIMGPU_DEVICE_MEMORY_H_
#define FIGMENT_SIMGPU_DEVICE_MEMORY_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace simgpu {

// A device address is kDeviceBase + offset. On x86-64 and arm64 such an address is non-canonical: a
// host program that dereferences one faults at once, and no host pointer is ever mistaken for one.
inline constexpr uint64_t kDeviceBase = 0x2000'0000'0000'0000;

// Fresh memory holds this byte everywhere: a NaN as float or double, -1 as an integer.
inline constexpr uint8_t kPoison = 0xFF;

// Allocations change only while no kernel runs (the driver holds its lock for both); look-ups may
// run on many threads at once.
class DeviceMemory {
 public:
  struct Range {
    uint64_t begin, end;  // device addresses, end exclusive
  };

  // Reserves address space for `capacity` bytes of memory; pages are taken when they are written.
  // ok() is false where the host refuses that much address space.
  explicit DeviceMemory(uint64_t capacity);
  ~DeviceMemory();
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;
  bool ok() const { return base_ != nullptr; }

  // A new allocation of `bytes`, aligned to 256 bytes and followed by a gap that belongs to nobody,
  // its bytes poisoned. 0 when `bytes` is 0 or the memory is exhausted.
  uint64_t allocate(uint64_t bytes);

  // Frees the allocation that begins at `address`; false when none does.
  bool free(uint64_t address);

  // The live allocation that holds `address`, or null. Valid until that allocation is freed, so it
  // may be kept for the length of a kernel.
  const Range* find(uint64_t address) const;

  // True when the whole of [address, address + bytes) lies in one live allocation.
  bool contains(uint64_t address, uint64_t bytes) const;

  // The bytes behind a device address in a live allocation.
  uint8_t* host(uint64_t address) const { return base_ + (address - kDeviceBase); }

  // What is at `address`, for reports: "60 bytes past the end of the 4096-byte allocation at
  // 0x...", "inside a freed 64-byte allocation ...", "a host address", "the null pointer".
  std::string describe(uint64_t address) const;

  // From now on, remembers which bytes were written; what is allocated already counts as written.
  // False where the host refuses the address space for it.
  bool track_writes();
  bool tracks_writes() const { return written_ != nullptr; }
  // Both do nothing, cheaply, where writes are not tracked. The ranges lie in one live allocation.
  void mark_written(uint64_t address, uint64_t bytes) {
    if (written_ != nullptr) set_written(address, bytes, true);
  }
  void copy_written(uint64_t to, uint64_t from, uint64_t bytes);  // of bytes that were copied
  // The first byte of the range that nothing wrote, or its end.
  uint64_t first_unwritten(uint64_t address, uint64_t bytes) const;
  // One bit a byte, bit 0 of the first that of kDeviceBase; null where writes are not tracked.
  uint8_t* written_bits() const { return written_; }

  uint64_t address_space() const { return region_; }  // bytes from kDeviceBase on
  uint64_t capacity() const { return capacity_; }
  uint64_t used() const { return used_; }  // bytes of live allocations, each rounded up to 256
  std::vector<Range> live() const;         // in address order

 private:
  uint64_t find_hole(uint64_t bytes) const;         // offset of a hole of so many bytes, or ~0
  void forget_freed(uint64_t begin, uint64_t end);  // freed ranges that were handed out again
  void set_written(uint64_t address, uint64_t bytes, bool value);
  void make_fresh(uint64_t begin, uint64_t bytes);  // poison, and give touched pages back

  uint8_t* base_ = nullptr;
  uint8_t* written_ = nullptr;
  uint64_t capacity_ = 0;
  uint64_t region_ = 0;  // bytes of reserved address space: capacity and room for gaps
  uint64_t used_ = 0;
  uint64_t next_ = 4096;  // offset where the next search begins: freed ranges rest a while
  std::map<uint64_t, Range> blocks_;  // live, by begin
  std::map<uint64_t, Range> freed_;   // freed and not handed out since, by begin
};

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_DEVICE_MEMORY_H_

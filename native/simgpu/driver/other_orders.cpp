#include "other_orders.h"

#include <algorithm>
#include <cstring>

#include "call.h"

namespace simgpu {
namespace {

const uint8_t* written_bits(const DeviceMemory& memory, uint64_t address) {
  return memory.written_bits() + (address - kDeviceBase) / 8;  // allocations begin at whole bytes
}

}  // namespace

MemoryImage::MemoryImage(const DeviceMemory& memory) {
  for (const DeviceMemory::Range& range : memory.live()) {
    Part part{range, {}, {}};
    const uint8_t* from = memory.host(range.begin);
    part.bytes.assign(from, from + (range.end - range.begin));
    if (memory.tracks_writes()) {
      const uint8_t* bits = written_bits(memory, range.begin);
      part.written.assign(bits, bits + (range.end - range.begin + 7) / 8);
    }
    parts_.push_back(std::move(part));
  }
}

void MemoryImage::restore(DeviceMemory& memory) const {
  for (const Part& part : parts_) {
    std::memcpy(memory.host(part.range.begin), part.bytes.data(), part.bytes.size());
    if (part.written.empty()) continue;
    std::memcpy(memory.written_bits() + (part.range.begin - kDeviceBase) / 8, part.written.data(),
                part.written.size());
  }
}

uint64_t MemoryImage::first_difference(const DeviceMemory& memory) const {
  for (const Part& part : parts_) {
    const uint8_t* now = memory.host(part.range.begin);
    auto at = std::mismatch(part.bytes.begin(), part.bytes.end(), now).first;
    if (at != part.bytes.end()) {
      return part.range.begin + static_cast<uint64_t>(at - part.bytes.begin());
    }
  }
  return 0;
}

uint8_t MemoryImage::byte(uint64_t address) const {
  for (const Part& part : parts_) {
    if (address >= part.range.begin && address < part.range.end) {
      return part.bytes[address - part.range.begin];
    }
  }
  return 0;
}

std::optional<Fault> run_in_other_orders(Launch launch, DeviceMemory& memory,
                                         const MemoryImage& before, uint64_t orders) {
  const MemoryImage after(memory);
  const bool apart = launch.lanes_apart;
  launch.counts = nullptr;
  launch.lines = nullptr;
  launch.cache = nullptr;
  launch.touched = nullptr;
  for (uint64_t i = 1; i < orders; ++i) {
    before.restore(memory);
    launch.seed = launch.seed * 6364136223846793005u + 1442695040888963407u;
    launch.lanes_apart = i % 2 == 1 ? !apart : apart;
    if (std::optional<Fault> fault = execute(launch, memory)) return fault;
    uint64_t at = after.first_difference(memory);
    if (at == 0) continue;
    return Fault{
        FaultKind::kRace,
        text("kernel '%s': its result depends on the order of its blocks, warps and lanes: "
             "the byte at 0x%llx (%s) is 0x%02x in one order and 0x%02x in another",
             launch.kernel->info.name.c_str(), static_cast<unsigned long long>(at),
             memory.describe(at).c_str(), after.byte(at), *memory.host(at))};
  }
  return std::nullopt;
}

}  // namespace simgpu

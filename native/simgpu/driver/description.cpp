#include "description.h"

#include <cerrno>
#include <cstdlib>
#include <stdexcept>

#include "../l2_cache.h"

namespace simgpu {
namespace {

// Per compute capability: the CUDA programming guide's table of technical specifications;
// processors, clocks, memory bus and L2 of a board that has it (T4, A100, H100).
struct Capability {
  int major, minor;
  int threads_per_sm, blocks_per_sm;
  int shared_per_sm_kb, optin_kb, reserved_kb;
  int sms, clock_khz, memory_clock_khz, bus_bits, l2_mb;
};

constexpr Capability kCapabilities[] = {
    {7, 5, 1024, 16, 64, 64, 0, 40, 1590000, 5001000, 256, 4},
    {8, 0, 2048, 32, 164, 163, 1, 108, 1410000, 1512000, 5120, 40},
    {9, 0, 2048, 32, 228, 227, 1, 132, 1980000, 2619000, 5120, 50},
};

std::string value_of(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

[[noreturn]] void refuse(const char* name, const std::string& value, const std::string& wanted) {
  throw std::invalid_argument(std::string(name) + "=" + value + " is not " + wanted);
}

// A positive number, with K, M or G for powers of 1024 where `sizes` is set.
uint64_t number(const char* name, uint64_t otherwise, uint64_t least, uint64_t most,
                bool sizes = false) {
  std::string value = value_of(name);
  if (value.empty()) return otherwise;
  char* end = nullptr;
  errno = 0;
  uint64_t result = std::strtoull(value.c_str(), &end, 0);
  int shift = 0;
  if (sizes && (*end == 'K' || *end == 'M' || *end == 'G')) {
    shift = *end == 'K' ? 10 : *end == 'M' ? 20 : 30;
    ++end;
  }
  bool fits = errno == 0 && end != value.c_str() && *end == 0 && result <= (most >> shift);
  result <<= shift;
  if (!fits || result < least) {
    refuse(name, value, "a number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return result;
}

const Capability& capability() {
  std::string value = value_of("SIMGPU_CC");
  if (value.empty()) value = "8.0";
  for (const Capability& known : kCapabilities) {
    if (value == std::to_string(known.major) + "." + std::to_string(known.minor)) return known;
  }
  refuse("SIMGPU_CC", value, "a compute capability that the simulation knows: 7.5, 8.0 or 9.0");
}

}  // namespace

DriverSettings read_settings() {
  const Capability& known = capability();
  DriverSettings settings;
  DeviceDescription& device = settings.device;
  device.cc_major = known.major;
  device.cc_minor = known.minor;
  device.max_threads_per_sm = known.threads_per_sm;
  device.max_blocks_per_sm = known.blocks_per_sm;
  device.shared_per_sm = known.shared_per_sm_kb << 10;
  device.shared_per_block_optin = known.optin_kb << 10;
  device.shared_reserved_per_block = known.reserved_kb << 10;
  device.sm_count = static_cast<int>(number("SIMGPU_SMS", known.sms, 1, 1024));
  device.clock_khz = known.clock_khz;
  device.memory_bytes =
      number("SIMGPU_MEMORY", uint64_t{8} << 30, 1 << 20, uint64_t{1} << 40, /*sizes=*/true);
  settings.name = value_of("SIMGPU_NAME");
  if (settings.name.empty()) {
    settings.name =
        "Simulated GPU (sm_" + std::to_string(known.major) + std::to_string(known.minor) + ")";
  }
  settings.driver_version = static_cast<int>(number("SIMGPU_DRIVER_VERSION", 12060, 1000, 99990));
  settings.seed = number("SIMGPU_SEED", 1, 0, ~uint64_t{0});
  settings.threads = static_cast<int>(number("SIMGPU_THREADS", 0, 0, 1024));
  settings.instruction_limit = number("SIMGPU_INSTRUCTION_LIMIT", 0, 0, ~uint64_t{0});
  settings.l2_bytes = static_cast<int>(number("SIMGPU_L2", static_cast<uint64_t>(known.l2_mb) << 20,
                                              L2Cache::kLeastBytes, 1 << 30, /*sizes=*/true));
  settings.memory_clock_khz = known.memory_clock_khz;
  settings.bus_bits = known.bus_bits;
  settings.check = number("SIMGPU_CHECK", 0, 0, 1) != 0;
  settings.orders = number("SIMGPU_ORDERS", 1, 1, 1000);
  settings.lanes_apart = number("SIMGPU_LANES_APART", 0, 0, 1) != 0;
  settings.report = value_of("SIMGPU_REPORT");
  settings.explain = number("SIMGPU_EXPLAIN", 0, 0, 1) != 0;
  return settings;
}

int device_count() { return static_cast<int>(number("SIMGPU_DEVICES", 1, 0, 1)); }

// PTX ISA release notes: 12.0 brought 8.0, then one a minor version up to 12.4 (8.4); 12.5 and 12.6
// share 8.5, 12.7 has 8.6, 12.8 8.7, 12.9 8.8, 13.0 9.0; 11.0 to 11.8 brought 7.0 to 7.8.
int newest_ptx(int driver_version) {
  int major = driver_version / 1000;
  int minor = driver_version % 1000 / 10;
  if (major < 11) return 65;
  if (major == 11) return 70 + minor;
  if (major == 12) return 80 + (minor <= 5 ? minor : minor - 1);
  return 10 * (major - 4) + minor;
}

}  // namespace simgpu

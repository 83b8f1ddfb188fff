// The simulated device and driver, as the environment describes them.
#ifndef SIMGPU_DRIVER_DESCRIPTION_H_
#define SIMGPU_DRIVER_DESCRIPTION_H_

#include <cstdint>
#include <string>

#include "../engine.h"

namespace simgpu {

struct DriverSettings {
  DeviceDescription device;
  std::string name;            // "Simulated GPU (sm_80)"
  int driver_version = 12060;  // 1000 * major + 10 * minor, as cuDriverGetVersion gives it
  uint64_t seed = 1;           // chooses among the legal orders of work
  int threads = 0;             // host threads a kernel runs on, 0 for one a core
  uint64_t instruction_limit = 0;
  int l2_bytes = 0;
  int memory_clock_khz = 0;
  int bus_bits = 0;
  bool check = false;        // look for races, reads of unwritten memory and leaks
  uint64_t orders = 1;       // in how many orders each launch runs and must leave the same
  bool lanes_apart = false;  // run the lanes of a warp one by one
  std::string report;        // file for the counters, "" for no counting
  bool explain = false;      // print the sentence of every failing call
};

// Reads SIMGPU_CC, SIMGPU_SMS, SIMGPU_MEMORY, ... Throws std::invalid_argument with a sentence.
DriverSettings read_settings();

// 1 for SIMGPU_DEVICES unset or 1, 0 for a machine that has the driver but no device.
int device_count();

// The newest PTX ISA, as 10 * major + minor, that a driver of this version compiles.
int newest_ptx(int driver_version);

}  // namespace simgpu

#endif  // SIMGPU_DRIVER_DESCRIPTION_H_

// What was counted of the launches so far, and the report of it.
#ifndef SIMGPU_DRIVER_COUNTING_H_
#define SIMGPU_DRIVER_COUNTING_H_

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "../counts.h"

namespace simgpu {

// Has a lock of its own: the report at exit must not wait for a thread inside the driver.
class Counting {
 public:
  // Counts from now on; `file` receives the report at exit, "" for none.
  void begin(const std::string& file);
  void on(bool wanted);
  bool on();
  void add(const Launch& launch, const LaunchCounts& counts);
  void reset();
  std::string json();
  void write_file();

 private:
  static constexpr size_t kListed = 1000;  // launches one by one; the sums have them all
  struct Kernel {
    uint64_t launches = 0;
    LaunchCounts sums;
  };
  struct Single {
    std::string kernel;
    Dim3 grid, block;
    uint32_t dynamic_shared;
    LaunchCounts counts;
  };
  std::mutex lock_;
  bool on_ = false;
  std::string file_;
  std::map<std::string, Kernel> kernels_;
  std::vector<Single> singles_;
  uint64_t not_listed_ = 0;
};

// Never destroyed, like the driver's state.
Counting& counting();

}  // namespace simgpu

#endif  // SIMGPU_DRIVER_COUNTING_H_

// What was counted of the launches so far, and the report of it.
#ifndef SIMGPU_DRIVER_COUNTING_H_
#define SIMGPU_DRIVER_COUNTING_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "../counts.h"

namespace simgpu {

// Has a lock of its own: the report at exit must not wait for a thread inside the driver.
class Counting {
 public:
  // Describes the GPU's L2 cache, whose model begins empty.
  void describe(uint64_t l2_bytes);
  // Counts from now on; `file` receives the report at exit, "" for none.
  void begin(const std::string& file);
  void on(bool wanted);
  // What receives a launch's counts.
  struct Counted {
    LaunchCounts counts;
    std::vector<LineCounts> lines;
    std::shared_ptr<L2Cache> cache;
  };
  // Has `launch` counted into `into` where counting is on; add() follows when it ran without fault.
  void prepare(Launch& launch, Counted& into);
  void add(const Launch& launch, const Counted& counted);
  void reset();
  std::string json();
  void write_file();

 private:
  static constexpr size_t kListed = 1000;       // launches one by one; the sums have them all
  using LineKey = std::pair<std::string, int>;  // file, line
  struct Kernel {
    uint64_t launches = 0;
    LaunchCounts sums;
    std::map<LineKey, LineCounts> lines;
  };
  struct Single {
    std::string kernel;
    Dim3 grid, block;
    uint32_t dynamic_shared;
    uint64_t dirty_bytes;
    LaunchCounts counts;
  };
  std::mutex lock_;
  bool on_ = false;
  uint64_t l2_bytes_ = 0;
  std::shared_ptr<L2Cache> cache_;  // a launch that runs while it is replaced keeps the old one
  std::string file_;
  std::map<std::string, Kernel> kernels_;
  std::vector<Single> singles_;
  uint64_t not_listed_ = 0;
};

// Never destroyed, like the driver's state.
Counting& counting();

}  // namespace simgpu

#endif  // SIMGPU_DRIVER_COUNTING_H_

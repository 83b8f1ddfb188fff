// What a launch did, as a profiler would count it. docs/simgpu-engine.md says what each count
// means.
#ifndef FIGMENT_SIMGPU_COUNTS_H_
#define FIGMENT_SIMGPU_COUNTS_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "l2_cache.h"
#include "program.h"

namespace simgpu {

enum class InstructionClass : uint8_t {
  kInteger,
  kFloat,
  kHalf,
  kDouble,
  kSpecial,
  kConvert,
  kMove,
  kGlobalLoad,
  kGlobalStore,
  kSharedLoad,
  kSharedStore,
  kLocalLoad,
  kLocalStore,
  kConstantLoad,
  kParameter,
  kAtomic,
  kWarp,
  kBarrier,
  kFence,
  kControl,
  kOther,
  kCount,
};
constexpr size_t kInstructionClasses = static_cast<size_t>(InstructionClass::kCount);
const char* class_name(size_t instruction_class);

struct ClassCount {
  uint64_t warps = 0, threads = 0;
};

// One direction of global memory.
struct GlobalTraffic {
  uint64_t requests = 0;        // warp instructions
  uint64_t sectors = 0;         // distinct 32-byte sectors of each request
  uint64_t bytes = 0;           // what the lanes asked for
  uint64_t distinct_bytes = 0;  // of the whole launch; a sum over launches adds them up
};

// One direction of shared memory, or its atomics.
struct SharedTraffic {
  uint64_t requests = 0;
  uint64_t threads = 0;  // lanes that took part
  uint64_t wavefronts = 0;
  uint64_t ideal = 0;  // wavefronts without bank conflicts
};

struct LaunchCounts {
  std::array<ClassCount, kInstructionClasses> classes;
  uint64_t flops_single = 0, flops_double = 0, flops_half = 0;
  GlobalTraffic global_load, global_store, global_atomic;
  SharedTraffic shared_load, shared_store, shared_atomic;
  DramTraffic dram;  // modelled; zeros without an L2Cache
  uint64_t branches = 0, divergent_branches = 0;

  ClassCount instructions() const;
  void add(const LaunchCounts& more);
};

// What the instructions of one source line did.
struct LineCounts {
  std::string file;
  int line = 0;
  ClassCount instructions;
  uint64_t global_sectors = 0;  // of loads, stores and atomics
  uint64_t shared_wavefronts = 0, shared_conflicts = 0;

  void add(const LineCounts& more);  // of the same line
};

// The bytes of global memory that one host thread's blocks touched.
class TouchedBytes {
 public:
  // Some bytes of the 32-byte sector that begins at `address`, bit 0 the first.
  void touch(uint64_t address, uint32_t bytes) {
    uint64_t chunk = address / kChunk;
    Recent& recent = recent_[chunk * 0x9e3779b97f4a7c15u >> 60];
    if (chunk != recent.chunk || recent.words == nullptr) {
      auto& slot = chunks_[chunk];
      if (slot == nullptr) slot = std::make_unique<Words>();
      recent = {chunk, slot.get()};
    }
    (*recent.words)[address % kChunk / 64] |= uint64_t{bytes} << address % 64;
  }
  void add(const TouchedBytes& more);
  uint64_t count() const;

 private:
  static constexpr uint64_t kChunk = 4096;
  using Words = std::array<uint64_t, kChunk / 64>;
  std::unordered_map<uint64_t, std::unique_ptr<Words>> chunks_;
  struct Recent {
    uint64_t chunk = 0;
    Words* words = nullptr;
  };
  Recent recent_[16];  // a kernel goes through several arrays at once
};

// A program's operations once more, each counted before it runs.
struct CountedCode {
  struct Info {
    InstructionClass kind = InstructionClass::kOther;
    uint8_t flops = 0;      // a thread
    bool by_space = false;  // the class is known when it runs
    uint32_t line = 0;      // index into `lines` plus 1, 0 for none
  };
  struct Line {
    std::string file;
    int line;
  };
  std::vector<Op> code;
  std::vector<Info> info;  // one an operation
  std::vector<Line> lines;
};

// The counters of one host thread.
struct Counters {
  struct OpCount {
    uint64_t warps = 0, threads = 0, sectors = 0, wavefronts = 0, ideal = 0;
  };
  std::vector<OpCount> ops;  // one an operation
  LaunchCounts sums;         // of what is not counted by operation
  TouchedBytes loaded, stored, changed;
  L2Cache* cache = nullptr;
  const Op* inner = nullptr;  // the operations that do the work

  void add(const Counters& more);
  LaunchCounts result(const CountedCode& counted) const;
  std::vector<LineCounts> lines(const CountedCode& counted) const;  // in order of file and line
};

const CountedCode& counted_code(const Program& program);

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_COUNTS_H_

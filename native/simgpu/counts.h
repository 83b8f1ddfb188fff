// What a launch did, as a profiler would count it. docs/simgpu-engine.md says what each count
// means.
#ifndef FIGMENT_SIMGPU_COUNTS_H_
#define FIGMENT_SIMGPU_COUNTS_H_

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

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

// One direction of shared memory.
struct SharedTraffic {
  uint64_t requests = 0;
  uint64_t wavefronts = 0;
  uint64_t ideal = 0;  // wavefronts without bank conflicts
};

struct LaunchCounts {
  std::array<ClassCount, kInstructionClasses> classes;
  uint64_t flops_single = 0, flops_double = 0, flops_half = 0;
  GlobalTraffic global_load, global_store, global_atomic;
  SharedTraffic shared_load, shared_store;
  uint64_t shared_atomics = 0, shared_atomic_threads = 0;
  uint64_t branches = 0, divergent_branches = 0;

  ClassCount instructions() const;
  void add(const LaunchCounts& more);
};

// The bytes of global memory that one host thread's blocks touched.
class TouchedBytes {
 public:
  // An aligned access of at most 16 bytes.
  void touch(uint64_t address, uint32_t bytes) {
    uint64_t chunk = address / kChunk;
    if (chunk != last_ || words_ == nullptr) {
      auto& slot = chunks_[chunk];
      if (slot == nullptr) slot = std::make_unique<Words>();
      words_ = slot.get();
      last_ = chunk;
    }
    (*words_)[address % kChunk / 64] |= ((uint64_t{1} << bytes) - 1) << address % 64;
  }
  void add(const TouchedBytes& more);
  uint64_t count() const;

 private:
  static constexpr uint64_t kChunk = 4096;
  using Words = std::array<uint64_t, kChunk / 64>;
  std::unordered_map<uint64_t, std::unique_ptr<Words>> chunks_;
  uint64_t last_ = 0;
  Words* words_ = nullptr;
};

// The counters of one host thread.
struct Counters {
  LaunchCounts sums;
  TouchedBytes loaded, stored, changed;

  void add(const Counters& more);
  LaunchCounts result() const;  // with the distinct bytes
};

// A program's operations once more, each counted before it runs.
struct CountedCode {
  struct Info {
    InstructionClass kind = InstructionClass::kOther;
    uint8_t flops = 0;  // a thread
  };
  std::vector<Op> code;
  std::vector<Info> info;  // one an operation
};

const CountedCode& counted_code(const Program& program);

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_COUNTS_H_

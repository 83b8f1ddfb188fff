// A warp while it runs: its lanes, where each stands, and what a handler may touch.
#ifndef FIGMENT_SIMGPU_WARP_H_
#define FIGMENT_SIMGPU_WARP_H_

#include <cstdint>
#include <string>

#include "device_memory.h"
#include "program.h"

namespace simgpu {

constexpr uint32_t kFullMask = 0xffffffffu;
constexpr uint32_t kNever = 0xffffffffu;

struct Block;

// Lanes of a warp that stand at one place of one frame.
struct Fragment {
  enum State : uint8_t { kReady, kMeeting, kBarrier };
  uint32_t mask = 0;
  uint32_t pc = 0;                                                       // op index
  uint32_t depth = 0;                                                    // calls below the kernel
  uint32_t base32 = 0, base64 = 0, base_predicates = 0, base_local = 0;  // the frame
  uint32_t turn = 0;  // grows each time the fragment gave way to others
  State state = kReady;
  uint8_t barrier = 0;       // kBarrier: which
  uint32_t member_mask = 0;  // kMeeting: lanes it waits for
};

enum class Stop : uint8_t {
  kReschedule,  // lanes split, met or returned: choose again
  kParked,      // the running fragment was parked
  kExited,      // the running fragment's lanes are gone
  kBudget,      // many backward branches: look at limits, let others run
  kFault,
};

// An operation finds its allocation again through the cache of its op index.
constexpr uint32_t kRangeCaches = 64;

struct RangeCache {
  uint64_t begin = 1, end = 0;
  uint8_t* host = nullptr;  // host address of begin
};

struct Warp {
  // The running fragment's frame.
  uint8_t* r32 = nullptr;
  uint8_t* r64 = nullptr;
  uint32_t* predicates = nullptr;
  uint32_t active = 0;         // lanes the current operation works on
  uint32_t mask = 0;           // lanes of the running fragment (active without a guard)
  uint32_t other_pc = kNever;  // where the next other fragment waits: stop there to merge
  int32_t budget = 0;          // backward branches left in this slice
  uint32_t base_local = 0;
  bool touched_shared_state = false;  // an atomic or volatile access since the last branch back
  Stop stop = Stop::kReschedule;
  const Op* resume = nullptr;  // where the running fragment goes on after a stop

  const Op* code = nullptr;
  const Program* program = nullptr;
  Block* block = nullptr;
  DeviceMemory* memory = nullptr;
  uint8_t* shared = nullptr;
  uint64_t shared_bytes = 0;
  uint8_t* local = nullptr;  // lane l's local memory begins at local + l * local_bytes
  uint64_t local_bytes = 0;
  const uint8_t* params = nullptr;
  uint64_t param_bytes = 0;
  RangeCache ranges[kRangeCaches];

  // The fault, when stop is kFault.
  FaultKind fault_kind = FaultKind::kTrap;
  std::string fault_text;
  uint32_t fault_lane = 0;

  // Lanes and fragments.
  uint32_t live = 0;
  uint32_t index = 0;    // in its block
  uint32_t running = 0;  // index of the running fragment
  uint32_t fragment_count = 0;
  Fragment fragments[32];
  struct RegisterFile* file = nullptr;
};

// Ends the operation with a fault seen by `lane`.
const Op* fail(Warp& w, const Op* op, FaultKind kind, uint32_t lane, std::string text);
// An address that cannot be accessed, or is misaligned: finds out why and says so.
const Op* fail_address(Warp& w, const Op* op, uint32_t lane, uint64_t address, uint32_t bytes,
                       const char* what);

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_WARP_H_

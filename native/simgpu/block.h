// A block of threads while it runs, and the scheduling of its warps.
#ifndef FIGMENT_SIMGPU_BLOCK_H_
#define FIGMENT_SIMGPU_BLOCK_H_

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "warp.h"

namespace simgpu {

// Registers and local memory of one warp. A warp takes one when it first runs and gives it back
// when its lanes are gone, so that a kernel without barriers keeps to one, in the nearest cache.
struct RegisterFile {
  uint8_t* r32 = nullptr;
  uint8_t* r64 = nullptr;
  uint32_t* predicates = nullptr;
  uint8_t* local = nullptr;
  void* memory = nullptr;
  RegisterFile() = default;
  RegisterFile(const RegisterFile&) = delete;
  RegisterFile& operator=(const RegisterFile&) = delete;
  ~RegisterFile();
};

// What the blocks of one launch share.
struct Grid {
  const Launch* launch = nullptr;
  const Program* program = nullptr;
  const FunctionCode* entry = nullptr;
  DeviceMemory* memory = nullptr;
  Checker::Impl* checker = nullptr;                                      // null: nothing is checked
  uint64_t rows32 = 0, rows64 = 0, row_predicates = 0, local_bytes = 0;  // of a warp
  uint64_t shared_bytes = 0;
  const CountedCode* counted = nullptr;  // null: nothing is counted
  std::atomic<uint64_t> next{0};         // blocks begun
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> instructions{0};
  uint64_t first = 0, step = 1;  // block order: (first + i * step) mod count
};

// Register files of one host thread's blocks.
class RegisterFiles {
 public:
  explicit RegisterFiles(const Grid& grid) : grid_(grid) {}
  RegisterFile* take();
  void give(RegisterFile* file) { idle_.push_back(file); }

 private:
  const Grid& grid_;
  std::vector<std::unique_ptr<RegisterFile>> all_;
  std::vector<RegisterFile*> idle_;
};

struct Barrier {
  uint32_t arrived = 0;   // threads waiting, or counted by bar.arrive
  uint32_t expected = 0;  // 0: every thread of the block that has not exited
  uint32_t yes = 0;       // bar.red: predicates that hold
  uint32_t source = 0;    // of an arrival, for reports
  bool passed = false;    // some came by bar.arrive and went on
};

struct Counters;    // of one host thread (counts.h)
struct BlockCheck;  // what a Checker knows of a block (checker.h)

enum class BlockState { kDone, kYield, kFault };

struct Block {
  Grid* grid = nullptr;
  RegisterFiles* files = nullptr;
  uint64_t linear = 0;
  uint32_t x = 0, y = 0, z = 0;
  uint32_t threads = 0, live = 0;
  uint32_t waiting = 0;  // arrivals at all barriers
  uint64_t instructions = 0;
  std::vector<std::unique_ptr<Warp>> warps;
  std::vector<uint32_t> order;  // of the warps, by the launch's seed
  std::vector<uint8_t> shared;
  Barrier barriers[16];
  std::optional<Fault> fault;
  std::unique_ptr<BlockCheck> check;  // null: nothing is checked
  Counters* counters = nullptr;       // null: nothing is counted

  Block();
  ~Block();
  void begin(Grid* owner, RegisterFiles* register_files, uint64_t block);
  BlockState run();  // until done, or until every warp that could run has had its slice
  void arrive(Warp& w, const Op* op, uint32_t number, uint32_t expected);
  // Releases the threads of a barrier that is complete; true when it was.
  bool release(uint32_t number);
  void lanes_exited(uint32_t count);

 private:
  void report_deadlock();
};

enum class WarpState { kDone, kWaiting, kYield, kFault };

void begin_warp(Warp& w);
// Runs fragments of the warp until none is ready, or each had its slice.
WarpState run_warp(Warp& w);
// Parks the running fragment, or marks parked ones ready: used by barriers and meetings.
void save_running(Warp& w, uint32_t pc);
// Rendezvous of .sync operations (exec_meeting.cpp): runs those whose lanes are all there.
// Null when fine, else the fault was recorded and it returns false.
bool complete_meetings(Warp& w);

// "kernel 'k', PTX line 12 (add.f32), k.cu:7, block (0, 0, 0), thread (3, 0, 0)"
std::string describe_place(const Warp& w, uint32_t source, int lane);

void enter_frame(Warp& w, const FunctionCode& function, const Fragment& frame, uint32_t mask);
void use_frame(Warp& w, const Fragment& frame);

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_BLOCK_H_

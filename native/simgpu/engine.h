// The PTX engine: text in, checked module out; a launch in, the finished grid (or a fault) out.
//
// The driver half (driver API, streams, contexts) talks to the engine through this header and
// to memory through device_memory.h; neither looks further into the other.
#ifndef FIGMENT_SIMGPU_ENGINE_H_
#define FIGMENT_SIMGPU_ENGINE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace simgpu {

class DeviceMemory;

struct Dim3 {
  uint32_t x = 1, y = 1, z = 1;
  uint64_t count() const { return uint64_t{x} * y * z; }
};

// The described GPU. The driver half fills it from the environment; the engine reads the compute
// capability (to refuse newer targets), sm_count (for %nsmid) and the resident-block limits.
struct DeviceDescription {
  int cc_major = 8;
  int cc_minor = 0;
  int sm_count = 108;
  uint64_t memory_bytes = uint64_t{8} << 30;
  int shared_per_block = 48 << 10;
  int shared_per_block_optin = 163 << 10;
  int shared_per_sm = 164 << 10;
  int shared_reserved_per_block = 1 << 10;
  int registers_per_block = 65536;
  int registers_per_sm = 65536;
  int max_threads_per_block = 1024;
  int max_threads_per_sm = 2048;
  int max_blocks_per_sm = 32;
  int clock_khz = 1410000;
};

struct ParamInfo {
  uint32_t offset = 0;  // bytes from the start of the parameter block
  uint32_t size = 0;    // bytes
};

// What cuFuncGetAttribute and the occupancy calculator need to know of a kernel.
struct FunctionInfo {
  std::string name;
  int max_threads = 1024;      // from .maxntid / .reqntid, else the device's limit
  int num_regs = 0;            // an estimate: the highest number of live 32-bit registers
  uint32_t static_shared = 0;  // bytes
  uint32_t local_bytes = 0;    // bytes a thread
  uint32_t const_bytes = 0;    // bytes of the module's .const variables
  int ptx_version = 0;         // 10 * major + minor of .target sm_XX, as the driver gives it
  bool uses_dynamic_shared = false;
  Dim3 required_block{0, 0, 0};  // .reqntid, zeros when absent
  uint32_t param_bytes = 0;
  std::vector<ParamInfo> params;
};

struct GlobalInfo {
  uint64_t address = 0;  // device address of the allocation
  uint64_t bytes = 0;
};

enum class LoadErrorKind {
  kInvalidPtx,          // syntax, unknown instruction, wrong operands: CUDA_ERROR_INVALID_PTX
  kUnsupportedVersion,  // .version newer than we know: CUDA_ERROR_UNSUPPORTED_PTX_VERSION
  kUnsupportedTarget,   // .target newer than the described device: CUDA_ERROR_NO_BINARY_FOR_GPU
  kUnresolved,          // a call to a function the module lacks: CUDA_ERROR_INVALID_PTX
  kOutOfMemory,         // no room for the module's variables: CUDA_ERROR_OUT_OF_MEMORY
};

class LoadError : public std::runtime_error {
 public:
  LoadError(LoadErrorKind kind, int line, const std::string& text)
      : std::runtime_error(text), kind_(kind), line_(line) {}
  LoadErrorKind kind() const { return kind_; }
  int line() const { return line_; }  // PTX line, 0 when the error has none

 private:
  LoadErrorKind kind_;
  int line_;
};

struct Program;  // decoded code of a module (program.h)

// One entry of a module. Lives as long as its module.
struct Kernel {
  FunctionInfo info;
  const Program* program = nullptr;
  int function = 0;  // index into program->functions
};

class Module {
 public:
  // Parses, checks and decodes; places .global and .const variables in memory. Throws LoadError.
  static std::unique_ptr<Module> load(std::string_view ptx, const DeviceDescription& device,
                                      DeviceMemory& memory);
  ~Module();  // frees the module's variables; no launch of it may be running
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  const Kernel* kernel(std::string_view name) const;      // null when the module has none
  const GlobalInfo* global(std::string_view name) const;  // .global or .const, else null
  std::vector<std::string> kernel_names() const;          // in order of appearance

  struct Impl;

 private:
  Module();
  std::unique_ptr<Impl> impl_;
};

enum class FaultKind {
  kIllegalAddress,      // CUDA_ERROR_ILLEGAL_ADDRESS
  kMisalignedAddress,   // CUDA_ERROR_MISALIGNED_ADDRESS
  kTrap,                // CUDA_ERROR_LAUNCH_FAILED
  kAssert,              // CUDA_ERROR_ASSERT
  kIllegalInstruction,  // undefined by PTX (absent shuffle lane, aligned barrier in divergent
                        // code, division by zero...): CUDA_ERROR_ILLEGAL_INSTRUCTION
  kStackOverflow,       // CUDA_ERROR_HARDWARE_STACK_ERROR
  kDeadlock,            // threads wait for each other: CUDA_ERROR_LAUNCH_TIMEOUT
  kTimeout,             // instruction_limit reached: CUDA_ERROR_LAUNCH_TIMEOUT
  kUninitializedRead,   // found by a Checker: CUDA_ERROR_LAUNCH_FAILED
  kRace,                // found by a Checker: CUDA_ERROR_LAUNCH_FAILED
  kReadOnlyWritten,     // data read through .nc is written: CUDA_ERROR_LAUNCH_FAILED
};

struct Fault {
  FaultKind kind = FaultKind::kTrap;
  std::string report;  // kernel, PTX line, source line, block, thread, address, what is there
};

// Looks for what a GPU would hide: reads of bytes that nothing wrote, races by happens-before, and
// writes to data that the kernel reads through .nc. One serves all launches on its memory, one
// after another. A launch that has one runs its blocks on one host thread, so that a seed gives one
// report. From its construction on, the memory keeps track of the bytes that were written.
class Checker {
 public:
  explicit Checker(DeviceMemory& memory);  // ok() is false where the host has no address space
  ~Checker();
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;
  bool ok() const { return impl_ != nullptr; }

  class Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

struct LaunchCounts;  // counts.h
struct LineCounts;
class L2Cache;  // l2_cache.h

// Global memory that a checked launch used. Strong: by accesses alone that order themselves against
// each other across the device (atomic, volatile, relaxed...).
struct Touched {
  uint64_t begin = 0, end = 0;  // device addresses, end exclusive
  bool writes = false, strong = false;
};

struct Launch {
  const Kernel* kernel = nullptr;
  Dim3 grid, block;
  uint32_t dynamic_shared = 0;              // bytes
  std::vector<uint8_t> params;              // info.param_bytes long
  uint64_t seed = 0;                        // chooses the order of blocks and of warps
  int threads = 0;                          // host threads, 0 for one a core
  uint64_t instruction_limit = 0;           // warp instructions a block, 0 for no limit
  uint64_t* instructions = nullptr;         // if set, receives the warp instructions of all blocks
  Checker* checker = nullptr;               // if set, checks the launch
  std::vector<Touched>* touched = nullptr;  // if set, receives what a checked launch used, in
                                            // address order
  LaunchCounts* counts = nullptr;  // if set, receives what the launch did; void after a fault
  std::vector<LineCounts>* lines = nullptr;  // with counts: receives them by source line
  L2Cache* cache = nullptr;  // with counts: a model that the accesses go through. Its launch runs
                             // on one host thread, blocks and warps in ascending order
  bool lanes_apart = false;  // lanes of a warp run one by one, in an order by the seed, between the
                             // points where they must meet
};

// Runs a whole grid and returns when it is done. Blocks are spread over a pool of host threads.
// The first fault stops the grid. Safe to call from several host threads.
std::optional<Fault> execute(const Launch& launch, DeviceMemory& memory);

// Name of the instruction set chosen for this machine: "avx512", "avx2" or "baseline".
const char* execution_target();

// Generic-address windows. Global memory is everything else that lies in DeviceMemory.
constexpr uint64_t kSharedWindow = 0x2100'0000'0000'0000;
constexpr uint64_t kLocalWindow = 0x2200'0000'0000'0000;
constexpr uint64_t kParamWindow = 0x2300'0000'0000'0000;

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_ENGINE_H_

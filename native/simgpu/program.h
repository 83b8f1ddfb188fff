// Decoded code: what the executor runs.
#ifndef FIGMENT_SIMGPU_PROGRAM_H_
#define FIGMENT_SIMGPU_PROGRAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine.h"

namespace simgpu {

struct Warp;
struct Op;

// Executes one operation for the active lanes of the warp and returns the next one, or null when
// the scheduler must choose (Warp::stop says why).
using Handler = const Op* (*)(Warp&, const Op*);

// One decoded operation, a cache line. Register operands are indices of slots in the current
// frame: 32-bit registers (and all narrower ones) are rows of 32 lanes x 4 bytes, 64-bit registers
// rows of 32 x 8 bytes, predicates one 32-bit mask of lanes each.
struct alignas(64) Op {
  Handler fn = nullptr;
  uint64_t imm = 0;  // immediate, address offset, or what the operation needs
  int32_t r[8] = {-1, -1, -1, -1, -1, -1, -1, -1};  // destination(s) first
  uint32_t target = 0;                              // op index of a branch, function of a call
  uint32_t source = 0;                              // index into Program::sources
  uint8_t x = 0, y = 0, z = 0, w = 0;               // modifiers
};
static_assert(sizeof(Op) == 64, "one operation is one cache line");

struct SourceLine {
  int ptx_line = 0;
  int file = 0, line = 0;  // from .loc, 0 when there is none
  int function = 0;
  std::string text;  // the instruction's opcode
};

template <class T>
struct Constant {
  int32_t slot;
  T value;
};

struct FunctionCode {
  std::string name;
  bool is_entry = false;
  uint32_t begin = 0;                                 // op index of its first operation
  uint32_t slots32 = 0, slots64 = 0, predicates = 0;  // frame size in rows
  uint32_t local_bytes = 0;  // a thread's .local variables and call parameters
  std::vector<Constant<uint32_t>> constants32;
  std::vector<Constant<uint64_t>> constants64;
  std::vector<int32_t> undefined32, undefined64, undefined_predicates;  // read before written
  // Deepest need of the calls below and including this one, when there is no recursion.
  uint32_t deep32 = 0, deep64 = 0, deep_predicates = 0, deep_local = 0;
  bool recursive = false;
};

struct CountedCode;  // counts.h

struct Program {
  std::vector<Op> code;
  std::vector<Op> checked_code;  // the same, what a Checker watches goes through its handlers
  mutable std::once_flag counted_once;
  mutable std::shared_ptr<const CountedCode> counted;  // made for the first launch that counts
  std::vector<SourceLine> sources;
  std::vector<FunctionCode> functions;
  std::vector<std::vector<uint32_t>> branch_tables;  // op indices
  std::unordered_map<int, std::string> files;
  int sm_count = 1;
  int resident_blocks = 64;  // blocks that may have begun and not finished, a grid
};

// A function pointer's value: this base plus the function's index times 16.
constexpr uint64_t kFunctionWindow = 0x2400'0000'0000'0000;

// Operand signature, one letter an operand, destination first:
//   p predicate   h 16-bit   w 32-bit   d 64-bit   and how an immediate is read:
//   H f16 in 16 bits, B bf16 in 16 bits, f float, F double.
struct OpEntry {
  const char* key;
  const char* signature;
  Handler fn;
};

// Every operation by its canonical PTX name, filled once for the machine's instruction set.
class OpTable {
 public:
  static const OpTable& instance();
  void add(const OpEntry* entries, size_t count);
  const OpEntry* find(std::string_view key) const;
  template <class Visit>
  void each(Visit visit) const {
    for (const auto& entry : entries_) visit(*entry.second);
  }

 private:
  OpTable();
  std::unordered_map<std::string_view, const OpEntry*> entries_;
};

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_PROGRAM_H_

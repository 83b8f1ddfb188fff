// Order of code: basic blocks laid out so that the scheduler's "least index first" reconverges.
#ifndef FIGMENT_SIMGPU_FLOW_H_
#define FIGMENT_SIMGPU_FLOW_H_

#include <cstdint>
#include <vector>

#include "program.h"

namespace simgpu {

enum class FlowKind : uint8_t {
  kPlain,
  kJump,     // to Op::target
  kBranch,   // to Op::target or below
  kIndexed,  // to one of a branch table
  kEnd,      // exit, ret, trap
};

// A register read or written by an operation.
struct RegisterUse {
  char bank;  // 'w' 32-bit rows, 'd' 64-bit rows, 'p' predicates
  bool is_write;
  bool certain;  // false under a guard: the old value may stay
  int32_t slot;
};

// An operation before it is placed; branch targets are indices into the same list.
struct FlowOp {
  Op op;
  FlowKind kind = FlowKind::kPlain;
  std::vector<uint32_t> table;  // kIndexed
  std::vector<RegisterUse> registers;
};

struct Layout {
  std::vector<FlowOp> ops;             // in final order, targets adjusted
  std::vector<RegisterUse> undefined;  // registers that may be read before they are written
  int live_registers = 0;              // the most 32-bit registers live at once
};

// `jump` and `join` are the handlers of a plain branch and of a point where fragments may merge.
Layout lay_out(std::vector<FlowOp> ops, Handler jump, Handler join);

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_FLOW_H_

// Between the analysis of a program (counted_code.cpp) and the handlers (exec_counted.cpp).
#ifndef FIGMENT_SIMGPU_COUNTED_CODE_H_
#define FIGMENT_SIMGPU_COUNTED_CODE_H_

#include "counts.h"

namespace simgpu {

enum class OpKind {
  kPlain,
  kSkipped,
  kLoad,
  kStore,
  kAtomic,
  kParameter,
  kDiscard,
  kBranch,
  kBranchIf,
  kBranchIndexed,
  kCall,
  kReturn,
  kExit,
  kTrap,
  kBarrier,
  kMeeting
};

// The handler that counts an operation of this kind. `stands`: it is the one of its instruction's
// operations that counts.
Handler counting_handler(OpKind kind, bool stands);

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_COUNTED_CODE_H_

// Bodies for driver functions that the stand-in does not implement.
#ifndef SIMGPU_DRIVER_UNSUPPORTED_H_
#define SIMGPU_DRIVER_UNSUPPORTED_H_

#include "call.h"

// Weak, so that a real body elsewhere in the library takes the name. It looks at no argument.
#define SIMGPU_UNSUPPORTED(name)                                                  \
  extern "C" __attribute__((weak, visibility("default"))) CUresult name() {       \
    return simgpu::report_failure(#name, CUDA_ERROR_NOT_SUPPORTED,                \
                                  "this function is not part of the simulation"); \
  }

#endif  // SIMGPU_DRIVER_UNSUPPORTED_H_

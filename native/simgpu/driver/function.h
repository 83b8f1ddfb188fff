// What modules, launches and occupancy ask of a function.
#ifndef SIMGPU_DRIVER_FUNCTION_H_
#define SIMGPU_DRIVER_FUNCTION_H_

#include "call.h"

namespace simgpu {

// The function behind a handle, or CUDA_ERROR_INVALID_HANDLE.
CUfunc_st& require_function(Driver& state, CUfunction handle);

// What the PTX compiler would give a thread: the engine's estimate within the hardware's limits.
int registers_of(const CUfunc_st& function, const DeviceDescription& device);

}  // namespace simgpu

#endif  // SIMGPU_DRIVER_FUNCTION_H_

// Pieces of the end of a context.
#ifndef SIMGPU_DRIVER_TEARDOWN_H_
#define SIMGPU_DRIVER_TEARDOWN_H_

#include "call.h"
#include "capture.h"

namespace simgpu {

// Runs a context's work and releases everything it owns.
void destroy_context(Driver& state, CUcontext context);

// Unmaps host memory of cuMemHostAlloc; registered memory is the program's own.
void release_host_range(uint64_t address, const HostRange& range);

}  // namespace simgpu

#endif  // SIMGPU_DRIVER_TEARDOWN_H_

// From an API call to work in a stream: ordering rules, capture, execution.
#ifndef SIMGPU_DRIVER_SUBMIT_H_
#define SIMGPU_DRIVER_SUBMIT_H_

#include "call.h"
#include "work.h"

namespace simgpu {

// The stream behind a handle, which must be of this context; null and 0x1 are the legacy default
// stream, 0x2 the calling thread's. Fails with CUDA_ERROR_INVALID_HANDLE.
CUstream_st& stream_of(CUctx_st& context, CUstream handle);

// Adds work to a stream, or a node to the graph that the stream is being captured into. Returns the
// operation, null when captured.
OperationRef submit(CUctx_st& context, CUstream_st& stream, Work work);

// Adds a bare operation (never captured) under the stream ordering rules.
OperationRef enqueue(CUctx_st& context, CUstream_st& stream, std::function<void()> run,
                     std::vector<OperationRef> before = {});

// Runs some of the work when a program enqueues much and never waits.
void bound_queue(CUctx_st& context);

// What an operation of the stream would have to follow now.
std::vector<OperationRef> predecessors(CUctx_st& context, CUstream_st& stream);

// What an operation runs to do the work; made when the work is queued. Faults poison the context.
std::function<void()> runnable(CUctx_st& context, std::shared_ptr<const Work> work);

// copy.cpp: checks a copy or fill at the call (fails with CUDA_ERROR_INVALID_VALUE), resolves
// CU_MEMORYTYPE_UNIFIED, and performs it.
CUDA_MEMCPY3D checked_copy(CUDA_MEMCPY3D copy);
void check_fill(const CUDA_MEMSET_NODE_PARAMS& fill);
std::vector<HostRow> host_rows(const CUDA_MEMCPY3D& copy);  // of a copy with one side on the host
void perform_copy(CUctx_st& context, const CUDA_MEMCPY3D& copy);
void perform_fill(CUctx_st& context, const CUDA_MEMSET_NODE_PARAMS& fill);

// With SIMGPU_CHECK: the work that runs touches these ranges, sorted here. False after a fault.
bool check_touch(CUctx_st& context, const std::string& what, std::vector<Touched> ranges);

// launch.cpp
KernelWork checked_launch(CUctx_st& context, CUfunction function, Dim3 grid, Dim3 block,
                          uint32_t dynamic_shared, void** arguments, void** extra);
void perform_kernel(CUctx_st& context, const KernelWork& kernel);

// graph.cpp: adds every node of a graph as operations between `before` and the returned marker.
OperationRef enqueue_graph(CUctx_st& context, const CUgraph_st& graph,
                           const std::vector<OperationRef>& before);

}  // namespace simgpu

#endif  // SIMGPU_DRIVER_SUBMIT_H_

// Stream capture in progress.
#ifndef SIMGPU_DRIVER_CAPTURE_H_
#define SIMGPU_DRIVER_CAPTURE_H_

#include <set>
#include <thread>

#include "call.h"
#include "work.h"

namespace simgpu {

struct Capture {
  ~Capture();  // a graph that was not handed over goes, and its nodes with it

  std::shared_ptr<CUgraph_st> graph;
  CUcontext context = nullptr;
  CUstream origin = nullptr;
  CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_GLOBAL;
  std::thread::id thread;
  std::set<CUstream> streams;  // those that take part
  bool invalid = false;
  uint64_t id = 0;
};

// Adds a node after the stream's captured work. The stream must be capturing.
void capture_work(CUctx_st& context, CUstream_st& stream, Work work);
void capture_event_record(CUstream_st& stream, CUevent_st& event);
void capture_event_wait(CUctx_st& context, CUstream_st& stream, CUevent_st& event);

// Fails with `code`, and invalidates the capture, when the stream is capturing.
void refuse_capturing(CUstream_st& stream, CUresult code, const char* what);

// Fails where a call that is unsafe during a capture (allocation, free, synchronous copy) is made
// while a capture forbids it.
void refuse_unsafe_in_capture(const char* what);

// Fails while a stream of the context is being captured, and invalidates the capture.
void refuse_synchronize_in_capture(CUctx_st& context);

// Fails with CUDA_ERROR_STREAM_CAPTURE_IMPLICIT when work in the legacy stream would depend on a
// capturing blocking stream.
void refuse_implicit_dependency(CUctx_st& context);

}  // namespace simgpu

#endif  // SIMGPU_DRIVER_CAPTURE_H_

#include "capture.h"

#include <algorithm>

#include "cuda_driver.h"
#include "graph.h"
#include "submit.h"

namespace simgpu {
namespace {

// How strict this thread is about unsafe calls (cuThreadExchangeStreamCaptureMode).
thread_local CUstreamCaptureMode thread_mode = CU_STREAM_CAPTURE_MODE_GLOBAL;

void require_valid(const Capture& capture) {
  require(!capture.invalid, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED,
          "the capture was invalidated by an earlier error: end it and start again");
}

void join(CUstream_st& stream, Capture& capture) {
  stream.capture = &capture;
  capture.streams.insert(&stream);
}

// Streams and events that took part take part no more.
void release(Driver& state, Capture& capture) {
  for (CUstream stream : capture.streams) {
    stream->capture = nullptr;
    stream->capture_before.clear();
  }
  state.events.each([&](CUevent_st& event) {
    if (event.capture != &capture) return;
    event.capture = nullptr;
    event.capture_before.clear();
  });
  state.captures.remove(&capture);
}

// True when every captured node leads to the origin's last ones.
bool all_joined(const Capture& capture) {
  std::set<CUgraphNode> reached;
  std::vector<CUgraphNode> open = capture.origin->capture_before;
  while (!open.empty()) {
    CUgraphNode node = open.back();
    open.pop_back();
    if (!reached.insert(node).second) continue;
    open.insert(open.end(), node->before.begin(), node->before.end());
  }
  return reached.size() == capture.graph->nodes.size();
}

}  // namespace

Capture::~Capture() {
  if (graph != nullptr) retire_nodes(*graph);
}

void capture_work(CUctx_st&, CUstream_st& stream, Work work) {
  require_valid(*stream.capture);
  CUgraphNode node = add_node(*stream.capture->graph, std::move(work), stream.capture_before);
  stream.capture_before = {node};
}

void capture_event_record(CUstream_st& stream, CUevent_st& event) {
  require_valid(*stream.capture);
  event.capture = stream.capture;
  event.capture_before = stream.capture_before;
}

void capture_event_wait(CUctx_st&, CUstream_st& stream, CUevent_st& event) {
  if (event.capture == nullptr) {
    stream.capture->invalid = true;
    fail(CUDA_ERROR_STREAM_CAPTURE_ISOLATION,
         "a capturing stream cannot wait for an event that was recorded outside the capture");
  }
  if (stream.capture != nullptr && stream.capture != event.capture) {
    stream.capture->invalid = event.capture->invalid = true;
    fail(CUDA_ERROR_STREAM_CAPTURE_MERGE, "the event belongs to another capture than the stream");
  }
  require_valid(*event.capture);
  if (stream.capture == nullptr) join(stream, *event.capture);
  for (CUgraphNode node : event.capture_before) {
    auto& before = stream.capture_before;
    if (std::find(before.begin(), before.end(), node) == before.end()) before.push_back(node);
  }
}

void refuse_capturing(CUstream_st& stream, CUresult code, const char* what) {
  if (stream.capture == nullptr) return;
  stream.capture->invalid = true;
  fail(code, text("the stream is being captured: %s", what));
}

void refuse_unsafe_in_capture(const char* what) {
  if (thread_mode == CU_STREAM_CAPTURE_MODE_RELAXED) return;
  bool refused = false;
  driver().captures.each([&](Capture& capture) {
    bool own = capture.thread == std::this_thread::get_id();
    bool forbids = own ? capture.mode != CU_STREAM_CAPTURE_MODE_RELAXED
                       : capture.mode == CU_STREAM_CAPTURE_MODE_GLOBAL &&
                             thread_mode == CU_STREAM_CAPTURE_MODE_GLOBAL;
    if (forbids) refused = capture.invalid = true;
  });
  if (refused) {
    fail(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
         text("%s is not allowed while a stream is being captured (in this capture mode)", what));
  }
}

void refuse_synchronize_in_capture(CUctx_st& context) {
  bool refused = false;
  driver().captures.each([&](Capture& capture) {
    if (capture.context == &context) refused = capture.invalid = true;
  });
  require(!refused, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
          "the context cannot be waited for while a stream of it is being captured");
}

void refuse_implicit_dependency(CUctx_st& context) {
  bool refused = false;
  driver().captures.each([&](Capture& capture) {
    if (capture.context != &context) return;
    for (CUstream stream : capture.streams) {
      if (stream->blocking()) refused = capture.invalid = true;
    }
  });
  require(!refused, CUDA_ERROR_STREAM_CAPTURE_IMPLICIT,
          "work in the legacy default stream would have to follow a stream that is being captured");
}

}  // namespace simgpu

using namespace simgpu;

SIMGPU_API CUresult cuStreamBeginCapture_v2(CUstream handle, CUstreamCaptureMode mode) {
  return context_call("cuStreamBeginCapture", [&](Driver& state, CUctx_st& context) {
    CUstream_st& stream = stream_of(context, handle);
    require(mode >= 0 && mode <= 2, CUDA_ERROR_INVALID_VALUE, "no such capture mode");
    require(&stream != context.legacy.get(), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
            "the legacy default stream cannot be captured: create a stream");
    require(stream.capture == nullptr, CUDA_ERROR_ILLEGAL_STATE,
            "the stream is being captured already");
    auto capture = std::make_shared<Capture>();
    capture->graph = std::make_shared<CUgraph_st>();
    capture->context = &context;
    capture->origin = &stream;
    capture->mode = mode;
    capture->thread = std::this_thread::get_id();
    capture->id = state.next_id++;
    join(stream, *capture);
    state.captures.add(capture);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuStreamBeginCapture(CUstream handle) {
  return cuStreamBeginCapture_v2(handle, CU_STREAM_CAPTURE_MODE_GLOBAL);
}

SIMGPU_API CUresult cuStreamEndCapture(CUstream handle, CUgraph* graph) {
  return context_call("cuStreamEndCapture", [&](Driver& state, CUctx_st& context) {
    require(graph != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *graph = nullptr;
    CUstream_st& stream = stream_of(context, handle);
    require(stream.capture != nullptr, CUDA_ERROR_ILLEGAL_STATE,
            "the stream is not being captured");
    std::shared_ptr<Capture> capture = state.captures.share(stream.capture);
    require(capture->origin == &stream, CUDA_ERROR_STREAM_CAPTURE_UNMATCHED,
            "the capture began in another stream: end it there");
    require(capture->mode == CU_STREAM_CAPTURE_MODE_RELAXED ||
                capture->thread == std::this_thread::get_id(),
            CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD,
            "the capture began on another thread: end it there");
    bool joined = all_joined(*capture);
    release(state, *capture);
    require_valid(*capture);
    require(joined, CUDA_ERROR_STREAM_CAPTURE_UNJOINED,
            "work captured in another stream was not joined: record an event there and wait for it "
            "here");
    *graph = state.graphs.add(std::move(capture->graph));
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuStreamIsCapturing(CUstream handle, CUstreamCaptureStatus* status) {
  return cuStreamGetCaptureInfo_v2(handle, status, nullptr, nullptr, nullptr, nullptr);
}

SIMGPU_API CUresult cuStreamGetCaptureInfo_v2(CUstream handle, CUstreamCaptureStatus* status,
                                              unsigned long long* id, CUgraph* graph,
                                              const CUgraphNode** before, size_t* count) {
  return context_call("cuStreamGetCaptureInfo", [&](Driver&, CUctx_st& context) {
    require(status != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    CUstream_st& stream = stream_of(context, handle);
    *status = CU_STREAM_CAPTURE_STATUS_NONE;
    if (stream.capture == nullptr) return CUDA_SUCCESS;
    *status = stream.capture->invalid ? CU_STREAM_CAPTURE_STATUS_INVALIDATED
                                      : CU_STREAM_CAPTURE_STATUS_ACTIVE;
    if (id != nullptr) *id = stream.capture->id;
    if (graph != nullptr) *graph = stream.capture->graph.get();
    if (before != nullptr) *before = stream.capture_before.data();
    if (count != nullptr) *count = stream.capture_before.size();
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode* mode) {
  return driver_call("cuThreadExchangeStreamCaptureMode", [&](Driver&) {
    require(mode != nullptr && *mode >= 0 && *mode <= 2, CUDA_ERROR_INVALID_VALUE,
            "no such capture mode");
    std::swap(*mode, thread_mode);
    return CUDA_SUCCESS;
  });
}

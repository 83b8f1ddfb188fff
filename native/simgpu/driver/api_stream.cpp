// Streams, events and host functions.
#include <algorithm>

#include "call.h"
#include "capture.h"
#include "cuda_driver.h"
#include "submit.h"

namespace simgpu {
namespace {

constexpr int kGreatestPriority = -5;

CUevent_st& event_of(Driver& state, CUctx_st& context, CUevent handle) {
  require(state.events.has(handle), CUDA_ERROR_INVALID_HANDLE,
          "the event does not exist: it was destroyed or never created");
  require(handle->context == &context, CUDA_ERROR_INVALID_HANDLE,
          "the event belongs to another context than the current one");
  return *handle;
}

void refuse_captured(const CUevent_st& event) {
  if (event.capture == nullptr) return;
  event.capture->invalid = true;
  fail(CUDA_ERROR_CAPTURED_EVENT, "the event was last recorded in a stream that is being captured");
}

CUresult record(const char* name, CUevent event_handle, CUstream stream_handle, unsigned flags) {
  return context_call(name, [&](Driver& state, CUctx_st& context) {
    CUevent_st& event = event_of(state, context, event_handle);
    CUstream_st& stream = stream_of(context, stream_handle);
    require((flags & ~CU_EVENT_RECORD_EXTERNAL) == 0, CUDA_ERROR_INVALID_VALUE, "unknown flags");
    if (stream.capture == nullptr) {
      event.capture = nullptr;
      if (&stream == context.legacy.get()) refuse_implicit_dependency(context);
      event.recorded = enqueue(context, stream, nullptr);
    } else if (flags == CU_EVENT_RECORD_EXTERNAL) {
      submit(context, stream, EventWork{&event, /*record=*/true});
    } else {
      capture_event_record(stream, event);
    }
    return CUDA_SUCCESS;
  });
}

CUresult host_call(const char* name, CUstream handle, HostWork work) {
  return context_call(name, [&](Driver&, CUctx_st& context) {
    submit(context, stream_of(context, handle), std::move(work));
    return CUDA_SUCCESS;
  });
}

}  // namespace
}  // namespace simgpu

using namespace simgpu;

SIMGPU_API CUresult cuStreamCreateWithPriority(CUstream* result, unsigned flags, int priority) {
  return context_call("cuStreamCreate", [&](Driver& state, CUctx_st& context) {
    require(result != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    require((flags & ~CU_STREAM_NON_BLOCKING) == 0, CUDA_ERROR_INVALID_VALUE,
            "unknown stream flags");
    auto stream = std::make_shared<CUstream_st>();
    stream->context = &context;
    stream->id = state.next_id++;
    stream->flags = flags;
    stream->priority = std::min(0, std::max(kGreatestPriority, priority));
    *result = state.streams.add(stream);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuStreamCreate(CUstream* result, unsigned flags) {
  return cuStreamCreateWithPriority(result, flags, 0);
}

// The stream's work goes on without it.
SIMGPU_API CUresult cuStreamDestroy_v2(CUstream handle) {
  return context_call("cuStreamDestroy", [&](Driver& state, CUctx_st& context) {
    require(handle != nullptr && handle != CU_STREAM_LEGACY && handle != CU_STREAM_PER_THREAD,
            CUDA_ERROR_INVALID_HANDLE, "a default stream cannot be destroyed");
    CUstream_st& stream = stream_of(context, handle);
    if (stream.capture != nullptr) {
      stream.capture->streams.erase(&stream);
      stream.capture->invalid = true;
      if (stream.capture->origin == &stream) {
        for (CUstream other : stream.capture->streams) other->capture = nullptr;
        state.events.each([&](CUevent_st& event) {
          if (event.capture == stream.capture) event.capture = nullptr;
        });
        state.captures.remove(stream.capture);
      }
    }
    if (stream.blocking() && stream.tail != nullptr && !stream.tail->done) {
      context.orphans.push_back(stream.tail);
    }
    state.streams.remove(handle);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuStreamSynchronize(CUstream handle) {
  return context_call("cuStreamSynchronize", [&](Driver&, CUctx_st& context) {
    CUstream_st& stream = stream_of(context, handle);
    refuse_capturing(stream, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "it cannot be waited for");
    if (&stream == context.legacy.get()) {  // waits for the blocking streams too
      refuse_implicit_dependency(context);
      enqueue(context, stream, nullptr);
    }
    context.work.run_until(OperationRef(stream.tail));
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuStreamQuery(CUstream handle) {
  return context_call("cuStreamQuery", [&](Driver&, CUctx_st& context) {
    CUstream_st& stream = stream_of(context, handle);
    refuse_capturing(stream, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "it cannot be queried");
    bool done = true;
    if (&stream == context.legacy.get()) {
      std::vector<OperationRef> before = predecessors(context, stream);
      for (const OperationRef& operation : before) {
        if (!context.work.poll(operation)) {
          done = false;
          context.orphans.push_back(operation);
        }
      }
    } else {
      done = context.work.poll(OperationRef(stream.tail));
    }
    return done ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
  });
}

SIMGPU_API CUresult cuStreamWaitEvent(CUstream stream_handle, CUevent event_handle,
                                      unsigned flags) {
  return context_call("cuStreamWaitEvent", [&](Driver& state, CUctx_st& context) {
    require(flags <= 1, CUDA_ERROR_INVALID_VALUE, "unknown flags");
    // An event of another context may be waited for: all its work is done first.
    require(state.events.has(event_handle), CUDA_ERROR_INVALID_HANDLE, "the event does not exist");
    CUevent_st& event = *event_handle;
    CUstream_st& stream = stream_of(context, stream_handle);
    if (flags == CU_EVENT_RECORD_EXTERNAL && stream.capture != nullptr) {
      submit(context, stream, EventWork{&event, /*record=*/false});
    } else if (stream.capture != nullptr || event.capture != nullptr) {
      capture_event_wait(context, stream, event);
    } else if (event.context != &context) {
      event.context->work.run_until(OperationRef(event.recorded));
    } else {
      enqueue(context, stream, nullptr, {event.recorded});
    }
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuStreamGetFlags(CUstream handle, unsigned* flags) {
  return context_call("cuStreamGetFlags", [&](Driver&, CUctx_st& context) {
    require(flags != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *flags = stream_of(context, handle).flags;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuStreamGetPriority(CUstream handle, int* priority) {
  return context_call("cuStreamGetPriority", [&](Driver&, CUctx_st& context) {
    require(priority != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *priority = stream_of(context, handle).priority;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuStreamGetId(CUstream handle, unsigned long long* id) {
  return context_call("cuStreamGetId", [&](Driver&, CUctx_st& context) {
    require(id != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *id = stream_of(context, handle).id;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuStreamGetCtx(CUstream handle, CUcontext* result) {
  return context_call("cuStreamGetCtx", [&](Driver&, CUctx_st& context) {
    require(result != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *result = stream_of(context, handle).context;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuLaunchHostFunc(CUstream handle, CUhostFn function, void* data) {
  if (function == nullptr) {
    return report_failure("cuLaunchHostFunc", CUDA_ERROR_INVALID_VALUE, "the function is null");
  }
  return host_call("cuLaunchHostFunc", handle, {[=] { function(data); }, {function, data}});
}

SIMGPU_API CUresult cuStreamAddCallback(CUstream handle, CUstreamCallback callback, void* data,
                                        unsigned flags) {
  return context_call("cuStreamAddCallback", [&](Driver&, CUctx_st& context) {
    require(callback != nullptr && flags == 0, CUDA_ERROR_INVALID_VALUE,
            "no callback, or unknown flags");
    CUstream_st& stream = stream_of(context, handle);
    refuse_capturing(stream, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
                     "a callback cannot be captured, cuLaunchHostFunc can");
    submit(context, stream, HostWork{[=] { callback(handle, CUDA_SUCCESS, data); }, {}});
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuEventCreate(CUevent* result, unsigned flags) {
  return context_call("cuEventCreate", [&](Driver& state, CUctx_st& context) {
    require(result != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    require(flags <= 3, CUDA_ERROR_INVALID_VALUE, "unknown event flags, or inter-process events");
    auto event = std::make_shared<CUevent_st>();
    event->context = &context;
    event->flags = flags;
    *result = state.events.add(event);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuEventDestroy_v2(CUevent handle) {
  return context_call("cuEventDestroy", [&](Driver& state, CUctx_st& context) {
    event_of(state, context, handle);
    state.events.remove(handle);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuEventRecord(CUevent event, CUstream stream) {
  return record("cuEventRecord", event, stream, 0);
}

SIMGPU_API CUresult cuEventRecordWithFlags(CUevent event, CUstream stream, unsigned flags) {
  return record("cuEventRecordWithFlags", event, stream, flags);
}

SIMGPU_API CUresult cuEventSynchronize(CUevent handle) {
  return context_call("cuEventSynchronize", [&](Driver& state, CUctx_st& context) {
    CUevent_st& event = event_of(state, context, handle);
    refuse_captured(event);
    context.work.run_until(OperationRef(event.recorded));
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuEventQuery(CUevent handle) {
  return context_call("cuEventQuery", [&](Driver& state, CUctx_st& context) {
    CUevent_st& event = event_of(state, context, handle);
    refuse_captured(event);
    return context.work.poll(OperationRef(event.recorded)) ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
  });
}

SIMGPU_API CUresult cuEventElapsedTime(float* milliseconds, CUevent start_handle,
                                       CUevent end_handle) {
  return context_call("cuEventElapsedTime", [&](Driver& state, CUctx_st& context) {
    require(milliseconds != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    CUevent_st& start = event_of(state, context, start_handle);
    CUevent_st& end = event_of(state, context, end_handle);
    refuse_captured(start);
    refuse_captured(end);
    require(((start.flags | end.flags) & CU_EVENT_DISABLE_TIMING) == 0, CUDA_ERROR_INVALID_HANDLE,
            "an event was created without timing");
    require(start.recorded != nullptr && end.recorded != nullptr, CUDA_ERROR_INVALID_HANDLE,
            "an event was never recorded");
    if (!start.recorded->done || !end.recorded->done) return CUDA_ERROR_NOT_READY;
    *milliseconds = static_cast<float>(end.recorded->finished_ms - start.recorded->finished_ms);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuEventElapsedTime_v2(float* milliseconds, CUevent start, CUevent end) {
  return cuEventElapsedTime(milliseconds, start, end);
}

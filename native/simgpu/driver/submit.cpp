#include "submit.h"

#include <algorithm>

#include "capture.h"
#include "graph.h"

namespace simgpu {
namespace {

constexpr size_t kLongestQueue = 1024;  // operations; beyond it a call runs some

std::shared_ptr<CUstream_st> new_default_stream(CUctx_st& context) {
  auto stream = std::make_shared<CUstream_st>();
  stream->context = &context;
  stream->id = driver().next_id++;
  return stream;
}

}  // namespace

CUstream_st& stream_of(CUctx_st& context, CUstream handle) {
  if (handle == nullptr || handle == CU_STREAM_LEGACY) {
    if (context.legacy == nullptr) context.legacy = new_default_stream(context);
    return *context.legacy;
  }
  if (handle == CU_STREAM_PER_THREAD) {
    auto& stream = context.thread_default[std::this_thread::get_id()];
    if (stream == nullptr) stream = new_default_stream(context);
    return *stream;
  }
  if (!driver().streams.has(handle)) {
    fail(CUDA_ERROR_INVALID_HANDLE, "the stream does not exist: it was destroyed or never created");
  }
  require(handle->context == &context, CUDA_ERROR_INVALID_HANDLE,
          "the stream belongs to another context than the current one");
  return *handle;
}

std::vector<OperationRef> predecessors(CUctx_st& context, CUstream_st& stream) {
  std::vector<OperationRef> before{stream.tail};
  bool legacy = &stream == context.legacy.get();
  if (!legacy && stream.blocking() && context.legacy != nullptr) {
    before.push_back(context.legacy->tail);
  }
  if (legacy) {
    driver().streams.each([&](const CUstream_st& other) {
      if (other.context == &context && other.blocking()) before.push_back(other.tail);
    });
    for (const auto& entry : context.thread_default) before.push_back(entry.second->tail);
    for (const OperationRef& orphan : context.orphans) before.push_back(orphan);
    context.orphans.clear();
  }
  return before;
}

OperationRef enqueue(CUctx_st& context, CUstream_st& stream, std::function<void()> run,
                     std::vector<OperationRef> before) {
  std::vector<OperationRef> ordered = predecessors(context, stream);
  before.insert(before.end(), ordered.begin(), ordered.end());
  OperationRef operation = context.work.add(std::move(run), before);
  stream.tail = operation;
  bound_queue(context);
  return operation;
}

void bound_queue(CUctx_st& context) { context.work.shorten(kLongestQueue); }

OperationRef submit(CUctx_st& context, CUstream_st& stream, Work work) {
  if (stream.capture != nullptr) {
    capture_work(context, stream, std::move(work));
    return nullptr;
  }
  if (&stream == context.legacy.get()) refuse_implicit_dependency(context);
  auto shared = std::make_shared<Work>(std::move(work));
  return enqueue(context, stream, [&context, shared] { perform(context, *shared); });
}

void perform(CUctx_st& context, const Work& work) {
  if (const auto* kernel = std::get_if<KernelWork>(&work)) {
    perform_kernel(context, *kernel);
  } else if (const auto* copy = std::get_if<CopyWork>(&work)) {
    perform_copy(context, copy->copy);
  } else if (const auto* fill = std::get_if<FillWork>(&work)) {
    perform_fill(context, fill->fill);
  } else if (const auto* host = std::get_if<HostWork>(&work)) {
    run_host_function(context.work, host->call);
  } else if (const auto* free = std::get_if<FreeWork>(&work)) {
    if (driver().memory->free(free->address)) {
      driver().owners.erase(free->address);
    } else {
      context.poison(CUDA_ERROR_INVALID_VALUE,
                     text("cuMemFreeAsync of 0x%llx: no allocation begins there; it is %s",
                          free->address, driver().memory->describe(free->address).c_str()));
    }
  }
}

}  // namespace simgpu

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
  return enqueue(context, stream, runnable(context, std::make_shared<Work>(std::move(work))));
}

bool check_touch(CUctx_st& context, const std::string& what, std::vector<Touched> ranges) {
  if (context.checks == nullptr) return true;
  std::sort(ranges.begin(), ranges.end(),
            [](const Touched& a, const Touched& b) { return a.begin < b.begin; });
  std::string report = context.checks->touch(context.work.running(), what, std::move(ranges));
  if (!report.empty()) context.poison(CUDA_ERROR_LAUNCH_FAILED, report);
  return report.empty();
}

namespace {

void perform_host(CUctx_st& context, const HostWork& host) {
  if (context.checks != nullptr) {
    std::string report = context.checks->host_function_begins();
    if (!report.empty()) return context.poison(CUDA_ERROR_LAUNCH_FAILED, report);
  }
  run_host_function(context.work, host.call);
  if (context.checks != nullptr) context.checks->host_function_ended();
}

void perform_free(CUctx_st& context, CUdeviceptr address) {
  DeviceMemory& memory = *driver().memory;
  const DeviceMemory::Range* range = memory.find(address);
  if (range == nullptr || range->begin != address) {
    context.poison(CUDA_ERROR_INVALID_VALUE,
                   text("cuMemFreeAsync of 0x%llx: no allocation begins there; it is %s", address,
                        memory.describe(address).c_str()));
    return;
  }
  uint64_t begin = range->begin, end = range->end;
  if (!check_touch(context, "cuMemFreeAsync", {{begin, end, true, false}})) return;
  memory.free(address);
  driver().owners.erase(address);
  if (context.checks != nullptr) context.checks->forget(begin, end);
}

void perform(CUctx_st& context, const Work& work) {
  if (const auto* kernel = std::get_if<KernelWork>(&work)) {
    perform_kernel(context, *kernel);
  } else if (const auto* copy = std::get_if<CopyWork>(&work)) {
    perform_copy(context, copy->copy);
  } else if (const auto* fill = std::get_if<FillWork>(&work)) {
    perform_fill(context, fill->fill);
  } else if (const auto* host = std::get_if<HostWork>(&work)) {
    perform_host(context, *host);
  } else if (const auto* free = std::get_if<FreeWork>(&work)) {
    perform_free(context, free->address);
  }
}

}  // namespace

std::function<void()> runnable(CUctx_st& context, std::shared_ptr<const Work> work) {
  if (context.checks != nullptr) {
    if (std::holds_alternative<HostWork>(*work)) context.checks->host_function_queued();
    const auto* copy = std::get_if<CopyWork>(work.get());
    std::vector<HostRow> rows = copy != nullptr ? host_rows(copy->copy) : std::vector<HostRow>();
    if (!rows.empty()) {
      bool to_host = copy->copy.dstMemoryType == CU_MEMORYTYPE_HOST;
      uint64_t number = context.checks->queued(rows, to_host);
      return [&context, work, number, to_host, rows] {
        std::string report = context.checks->begins(number, context.work.running());
        if (!report.empty()) return context.poison(CUDA_ERROR_LAUNCH_FAILED, report);
        perform(context, *work);
        if (to_host) context.checks->wrote_host(rows);
      };
    }
  }
  return [&context, work] { perform(context, *work); };
}

}  // namespace simgpu

// Contexts: the thread's stack, the primary context, limits, the end of a context.
#include <algorithm>
#include <cstdio>

#include "call.h"
#include "cuda_driver.h"
#include "graph.h"
#include "submit.h"
#include "teardown.h"

namespace simgpu {
namespace {

constexpr unsigned kKnownContextFlags = 0x7F;

CUcontext new_context(Driver& state, unsigned flags, bool primary) {
  uint64_t id = state.next_id++;
  auto context = std::make_shared<CUctx_st>(state.settings.seed + id, state.lock);
  context->id = id;
  context->flags = flags;
  context->is_primary = primary;
  if (state.settings.check) {
    context->work.keep_order();
    context->checks = std::make_unique<StreamChecks>(*context->work.order());
  }
  context->limits = {{CU_LIMIT_STACK_SIZE, 1024},
                     {CU_LIMIT_PRINTF_FIFO_SIZE, 1 << 20},
                     {CU_LIMIT_MALLOC_HEAP_SIZE, 8 << 20},
                     {CU_LIMIT_MAX_L2_FETCH_GRANULARITY, 64},
                     {CU_LIMIT_PERSISTING_L2_CACHE_SIZE, 0}};
  return state.contexts.add(context);
}

CUcontext require_context(Driver& state, CUcontext handle) {
  require(state.contexts.has(handle), CUDA_ERROR_INVALID_CONTEXT,
          "the context does not exist: it was destroyed or never created");
  return handle;
}

}  // namespace

namespace {

// With SIMGPU_CHECK: device memory that the program did not free, on stderr.
void report_leaks(const Driver& state, CUcontext handle) {
  unsigned long long count = 0, bytes = 0, first = 0, first_bytes = 0;
  for (const auto& owner : state.owners) {
    if (owner.second != handle) continue;
    const DeviceMemory::Range* range = state.memory->find(owner.first);
    if (range == nullptr) continue;
    if (count++ == 0) first = range->begin, first_bytes = range->end - range->begin;
    bytes += range->end - range->begin;
  }
  if (count == 0) return;
  std::fprintf(stderr,
               "simgpu: leak: the context ends with %llu device allocations of %llu bytes in all "
               "that were not freed, the first of %llu bytes at 0x%llx\n",
               count, bytes, first_bytes, first);
}

}  // namespace

void destroy_context(Driver& state, CUcontext handle) {
  std::shared_ptr<CUctx_st> context = state.contexts.share(handle);
  if (context->fault == CUDA_SUCCESS && context->checks != nullptr) {
    std::string unwaited = context->checks->unwaited();
    if (!unwaited.empty()) std::fprintf(stderr, "simgpu: %s\n", unwaited.c_str());
  }
  if (context->fault == CUDA_SUCCESS) context->work.run_all();
  context->work.drop_all();
  if (state.settings.check && context->fault == CUDA_SUCCESS) report_leaks(state, handle);
  auto mine = [&](const auto& object) { return object.context == handle; };
  state.captures.remove_if(mine);
  state.executables.remove_if(mine);
  state.streams.remove_if(mine);
  state.events.remove_if(mine);
  state.functions.remove_if([&](const CUfunc_st& f) { return f.module->context == handle; });
  state.modules.remove_if(mine);
  for (auto at = state.owners.begin(); at != state.owners.end();) {
    if (at->second == handle) {
      state.memory->free(at->first);
      at = state.owners.erase(at);
    } else {
      ++at;
    }
  }
  for (auto at = state.host_memory.begin(); at != state.host_memory.end();) {
    if (at->second.context == handle) {
      release_host_range(at->first, at->second);
      at = state.host_memory.erase(at);
    } else {
      ++at;
    }
  }
  if (handle == state.primary) {
    state.primary = nullptr;
    state.primary_count = 0;
  }
  state.contexts.remove(handle);
}

}  // namespace simgpu

using namespace simgpu;

SIMGPU_API CUresult cuCtxCreate_v2(CUcontext* result, unsigned flags, CUdevice device) {
  return driver_call("cuCtxCreate", [&](Driver& state) {
    require(result != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    require((flags & ~kKnownContextFlags) == 0, CUDA_ERROR_INVALID_VALUE, "unknown context flags");
    require_device(device);
    *result = new_context(state, flags, /*primary=*/false);
    context_stack().push_back(*result);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuCtxCreate_v3(CUcontext* result, void* affinities, int count, unsigned flags,
                                   CUdevice device) {
  if (affinities != nullptr || count != 0) {
    return report_failure("cuCtxCreate_v3", CUDA_ERROR_NOT_SUPPORTED,
                          "execution affinity is not part of the simulation");
  }
  return cuCtxCreate_v2(result, flags, device);
}

SIMGPU_API CUresult cuCtxDestroy_v2(CUcontext handle) {
  return driver_call("cuCtxDestroy", [&](Driver& state) {
    require_context(state, handle);
    require(handle != state.primary, CUDA_ERROR_INVALID_CONTEXT,
            "the primary context is released by cuDevicePrimaryCtxRelease");
    if (current_context() == handle) context_stack().pop_back();
    destroy_context(state, handle);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuCtxPushCurrent_v2(CUcontext handle) {
  return driver_call("cuCtxPushCurrent", [&](Driver& state) {
    context_stack().push_back(require_context(state, handle));
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuCtxPopCurrent_v2(CUcontext* popped) {
  return driver_call("cuCtxPopCurrent", [&](Driver&) {
    std::vector<CUcontext>& stack = context_stack();
    require(!stack.empty(), CUDA_ERROR_INVALID_CONTEXT, "no context is current on this thread");
    if (popped != nullptr) *popped = stack.back();
    stack.pop_back();
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuCtxSetCurrent(CUcontext handle) {
  return driver_call("cuCtxSetCurrent", [&](Driver& state) {
    std::vector<CUcontext>& stack = context_stack();
    if (handle != nullptr) require_context(state, handle);
    if (!stack.empty()) stack.pop_back();
    if (handle != nullptr) stack.push_back(handle);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuCtxGetCurrent(CUcontext* result) {
  return driver_call("cuCtxGetCurrent", [&](Driver&) {
    require(result != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *result = current_context();
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuCtxGetDevice(CUdevice* device) {
  return context_call("cuCtxGetDevice", [&](Driver&, CUctx_st&) {
    require(device != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *device = 0;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuCtxGetFlags(unsigned* flags) {
  return context_call("cuCtxGetFlags", [&](Driver&, CUctx_st& context) {
    require(flags != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *flags = context.flags;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuCtxGetId(CUcontext handle, unsigned long long* id) {
  return driver_call("cuCtxGetId", [&](Driver& state) {
    require(id != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *id = require_context(state, handle == nullptr ? current_context() : handle)->id;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuCtxGetApiVersion(CUcontext handle, unsigned* version) {
  return driver_call("cuCtxGetApiVersion", [&](Driver& state) {
    require(version != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    require_context(state, handle == nullptr ? current_context() : handle);
    *version = 3020;  // contexts of cuCtxCreate_v2
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuCtxSynchronize() {
  return context_call("cuCtxSynchronize", [&](Driver&, CUctx_st& context) {
    refuse_synchronize_in_capture(context);
    context.work.run_all();
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  return context_call("cuCtxGetStreamPriorityRange", [&](Driver&, CUctx_st&) {
    if (least != nullptr) *least = 0;
    if (greatest != nullptr) *greatest = -5;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuCtxGetLimit(size_t* value, CUlimit limit) {
  return context_call("cuCtxGetLimit", [&](Driver&, CUctx_st& context) {
    require(value != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    auto found = context.limits.find(limit);
    require(found != context.limits.end(), CUDA_ERROR_UNSUPPORTED_LIMIT, "no such limit here");
    *value = found->second;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuCtxSetLimit(CUlimit limit, size_t value) {
  return context_call("cuCtxSetLimit", [&](Driver&, CUctx_st& context) {
    auto found = context.limits.find(limit);
    require(found != context.limits.end(), CUDA_ERROR_UNSUPPORTED_LIMIT, "no such limit here");
    found->second = value;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuCtxGetCacheConfig(int* config) {
  return context_call("cuCtxGetCacheConfig", [&](Driver&, CUctx_st& context) {
    require(config != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *config = context.cache_config;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuCtxSetCacheConfig(int config) {
  return context_call("cuCtxSetCacheConfig", [&](Driver&, CUctx_st& context) {
    require(config >= 0 && config <= 3, CUDA_ERROR_INVALID_VALUE, "no such cache preference");
    context.cache_config = config;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuCtxGetSharedMemConfig(int* config) {
  return context_call("cuCtxGetSharedMemConfig", [&](Driver&, CUctx_st& context) {
    require(config != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *config = context.shared_config;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuCtxSetSharedMemConfig(int config) {
  return context_call("cuCtxSetSharedMemConfig", [&](Driver&, CUctx_st&) {
    require(config >= 0 && config <= 2, CUDA_ERROR_INVALID_VALUE, "no such bank size");
    return CUDA_SUCCESS;  // every architecture simulated has 4-byte banks and ignores the call
  });
}

SIMGPU_API CUresult cuDevicePrimaryCtxRetain(CUcontext* result, CUdevice device) {
  return driver_call("cuDevicePrimaryCtxRetain", [&](Driver& state) {
    require(result != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    require_device(device);
    if (state.primary == nullptr) {
      state.primary = new_context(state, state.primary_flags, /*primary=*/true);
    }
    ++state.primary_count;
    *result = state.primary;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  return driver_call("cuDevicePrimaryCtxRelease", [&](Driver& state) {
    require_device(device);
    require(state.primary_count > 0, CUDA_ERROR_INVALID_CONTEXT,
            "the primary context is not retained");
    if (--state.primary_count == 0) destroy_context(state, state.primary);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuDevicePrimaryCtxReset_v2(CUdevice device) {
  return driver_call("cuDevicePrimaryCtxReset", [&](Driver& state) {
    require_device(device);
    if (state.primary != nullptr) destroy_context(state, state.primary);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned flags) {
  return driver_call("cuDevicePrimaryCtxSetFlags", [&](Driver& state) {
    require_device(device);
    require((flags & ~kKnownContextFlags) == 0, CUDA_ERROR_INVALID_VALUE, "unknown context flags");
    state.primary_flags = flags;
    if (state.primary != nullptr) state.primary->flags = flags;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned* flags, int* active) {
  return driver_call("cuDevicePrimaryCtxGetState", [&](Driver& state) {
    require_device(device);
    require(flags != nullptr && active != nullptr, CUDA_ERROR_INVALID_VALUE,
            "a result pointer is null");
    *flags = state.primary_flags;
    *active = state.primary != nullptr;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuCtxEnablePeerAccess(CUcontext, unsigned) {
  return report_failure("cuCtxEnablePeerAccess", CUDA_ERROR_PEER_ACCESS_UNSUPPORTED,
                        "the simulation has one device");
}

// Device memory, memory pools, pinned host memory, and what a pointer is.
#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "call.h"
#include "capture.h"
#include "cuda_driver.h"
#include "submit.h"
#include "teardown.h"

namespace simgpu {
namespace {

constexpr size_t kPitchAlignment = 512;   // bytes, rows of cuMemAllocPitch
constexpr int kPoolReleaseThreshold = 4;  // CU_MEMPOOL_ATTR_RELEASE_THRESHOLD
constexpr int kLastPoolAttribute = 8;

unsigned long long number(uint64_t value) { return value; }

CUdeviceptr allocate(Driver& state, CUctx_st& context, size_t bytes) {
  require(bytes > 0, CUDA_ERROR_INVALID_VALUE, "an allocation of 0 bytes");
  uint64_t address = state.memory->allocate(bytes);
  if (address == 0) {  // frees may be waiting in a stream
    context.work.run_all();
    address = state.memory->allocate(bytes);
  }
  if (address == 0) {
    fail(CUDA_ERROR_OUT_OF_MEMORY,
         text("%llu bytes were asked for and %llu of %llu are free: ask for less, or raise "
              "SIMGPU_MEMORY",
              number(bytes), number(state.memory->capacity() - state.memory->used()),
              number(state.memory->capacity())));
  }
  state.owners[address] = &context;
  return address;
}

void require_own_allocation(Driver& state, CUdeviceptr address, const char* call) {
  if (state.owners.count(address) != 0) return;
  fail(CUDA_ERROR_INVALID_VALUE, text("%s of 0x%llx: no allocation begins there; it is %s", call,
                                      address, state.memory->describe(address).c_str()));
}

void* allocate_host(Driver& state, CUctx_st& context, size_t bytes, unsigned flags) {
  require(bytes > 0, CUDA_ERROR_INVALID_VALUE, "an allocation of 0 bytes");
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  require(memory != MAP_FAILED, CUDA_ERROR_OUT_OF_MEMORY, "the host has no memory for the buffer");
  std::memset(memory, kPoison, bytes);
  state.host_memory[reinterpret_cast<uint64_t>(memory)] = {bytes, flags, false, &context};
  return memory;
}

const std::pair<const uint64_t, HostRange>* host_range(const Driver& state, const void* pointer) {
  auto address = reinterpret_cast<uint64_t>(pointer);
  auto found = state.host_memory.upper_bound(address);
  if (found == state.host_memory.begin()) return nullptr;
  --found;
  return address - found->first < found->second.bytes ? &*found : nullptr;
}

std::shared_ptr<CUmemPool_st> new_pool() {
  auto pool = std::make_shared<CUmemPool_st>();
  for (int attribute : {1, 2, 3}) pool->attributes[attribute] = 1;  // the three REUSE_ settings
  return pool;
}

CUmemoryPool default_pool(Driver& state) {
  static CUmemoryPool pool = state.pools.add(new_pool());
  return pool;
}

void pointer_attribute(Driver& state, void* data, CUpointer_attribute attribute,
                       CUdeviceptr pointer) {
  const DeviceMemory::Range* range = state.memory->find(pointer);
  const auto* host = host_range(state, reinterpret_cast<const void*>(pointer));
  require(range != nullptr || host != nullptr, CUDA_ERROR_INVALID_VALUE,
          "the pointer belongs to no allocation of this driver");
  auto put = [&](auto value) { std::memcpy(data, &value, sizeof value); };
  switch (attribute) {
    case CU_POINTER_ATTRIBUTE_CONTEXT: {
      if (host != nullptr) return put(host->second.context);
      auto owner = state.owners.find(range->begin);
      return put(owner == state.owners.end() ? current_context() : owner->second);
    }
    case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
      return put(range != nullptr ? CU_MEMORYTYPE_DEVICE : CU_MEMORYTYPE_HOST);
    case CU_POINTER_ATTRIBUTE_DEVICE_POINTER:
      require(range != nullptr, CUDA_ERROR_INVALID_VALUE,
              "host memory has no device address here: kernels cannot reach it");
      return put(pointer);
    case CU_POINTER_ATTRIBUTE_HOST_POINTER:
      require(host != nullptr, CUDA_ERROR_INVALID_VALUE, "device memory has no host address");
      return put(pointer);
    case CU_POINTER_ATTRIBUTE_SYNC_MEMOPS:
    case CU_POINTER_ATTRIBUTE_IS_MANAGED:
      return put(int{0});
    case CU_POINTER_ATTRIBUTE_BUFFER_ID:
      return put(range != nullptr ? range->begin : host->first);
    case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
      return put(int{0});
    case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR:
      return put(range != nullptr ? range->begin : host->first);
    case CU_POINTER_ATTRIBUTE_RANGE_SIZE:
      return put(size_t{range != nullptr ? range->end - range->begin : host->second.bytes});
    case CU_POINTER_ATTRIBUTE_MAPPED:
      return put(int{1});
  }
  fail(CUDA_ERROR_NOT_SUPPORTED, "this pointer attribute is not part of the simulation");
}

}  // namespace

void release_host_range(uint64_t address, const HostRange& range) {
  if (!range.registered) munmap(reinterpret_cast<void*>(address), range.bytes);
}

}  // namespace simgpu

using namespace simgpu;

SIMGPU_API CUresult cuMemAlloc_v2(CUdeviceptr* result, size_t bytes) {
  return context_call("cuMemAlloc", [&](Driver& state, CUctx_st& context) {
    require(result != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    refuse_unsafe_in_capture("cuMemAlloc");
    *result = allocate(state, context, bytes);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuMemAllocPitch_v2(CUdeviceptr* result, size_t* pitch, size_t width,
                                       size_t height, unsigned element) {
  return context_call("cuMemAllocPitch", [&](Driver& state, CUctx_st& context) {
    require(result != nullptr && pitch != nullptr, CUDA_ERROR_INVALID_VALUE,
            "a result pointer is null");
    require(element == 4 || element == 8 || element == 16, CUDA_ERROR_INVALID_VALUE,
            "the element size is 4, 8 or 16 bytes");
    refuse_unsafe_in_capture("cuMemAllocPitch");
    size_t row = (width + kPitchAlignment - 1) / kPitchAlignment * kPitchAlignment;
    *result = allocate(state, context, row * height);
    *pitch = row;
    return CUDA_SUCCESS;
  });
}

// Waits for the context's work first, as the driver does, so that work on its way keeps its memory.
SIMGPU_API CUresult cuMemFree_v2(CUdeviceptr address) {
  return context_call("cuMemFree", [&](Driver& state, CUctx_st&) {
    if (address == 0) return CUDA_SUCCESS;
    refuse_unsafe_in_capture("cuMemFree");
    require_own_allocation(state, address, "cuMemFree");
    state.owners[address]->work.run_all();
    require_own_allocation(state, address, "cuMemFree");  // a queued free may have been first
    state.memory->free(address);
    state.owners.erase(address);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuMemGetInfo_v2(size_t* free, size_t* total) {
  return context_call("cuMemGetInfo", [&](Driver& state, CUctx_st&) {
    if (free != nullptr) *free = state.memory->capacity() - state.memory->used();
    if (total != nullptr) *total = state.memory->capacity();
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuMemGetAddressRange_v2(CUdeviceptr* base, size_t* bytes, CUdeviceptr address) {
  return context_call("cuMemGetAddressRange", [&](Driver& state, CUctx_st&) {
    const DeviceMemory::Range* range = state.memory->find(address);
    if (range == nullptr) {
      fail(CUDA_ERROR_NOT_FOUND, text("0x%llx is in no allocation: it is %s", address,
                                      state.memory->describe(address).c_str()));
    }
    if (base != nullptr) *base = range->begin;
    if (bytes != nullptr) *bytes = range->end - range->begin;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuMemAllocAsync(CUdeviceptr* result, size_t bytes, CUstream stream) {
  return context_call("cuMemAllocAsync", [&](Driver& state, CUctx_st& context) {
    require(result != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    CUstream_st& target = stream_of(context, stream);
    refuse_capturing(target, CUDA_ERROR_NOT_SUPPORTED,
                     "memory nodes are not part of the simulation");
    *result = allocate(state, context, bytes);
    enqueue(context, target, nullptr);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuMemAllocFromPoolAsync(CUdeviceptr* result, size_t bytes, CUmemoryPool pool,
                                            CUstream stream) {
  {
    std::lock_guard<std::mutex> hold(driver().lock);
    if (!driver().pools.has(pool)) {
      return report_failure("cuMemAllocFromPoolAsync", CUDA_ERROR_INVALID_VALUE, "no such pool");
    }
  }
  return cuMemAllocAsync(result, bytes, stream);
}

SIMGPU_API CUresult cuMemFreeAsync(CUdeviceptr address, CUstream stream) {
  return context_call("cuMemFreeAsync", [&](Driver& state, CUctx_st& context) {
    CUstream_st& target = stream_of(context, stream);
    refuse_capturing(target, CUDA_ERROR_NOT_SUPPORTED,
                     "memory nodes are not part of the simulation");
    if (address == 0) return CUDA_SUCCESS;
    require_own_allocation(state, address, "cuMemFreeAsync");
    submit(context, target, FreeWork{address});
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuDeviceGetDefaultMemPool(CUmemoryPool* pool, CUdevice device) {
  return driver_call("cuDeviceGetDefaultMemPool", [&](Driver& state) {
    require(pool != nullptr && device == 0, CUDA_ERROR_INVALID_VALUE,
            "no result pointer or no such device");
    *pool = default_pool(state);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuDeviceGetMemPool(CUmemoryPool* pool, CUdevice device) {
  return cuDeviceGetDefaultMemPool(pool, device);
}

SIMGPU_API CUresult cuMemPoolCreate(CUmemoryPool* pool, const void* properties) {
  return driver_call("cuMemPoolCreate", [&](Driver& state) {
    require(pool != nullptr && properties != nullptr, CUDA_ERROR_INVALID_VALUE,
            "an argument is null");
    *pool = state.pools.add(new_pool());
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuMemPoolDestroy(CUmemoryPool pool) {
  return driver_call("cuMemPoolDestroy", [&](Driver& state) {
    require(state.pools.has(pool) && pool != default_pool(state), CUDA_ERROR_INVALID_VALUE,
            "no such pool, or the default pool");
    state.pools.remove(pool);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuMemPoolTrimTo(CUmemoryPool pool, size_t) {
  return driver_call("cuMemPoolTrimTo", [&](Driver& state) {
    require(state.pools.has(pool), CUDA_ERROR_INVALID_VALUE, "no such pool");
    return CUDA_SUCCESS;  // a pool holds nothing back
  });
}

SIMGPU_API CUresult cuMemPoolGetAttribute(CUmemoryPool pool, int attribute, void* value) {
  return driver_call("cuMemPoolGetAttribute", [&](Driver& state) {
    require(state.pools.has(pool) && value != nullptr, CUDA_ERROR_INVALID_VALUE, "no such pool");
    require(attribute >= 1 && attribute <= kLastPoolAttribute, CUDA_ERROR_INVALID_VALUE,
            "no such pool attribute");
    uint64_t stored = pool->attributes[attribute];
    if (attribute < kPoolReleaseThreshold) {
      int setting = static_cast<int>(stored);
      std::memcpy(value, &setting, sizeof setting);
    } else {
      std::memcpy(value, &stored, sizeof stored);
    }
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuMemPoolSetAttribute(CUmemoryPool pool, int attribute, void* value) {
  return driver_call("cuMemPoolSetAttribute", [&](Driver& state) {
    require(state.pools.has(pool) && value != nullptr, CUDA_ERROR_INVALID_VALUE, "no such pool");
    require(attribute >= 1 && attribute <= kPoolReleaseThreshold, CUDA_ERROR_INVALID_VALUE,
            "this pool attribute cannot be set");
    if (attribute < kPoolReleaseThreshold) {
      int setting;
      std::memcpy(&setting, value, sizeof setting);
      pool->attributes[attribute] = static_cast<uint64_t>(setting);
    } else {
      std::memcpy(&pool->attributes[attribute], value, sizeof(uint64_t));
    }
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuMemHostAlloc(void** result, size_t bytes, unsigned flags) {
  return context_call("cuMemHostAlloc", [&](Driver& state, CUctx_st& context) {
    require(result != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    require(flags <= 7, CUDA_ERROR_INVALID_VALUE, "unknown flags");
    *result = allocate_host(state, context, bytes, flags);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuMemAllocHost_v2(void** result, size_t bytes) {
  return cuMemHostAlloc(result, bytes, 0);
}

SIMGPU_API CUresult cuMemFreeHost(void* pointer) {
  return context_call("cuMemFreeHost", [&](Driver& state, CUctx_st&) {
    if (pointer == nullptr) return CUDA_SUCCESS;
    auto found = state.host_memory.find(reinterpret_cast<uint64_t>(pointer));
    require(found != state.host_memory.end() && !found->second.registered, CUDA_ERROR_INVALID_VALUE,
            "no pinned allocation begins at the pointer: it was freed before, or never allocated");
    found->second.context->work.run_all();  // the driver waits too
    release_host_range(found->first, found->second);
    state.host_memory.erase(found);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuMemHostRegister_v2(void* pointer, size_t bytes, unsigned flags) {
  return context_call("cuMemHostRegister", [&](Driver& state, CUctx_st& context) {
    require(pointer != nullptr && bytes > 0, CUDA_ERROR_INVALID_VALUE, "an empty range");
    auto address = reinterpret_cast<uint64_t>(pointer);
    require(address < kDeviceBase, CUDA_ERROR_INVALID_VALUE,
            "a device address cannot be registered");
    auto next = state.host_memory.lower_bound(address);
    bool overlaps = host_range(state, pointer) != nullptr ||
                    (next != state.host_memory.end() && next->first < address + bytes);
    require(!overlaps, CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED,
            "the range is registered already");
    state.host_memory[address] = {bytes, flags, true, &context};
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuMemHostUnregister(void* pointer) {
  return context_call("cuMemHostUnregister", [&](Driver& state, CUctx_st&) {
    auto found = state.host_memory.find(reinterpret_cast<uint64_t>(pointer));
    require(found != state.host_memory.end() && found->second.registered,
            CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED, "no registered range begins at the pointer");
    state.host_memory.erase(found);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuMemHostGetFlags(unsigned* flags, void* pointer) {
  return context_call("cuMemHostGetFlags", [&](Driver& state, CUctx_st&) {
    require(flags != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    const auto* range = host_range(state, pointer);
    require(range != nullptr && !range->second.registered, CUDA_ERROR_INVALID_VALUE,
            "the pointer is in no pinned allocation");
    *flags = range->second.flags;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr*, void*, unsigned) {
  return report_failure("cuMemHostGetDevicePointer", CUDA_ERROR_NOT_SUPPORTED,
                        "kernels of the simulation cannot reach host memory: copy it");
}

SIMGPU_API CUresult cuPointerGetAttribute(void* data, CUpointer_attribute attribute,
                                          CUdeviceptr pointer) {
  return driver_call("cuPointerGetAttribute", [&](Driver& state) {
    require(data != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    pointer_attribute(state, data, attribute, pointer);
    return CUDA_SUCCESS;
  });
}

// Unlike cuPointerGetAttribute, a pointer that is not the driver's gives zeros, not an error.
SIMGPU_API CUresult cuPointerGetAttributes(unsigned count, CUpointer_attribute* attributes,
                                           void** data, CUdeviceptr pointer) {
  return driver_call("cuPointerGetAttributes", [&](Driver& state) {
    require(attributes != nullptr && data != nullptr, CUDA_ERROR_INVALID_VALUE,
            "an argument is null");
    for (unsigned i = 0; i < count; ++i) {
      try {
        pointer_attribute(state, data[i], attributes[i], pointer);
      } catch (const Failure& failure) {
        if (failure.code != CUDA_ERROR_INVALID_VALUE) throw;
        bool narrow = attributes[i] == CU_POINTER_ATTRIBUTE_MEMORY_TYPE ||
                      attributes[i] == CU_POINTER_ATTRIBUTE_IS_MANAGED ||
                      attributes[i] == CU_POINTER_ATTRIBUTE_SYNC_MEMOPS ||
                      attributes[i] == CU_POINTER_ATTRIBUTE_MAPPED ||
                      attributes[i] == CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL;
        int none = attributes[i] == CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL ? -2 : 0;
        uint64_t wide = 0;
        std::memcpy(data[i], narrow ? static_cast<void*>(&none) : &wide, narrow ? sizeof none : 8);
      }
    }
    return CUDA_SUCCESS;
  });
}

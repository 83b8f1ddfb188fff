// Initialisation, version, devices and their attributes.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "call.h"
#include "counting.h"
#include "cuda_driver.h"

namespace simgpu {
namespace {

constexpr int kWarpSize = 32;
constexpr int kConstantBytes = 64 << 10;
constexpr int kMaxPitch = 2147483647;
constexpr int kTextureAlignment = 512;

// Attribute numbers as in the driver API; what is not listed is 0: absent or not supported.
int attribute(const DriverSettings& settings, int number) {
  const DeviceDescription& device = settings.device;
  switch (number) {
    case 1:
      return device.max_threads_per_block;
    case 2:
    case 3:
      return 1024;  // MAX_BLOCK_DIM_X, _Y
    case 4:
      return 64;  // MAX_BLOCK_DIM_Z
    case 5:
      return 2147483647;  // MAX_GRID_DIM_X
    case 6:
    case 7:
      return 65535;  // MAX_GRID_DIM_Y, _Z
    case 8:
      return device.shared_per_block;
    case 9:
      return kConstantBytes;
    case 10:
      return kWarpSize;
    case 11:
      return kMaxPitch;
    case 12:
      return device.registers_per_block;
    case 13:
      return device.clock_khz;
    case 14:
      return kTextureAlignment;
    case 15:
      return 1;  // GPU_OVERLAP
    case 16:
      return device.sm_count;
    case 31:
      return 1;  // CONCURRENT_KERNELS
    case 33:
      return 1;  // PCI_BUS_ID
    case 36:
      return settings.memory_clock_khz;
    case 37:
      return settings.bus_bits;
    case 38:
      return settings.l2_bytes;
    case 39:
      return device.max_threads_per_sm;
    case 40:
      return 2;  // ASYNC_ENGINE_COUNT
    case 41:
      return 1;  // UNIFIED_ADDRESSING: cuMemcpy tells the sides apart
    case 51:
      return 32;  // TEXTURE_PITCH_ALIGNMENT
    case 75:
      return device.cc_major;
    case 76:
      return device.cc_minor;
    case 78:
      return 1;  // STREAM_PRIORITIES_SUPPORTED
    case 79:
    case 80:
      return 1;  // GLOBAL_, LOCAL_L1_CACHE_SUPPORTED
    case 81:
      return device.shared_per_sm;
    case 82:
      return device.registers_per_sm;
    case 87:
      return device.cc_major == 7 ? 32 : 2;  // SINGLE_TO_DOUBLE_PRECISION_PERF_RATIO
    case 90:
      return 1;  // COMPUTE_PREEMPTION_SUPPORTED
    case 97:
      return device.shared_per_block_optin;
    case 99:
      return 1;  // HOST_REGISTER_SUPPORTED
    case 106:
      return device.max_blocks_per_sm;
    case 111:
      return device.shared_reserved_per_block;
    case 115:
      return 1;  // MEMORY_POOLS_SUPPORTED
    default:
      return 0;
  }
}

}  // namespace
}  // namespace simgpu

using namespace simgpu;

SIMGPU_API CUresult cuInit(unsigned flags) {
  return guarded("cuInit", [&]() -> CUresult {
    require(flags == 0, CUDA_ERROR_INVALID_VALUE, "flags must be 0");
    Driver& state = driver();
    std::lock_guard<std::mutex> hold(state.lock);
    if (state.initialized) return CUDA_SUCCESS;
    try {
      state.settings = read_settings();
      require(device_count() > 0, CUDA_ERROR_NO_DEVICE, "SIMGPU_DEVICES=0 asks for no device");
    } catch (const std::invalid_argument& error) {
      std::fprintf(stderr, "simgpu: %s\n", error.what());
      fail(CUDA_ERROR_INVALID_VALUE, error.what());
    }
    auto memory = std::make_unique<DeviceMemory>(state.settings.device.memory_bytes);
    if (!memory->ok()) {
      std::fprintf(stderr,
                   "simgpu: the host refuses address space for the device memory: make "
                   "SIMGPU_MEMORY smaller\n");
      fail(CUDA_ERROR_OUT_OF_MEMORY, "the host refuses address space for the device memory");
    }
    if (state.settings.check) {
      state.checker = std::make_unique<Checker>(*memory);
      if (!state.checker->ok()) {
        state.checker.reset();
        fail(CUDA_ERROR_OUT_OF_MEMORY,
             "the host refuses address space for SIMGPU_CHECK=1: make SIMGPU_MEMORY smaller");
      }
    }
    counting().describe(static_cast<uint64_t>(state.settings.l2_bytes));
    if (!state.settings.report.empty()) counting().begin(state.settings.report);
    state.memory = std::move(memory);
    state.initialized = true;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuDriverGetVersion(int* version) {
  return guarded("cuDriverGetVersion", [&]() -> CUresult {  // works before cuInit
    require(version != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *version = read_settings().driver_version;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuDeviceGetCount(int* count) {
  return driver_call("cuDeviceGetCount", [&](Driver&) {
    require(count != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *count = 1;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  return driver_call("cuDeviceGet", [&](Driver&) {
    require(device != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    require_device(ordinal);
    *device = ordinal;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuDeviceGetName(char* name, int length, CUdevice device) {
  return driver_call("cuDeviceGetName", [&](Driver& state) {
    require(name != nullptr && length > 0, CUDA_ERROR_INVALID_VALUE, "no room for the name");
    require_device(device);
    std::snprintf(name, static_cast<size_t>(length), "%s", state.settings.name.c_str());
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuDeviceGetUuid_v2(CUuuid* uuid, CUdevice device) {
  return driver_call("cuDeviceGetUuid", [&](Driver&) {
    require(uuid != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    require_device(device);
    std::memcpy(uuid->bytes, "simulated-gpu-0", 16);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuDeviceGetUuid(CUuuid* uuid, CUdevice device) {
  return cuDeviceGetUuid_v2(uuid, device);
}

SIMGPU_API CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice device) {
  return driver_call("cuDeviceTotalMem", [&](Driver& state) {
    require(bytes != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    require_device(device);
    *bytes = state.settings.device.memory_bytes;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuDeviceGetAttribute(int* value, int number, CUdevice device) {
  return driver_call("cuDeviceGetAttribute", [&](Driver& state) {
    require(value != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    require(number >= 1 && number <= 147, CUDA_ERROR_INVALID_VALUE, "no such device attribute");
    require_device(device);
    *value = attribute(state.settings, number);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuDeviceComputeCapability(int* major, int* minor, CUdevice device) {
  return driver_call("cuDeviceComputeCapability", [&](Driver& state) {
    require(major != nullptr && minor != nullptr, CUDA_ERROR_INVALID_VALUE,
            "a result pointer is null");
    require_device(device);
    *major = state.settings.device.cc_major;
    *minor = state.settings.device.cc_minor;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuDeviceGetProperties(CUdevprop* properties, CUdevice device) {
  return driver_call("cuDeviceGetProperties", [&](Driver& state) {
    require(properties != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    require_device(device);
    const DeviceDescription& described = state.settings.device;
    *properties = {described.max_threads_per_block,
                   {1024, 1024, 64},
                   {2147483647, 65535, 65535},
                   described.shared_per_block,
                   kConstantBytes,
                   kWarpSize,
                   kMaxPitch,
                   described.registers_per_block,
                   described.clock_khz,
                   kTextureAlignment};
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuDeviceGetPCIBusId(char* id, int length, CUdevice device) {
  return driver_call("cuDeviceGetPCIBusId", [&](Driver&) {
    require(id != nullptr && length >= 13, CUDA_ERROR_INVALID_VALUE, "the id needs 13 bytes");
    require_device(device);
    std::snprintf(id, static_cast<size_t>(length), "0000:01:00.0");
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuDeviceGetByPCIBusId(CUdevice* device, const char* id) {
  return driver_call("cuDeviceGetByPCIBusId", [&](Driver&) {
    require(device != nullptr && id != nullptr, CUDA_ERROR_INVALID_VALUE, "an argument is null");
    std::string asked = id;
    require(asked == "0000:01:00.0" || asked == "0000:01:00" || asked == "01:00.0",
            CUDA_ERROR_INVALID_DEVICE, "the simulated device is at 0000:01:00.0");
    *device = 0;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuDeviceCanAccessPeer(int* can, CUdevice device, CUdevice peer) {
  return driver_call("cuDeviceCanAccessPeer", [&](Driver&) {
    require(can != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    require_device(device);
    require_device(peer);
    *can = 0;
    return CUDA_SUCCESS;
  });
}

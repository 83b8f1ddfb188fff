// Modules, functions and their attributes, the linker of one input, the profiler switch.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "call.h"
#include "capture.h"
#include "cuda_driver.h"
#include "function.h"
#include "submit.h"

struct CUlinkState_st {
  std::string ptx;
};

namespace simgpu {
namespace {

constexpr uint32_t kFatBinaryMagic = 0xBA55ED50;
constexpr uint32_t kFatBinaryWrapperMagic = 0x466243B1;

// The two log buffers that a caller may pass among the JIT options.
class JitLogs {
 public:
  JitLogs(unsigned count, CUjit_option* options, void** values) {
    for (unsigned i = 0; i < count; ++i) {
      void** value = &values[i];
      switch (options[i]) {
        case CU_JIT_ERROR_LOG_BUFFER:
          error_ = static_cast<char*>(*value);
          break;
        case CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES:
          error_size_ = value;
          break;
        case CU_JIT_INFO_LOG_BUFFER:
          info_ = static_cast<char*>(*value);
          break;
        case CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES:
          info_size_ = value;
          break;
        default:
          break;  // nothing to optimise
      }
    }
  }
  void finish(const std::string& error) {
    write(error_, error_size_, error);
    write(info_, info_size_, "");
  }

 private:
  // The size slot holds the capacity before the call and the bytes used after it.
  static void write(char* buffer, void** size, const std::string& log) {
    if (buffer == nullptr || size == nullptr) return;
    auto capacity = static_cast<size_t>(reinterpret_cast<uintptr_t>(*size));
    if (capacity == 0) return;
    size_t length = std::min(log.size(), capacity - 1);
    std::memcpy(buffer, log.data(), length);
    buffer[length] = 0;
    *size = reinterpret_cast<void*>(static_cast<uintptr_t>(length == 0 ? 0 : length + 1));
  }
  char *error_ = nullptr, *info_ = nullptr;
  void **error_size_ = nullptr, **info_size_ = nullptr;
};

CUresult code_of(LoadErrorKind kind) {
  switch (kind) {
    case LoadErrorKind::kUnsupportedVersion:
      return CUDA_ERROR_UNSUPPORTED_PTX_VERSION;
    case LoadErrorKind::kUnsupportedTarget:
      return CUDA_ERROR_NO_BINARY_FOR_GPU;
    case LoadErrorKind::kOutOfMemory:
      return CUDA_ERROR_OUT_OF_MEMORY;
    case LoadErrorKind::kInvalidPtx:
    case LoadErrorKind::kUnresolved:
      break;
  }
  return CUDA_ERROR_INVALID_PTX;
}

void refuse_binaries(const void* image) {
  uint32_t magic;
  std::memcpy(&magic, image, sizeof magic);  // text is at least ".version" long
  bool binary = std::memcmp(image,
                            "\x7f"
                            "ELF",
                            4) == 0 ||
                magic == kFatBinaryMagic || magic == kFatBinaryWrapperMagic;
  require(!binary, CUDA_ERROR_NO_BINARY_FOR_GPU,
          "the image is machine code (a cubin or fat binary), which the simulation cannot run: "
          "load PTX");
}

// A driver compiles PTX up to the ISA of its own release.
void check_version(const std::string& ptx, const DriverSettings& settings) {
  size_t at = ptx.find(".version");
  int major = 0, minor = 0;
  if (at == std::string::npos ||
      std::sscanf(ptx.c_str() + at, ".version %d.%d", &major, &minor) != 2) {
    return;  // the engine says what is wrong
  }
  int newest = newest_ptx(settings.driver_version);
  if (10 * major + minor > newest) {
    fail(CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
         text("the PTX has version %d.%d and this driver (CUDA %d.%d) takes up to %d.%d: compile "
              "for an "
              "older PTX version or use a newer driver",
              major, minor, settings.driver_version / 1000, settings.driver_version % 1000 / 10,
              newest / 10, newest % 10));
  }
}

CUmodule load(Driver& state, CUctx_st& context, const void* image, JitLogs logs) {
  require(image != nullptr, CUDA_ERROR_INVALID_VALUE, "the image is null");
  std::string error;
  try {
    refuse_binaries(image);
    std::string ptx = static_cast<const char*>(image);
    check_version(ptx, state.settings);
    auto module = std::make_shared<CUmod_st>();
    module->context = &context;
    module->module = Module::load(ptx, state.settings.device, *state.memory);
    logs.finish("");
    return state.modules.add(module);
  } catch (const LoadError& refused) {
    logs.finish(refused.what());
    fail(code_of(refused.kind()), refused.what());
  } catch (const Failure& refused) {
    logs.finish(refused.text);
    throw;
  }
}

std::string read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(CUDA_ERROR_FILE_NOT_FOUND, text("the module file %s cannot be read", path));
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

CUmodule require_module(Driver& state, CUmodule handle) {
  require(state.modules.has(handle), CUDA_ERROR_INVALID_HANDLE,
          "the module does not exist: it was unloaded or never loaded");
  return handle;
}

CUfunction function_named(Driver& state, CUmod_st& module, const std::string& name) {
  auto known = module.functions.find(name);
  if (known != module.functions.end()) return known->second;
  const Kernel* kernel = module.module->kernel(name);
  if (kernel == nullptr) {
    std::string has;
    for (const std::string& each : module.module->kernel_names())
      has += (has.empty() ? "" : ", ") + each;
    fail(CUDA_ERROR_NOT_FOUND, text("the module has no kernel named %s; it has: %s", name.c_str(),
                                    has.empty() ? "none" : has.c_str()));
  }
  auto function = std::make_shared<CUfunc_st>();
  function->module = &module;
  function->kernel = kernel;
  function->max_dynamic_shared = std::max(
      0, state.settings.device.shared_per_block - static_cast<int>(kernel->info.static_shared));
  return module.functions[name] = state.functions.add(function);
}

int attribute_of(const CUfunc_st& function, const DeviceDescription& device, int attribute) {
  const FunctionInfo& info = function.info();
  switch (attribute) {
    case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
      return info.max_threads;
    case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES:
      return static_cast<int>(info.static_shared);
    case CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES:
      return static_cast<int>(info.const_bytes);
    case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES:
      return static_cast<int>(info.local_bytes);
    case CU_FUNC_ATTRIBUTE_NUM_REGS:
      return registers_of(function, device);
    case CU_FUNC_ATTRIBUTE_PTX_VERSION:
      return info.ptx_version;
    case CU_FUNC_ATTRIBUTE_BINARY_VERSION:
      return 10 * device.cc_major + device.cc_minor;
    case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
      return function.max_dynamic_shared;
    case CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
      return function.carveout;
  }
  require(attribute > 0 && attribute <= CU_FUNC_ATTRIBUTE_LAST_KNOWN, CUDA_ERROR_INVALID_VALUE,
          "no such function attribute");
  return 0;  // caching and clusters
}

}  // namespace
}  // namespace simgpu

using namespace simgpu;

SIMGPU_API CUresult cuModuleLoadDataEx(CUmodule* result, const void* image, unsigned count,
                                       CUjit_option* options, void** values) {
  return context_call("cuModuleLoadDataEx", [&](Driver& state, CUctx_st& context) {
    require(result != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *result = load(state, context, image, JitLogs(count, options, values));
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuModuleLoadData(CUmodule* result, const void* image) {
  return cuModuleLoadDataEx(result, image, 0, nullptr, nullptr);
}

SIMGPU_API CUresult cuModuleLoadFatBinary(CUmodule* result, const void* image) {
  return cuModuleLoadDataEx(result, image, 0, nullptr, nullptr);
}

SIMGPU_API CUresult cuModuleLoad(CUmodule* result, const char* path) {
  return context_call("cuModuleLoad", [&](Driver& state, CUctx_st& context) {
    require(result != nullptr && path != nullptr, CUDA_ERROR_INVALID_VALUE, "an argument is null");
    *result = load(state, context, read_file(path).c_str(), JitLogs(0, nullptr, nullptr));
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuModuleUnload(CUmodule handle) {
  return context_call("cuModuleUnload", [&](Driver& state, CUctx_st& context) {
    require_module(state, handle);
    refuse_unsafe_in_capture("cuModuleUnload");
    context.work.run_all();
    state.functions.remove_if([&](const CUfunc_st& function) { return function.module == handle; });
    state.modules.remove(handle);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuModuleGetFunction(CUfunction* result, CUmodule module, const char* name) {
  return context_call("cuModuleGetFunction", [&](Driver& state, CUctx_st&) {
    require(result != nullptr && name != nullptr, CUDA_ERROR_INVALID_VALUE, "an argument is null");
    *result = function_named(state, *require_module(state, module), name);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuModuleGetFunctionCount(unsigned* count, CUmodule module) {
  return context_call("cuModuleGetFunctionCount", [&](Driver& state, CUctx_st&) {
    require(count != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *count = static_cast<unsigned>(require_module(state, module)->module->kernel_names().size());
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuModuleEnumerateFunctions(CUfunction* functions, unsigned count,
                                               CUmodule module) {
  return context_call("cuModuleEnumerateFunctions", [&](Driver& state, CUctx_st&) {
    require(functions != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    for (const std::string& name : require_module(state, module)->module->kernel_names()) {
      if (count-- == 0) break;
      *functions++ = function_named(state, *module, name);
    }
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuModuleGetGlobal_v2(CUdeviceptr* address, size_t* bytes, CUmodule module,
                                         const char* name) {
  return context_call("cuModuleGetGlobal", [&](Driver& state, CUctx_st&) {
    require(name != nullptr, CUDA_ERROR_INVALID_VALUE, "the name is null");
    const GlobalInfo* global = require_module(state, module)->module->global(name);
    if (global == nullptr) {
      fail(CUDA_ERROR_NOT_FOUND, text("the module has no variable named %s", name));
    }
    if (address != nullptr) *address = global->address;
    if (bytes != nullptr) *bytes = global->bytes;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuModuleGetLoadingMode(int* mode) {
  return driver_call("cuModuleGetLoadingMode", [&](Driver&) {
    require(mode != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *mode = 1;  // eager
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuFuncGetModule(CUmodule* module, CUfunction function) {
  return context_call("cuFuncGetModule", [&](Driver& state, CUctx_st&) {
    require(module != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *module = require_function(state, function).module;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuFuncGetName(const char** name, CUfunction function) {
  return context_call("cuFuncGetName", [&](Driver& state, CUctx_st&) {
    require(name != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *name = require_function(state, function).info().name.c_str();
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuFuncGetParamInfo(CUfunction function, size_t index, size_t* offset,
                                       size_t* size) {
  return context_call("cuFuncGetParamInfo", [&](Driver& state, CUctx_st&) {
    const FunctionInfo& info = require_function(state, function).info();
    require(index < info.params.size(), CUDA_ERROR_INVALID_VALUE,
            "the kernel has no such parameter");
    if (offset != nullptr) *offset = info.params[index].offset;
    if (size != nullptr) *size = info.params[index].size;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuFuncGetAttribute(int* value, CUfunction_attribute attribute,
                                       CUfunction function) {
  return context_call("cuFuncGetAttribute", [&](Driver& state, CUctx_st&) {
    require(value != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *value = attribute_of(require_function(state, function), state.settings.device, attribute);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuFuncSetAttribute(CUfunction handle, CUfunction_attribute attribute,
                                       int value) {
  return context_call("cuFuncSetAttribute", [&](Driver& state, CUctx_st&) {
    CUfunc_st& function = require_function(state, handle);
    if (attribute == CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES) {
      int most = state.settings.device.shared_per_block_optin -
                 static_cast<int>(function.info().static_shared);
      if (value < 0 || value > most) {
        fail(CUDA_ERROR_INVALID_VALUE,
             text("%d bytes of dynamic shared memory for %s, which may have at "
                  "most %d on this device",
                  value, function.info().name.c_str(), most));
      }
      function.max_dynamic_shared = value;
    } else if (attribute == CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT) {
      require(value >= -1 && value <= 100, CUDA_ERROR_INVALID_VALUE,
              "a carveout is -1 to 100 percent");
      function.carveout = value;
    } else {
      fail(CUDA_ERROR_INVALID_VALUE, "this function attribute cannot be set");
    }
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuFuncSetCacheConfig(CUfunction function, int config) {
  return context_call("cuFuncSetCacheConfig", [&](Driver& state, CUctx_st&) {
    require_function(state, function);
    require(config >= 0 && config <= 3, CUDA_ERROR_INVALID_VALUE, "no such cache preference");
    return CUDA_SUCCESS;  // a hint
  });
}

SIMGPU_API CUresult cuFuncSetSharedMemConfig(CUfunction function, int config) {
  return context_call("cuFuncSetSharedMemConfig", [&](Driver& state, CUctx_st&) {
    require_function(state, function);
    require(config >= 0 && config <= 2, CUDA_ERROR_INVALID_VALUE, "no such bank size");
    return CUDA_SUCCESS;  // banks are 4 bytes wide
  });
}

SIMGPU_API CUresult cuLinkCreate_v2(unsigned, CUjit_option*, void**, CUlinkState* result) {
  return context_call("cuLinkCreate", [&](Driver& state, CUctx_st&) {
    require(result != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *result = state.links.add(std::make_shared<CUlinkState_st>());
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuLinkAddData_v2(CUlinkState link, CUjitInputType type, void* data,
                                     size_t bytes, const char*, unsigned, CUjit_option*, void**) {
  return context_call("cuLinkAddData", [&](Driver& state, CUctx_st&) {
    require(state.links.has(link), CUDA_ERROR_INVALID_HANDLE, "the linker does not exist");
    require(data != nullptr && bytes > 0, CUDA_ERROR_INVALID_VALUE, "the input is empty");
    require(type == CU_JIT_INPUT_PTX, CUDA_ERROR_NO_BINARY_FOR_GPU,
            "the simulation links PTX alone");
    require(link->ptx.empty(), CUDA_ERROR_NOT_SUPPORTED,
            "the simulation links one PTX input alone");
    link->ptx.assign(static_cast<const char*>(data),
                     strnlen(static_cast<const char*>(data), bytes));
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuLinkAddFile_v2(CUlinkState link, CUjitInputType type, const char* path,
                                     unsigned count, CUjit_option* options, void** values) {
  std::string content;
  CUresult read = guarded("cuLinkAddFile", [&] {
    require(path != nullptr, CUDA_ERROR_INVALID_VALUE, "the path is null");
    content = read_file(path);
    return CUDA_SUCCESS;
  });
  if (read != CUDA_SUCCESS) return read;
  return cuLinkAddData_v2(link, type, &content[0], content.size(), path, count, options, values);
}

// The "cubin" is the PTX itself, which cuModuleLoadData takes.
SIMGPU_API CUresult cuLinkComplete(CUlinkState link, void** image, size_t* bytes) {
  return context_call("cuLinkComplete", [&](Driver& state, CUctx_st&) {
    require(state.links.has(link), CUDA_ERROR_INVALID_HANDLE, "the linker does not exist");
    require(image != nullptr && !link->ptx.empty(), CUDA_ERROR_INVALID_VALUE, "nothing was added");
    *image = &link->ptx[0];
    if (bytes != nullptr) *bytes = link->ptx.size() + 1;
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuLinkDestroy(CUlinkState link) {
  return context_call("cuLinkDestroy", [&](Driver& state, CUctx_st&) {
    require(state.links.has(link), CUDA_ERROR_INVALID_HANDLE, "the linker does not exist");
    state.links.remove(link);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuProfilerStart() {
  return context_call("cuProfilerStart", [](Driver&, CUctx_st&) { return CUDA_SUCCESS; });
}

SIMGPU_API CUresult cuProfilerStop() {
  return context_call("cuProfilerStop", [](Driver&, CUctx_st&) { return CUDA_SUCCESS; });
}

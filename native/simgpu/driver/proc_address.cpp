// cuGetProcAddress: from a plain name and a CUDA version to the entry point of that version.
#include <dlfcn.h>

#include <cstring>

#include "call.h"
#include "cuda_driver.h"

namespace simgpu {
namespace {

// Names whose meaning changed in a CUDA version after they had appeared; otherwise a plain name
// means the newest of name_v3, name_v2 and name that exists.
struct Rename {
  const char* name;
  int since;  // CUDA version, 1000 * major + 10 * minor
  const char* entry;
};

constexpr Rename kRenames[] = {
    {"cuCtxCreate", 3020, "cuCtxCreate_v2"},  // v3 and v4 have another signature
    {"cuGraphInstantiate", 12000, "cuGraphInstantiateWithFlags"},
    {"cuGraphInstantiate", 11000, "cuGraphInstantiate_v2"},
    {"cuGraphExecUpdate", 12000, "cuGraphExecUpdate_v2"},
    {"cuGraphExecUpdate", 10020, "cuGraphExecUpdate"},
    {"cuGetProcAddress", 12000, "cuGetProcAddress_v2"},
    {"cuGetProcAddress", 11030, "cuGetProcAddress"},
    {"cuStreamBeginCapture", 10010, "cuStreamBeginCapture_v2"},
    {"cuStreamBeginCapture", 10000, "cuStreamBeginCapture"},
    {"cuEventElapsedTime", 12080, "cuEventElapsedTime_v2"},
    {"cuEventElapsedTime", 2000, "cuEventElapsedTime"},
    {"cuDeviceGetUuid", 11040, "cuDeviceGetUuid_v2"},
    {"cuDeviceGetUuid", 9020, "cuDeviceGetUuid"},
};

void* entry_point(const std::string& name) {
  static void* own = [] {
    Dl_info info;
    if (dladdr(reinterpret_cast<void*>(&cuInit), &info) == 0) return static_cast<void*>(nullptr);
    return dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  }();
  return own == nullptr ? nullptr : dlsym(own, name.c_str());
}

enum Status { kFound = 0, kNotFound = 1, kVersionNotSufficient = 2 };

Status look_up(const char* name, int cuda_version, void** function) {
  bool renamed = false;
  for (const Rename& rename : kRenames) {
    if (std::strcmp(rename.name, name) != 0) continue;
    renamed = true;
    if (cuda_version < rename.since) continue;
    *function = entry_point(rename.entry);
    return kFound;
  }
  if (renamed) return kVersionNotSufficient;
  for (const char* suffix : {"_v3", "_v2", ""}) {
    *function = entry_point(std::string(name) + suffix);
    if (*function != nullptr) return kFound;
  }
  return kNotFound;
}

}  // namespace
}  // namespace simgpu

using namespace simgpu;

SIMGPU_API CUresult cuGetProcAddress_v2(const char* name, void** function, int cuda_version,
                                        unsigned long long, int* status) {
  return guarded("cuGetProcAddress", [&]() -> CUresult {
    require(name != nullptr && function != nullptr, CUDA_ERROR_INVALID_VALUE,
            "an argument is null");
    *function = nullptr;
    Status outcome = look_up(name, cuda_version, function);
    if (status != nullptr) *status = outcome;
    if (outcome != kFound) {
      fail(CUDA_ERROR_NOT_FOUND, text("no function %s for CUDA version %d", name, cuda_version));
    }
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuGetProcAddress(const char* name, void** function, int cuda_version,
                                     unsigned long long flags) {
  return cuGetProcAddress_v2(name, function, cuda_version, flags, nullptr);
}

// What a stream operation or a graph node does: kernel, copy, fill, host function, event, child
// graph.
#ifndef SIMGPU_DRIVER_WORK_H_
#define SIMGPU_DRIVER_WORK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "../engine.h"
#include "cuda_abi.h"

namespace simgpu {

struct EmptyWork {};

struct KernelWork {
  CUfunction function = nullptr;
  Dim3 grid, block;
  uint32_t dynamic_shared = 0;  // bytes
  std::vector<uint8_t> params;  // the packed parameter block, as it was at the call
};

struct CopyWork {
  CUDA_MEMCPY3D copy;  // memory types resolved to host or device
};

struct FillWork {
  CUDA_MEMSET_NODE_PARAMS fill;
};

struct HostWork {
  std::function<void()> call;
  CUDA_HOST_NODE_PARAMS params;
};

struct EventWork {
  CUevent event = nullptr;
  bool record = false;  // else wait
};

struct ChildWork {
  std::shared_ptr<CUgraph_st> graph;
};

struct FreeWork {
  CUdeviceptr address = 0;
};

using Work = std::variant<EmptyWork, KernelWork, CopyWork, FillWork, HostWork, EventWork, ChildWork,
                          FreeWork>;

}  // namespace simgpu

#endif  // SIMGPU_DRIVER_WORK_H_

// Kernel launches: what may be launched, and the launch itself.
#include <cstring>

#include "counting.h"
#include "cuda_driver.h"
#include "function.h"
#include "other_orders.h"
#include "submit.h"

namespace simgpu {
namespace {

CUresult code_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::kIllegalAddress:
      return CUDA_ERROR_ILLEGAL_ADDRESS;
    case FaultKind::kMisalignedAddress:
      return CUDA_ERROR_MISALIGNED_ADDRESS;
    case FaultKind::kAssert:
      return CUDA_ERROR_ASSERT;
    case FaultKind::kIllegalInstruction:
      return CUDA_ERROR_ILLEGAL_INSTRUCTION;
    case FaultKind::kStackOverflow:
      return CUDA_ERROR_HARDWARE_STACK_ERROR;
    case FaultKind::kDeadlock:
    case FaultKind::kTimeout:
      return CUDA_ERROR_LAUNCH_TIMEOUT;
    case FaultKind::kUninitializedRead:
    case FaultKind::kRace:
    case FaultKind::kReadOnlyWritten:
    case FaultKind::kTrap:
      break;
  }
  return CUDA_ERROR_LAUNCH_FAILED;
}

// The parameter block from one pointer for each parameter.
std::vector<uint8_t> pack_arguments(const FunctionInfo& info, void** arguments) {
  std::vector<uint8_t> block(info.param_bytes);
  for (size_t i = 0; i < info.params.size(); ++i) {
    if (arguments == nullptr || arguments[i] == nullptr) {
      fail(CUDA_ERROR_INVALID_VALUE,
           text("%s takes %zu parameters and the pointer to number %zu is null", info.name.c_str(),
                info.params.size(), i));
    }
    std::memcpy(block.data() + info.params[i].offset, arguments[i], info.params[i].size);
  }
  return block;
}

// The parameter block from the key-value list of the `extra` argument.
std::vector<uint8_t> from_extra(const FunctionInfo& info, void** extra) {
  const uint8_t* buffer = nullptr;
  size_t bytes = 0;
  for (; *extra != CU_LAUNCH_PARAM_END; extra += 2) {
    if (extra[0] == CU_LAUNCH_PARAM_BUFFER_POINTER) {
      buffer = static_cast<const uint8_t*>(extra[1]);
    } else if (extra[0] == CU_LAUNCH_PARAM_BUFFER_SIZE) {
      bytes = *static_cast<const size_t*>(extra[1]);
    } else {
      fail(CUDA_ERROR_INVALID_VALUE, "the extra list has an unknown key");
    }
  }
  require(buffer != nullptr || bytes == 0, CUDA_ERROR_INVALID_VALUE,
          "the extra list has no buffer");
  if (bytes < info.param_bytes) {
    fail(CUDA_ERROR_INVALID_VALUE, text("%s takes %u bytes of parameters and the buffer has %zu",
                                        info.name.c_str(), info.param_bytes, bytes));
  }
  return std::vector<uint8_t>(buffer, buffer + info.param_bytes);
}

void check_shape(const FunctionInfo& info, const Dim3& grid, const Dim3& block) {
  require(grid.count() > 0 && grid.x <= 2147483647 && grid.y <= 65535 && grid.z <= 65535,
          CUDA_ERROR_INVALID_VALUE, "the grid is empty, or larger than 2147483647 x 65535 x 65535");
  require(block.count() > 0 && block.x <= 1024 && block.y <= 1024 && block.z <= 64 &&
              block.count() <= 1024,
          CUDA_ERROR_INVALID_VALUE,
          "the block is empty, or larger than 1024 threads (1024 x 1024 x 64)");
  if (block.count() > static_cast<uint64_t>(info.max_threads)) {
    fail(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES,
         text("%s was compiled for blocks of at most %d threads and is launched with %u",
              info.name.c_str(), info.max_threads, static_cast<unsigned>(block.count())));
  }
  const Dim3& wanted = info.required_block;
  if (wanted.count() != 0 && (wanted.x != block.x || wanted.y != block.y || wanted.z != block.z)) {
    fail(CUDA_ERROR_INVALID_VALUE, text("%s requires blocks of %u x %u x %u threads",
                                        info.name.c_str(), wanted.x, wanted.y, wanted.z));
  }
}

}  // namespace

KernelWork checked_launch(CUctx_st& context, CUfunction function, Dim3 grid, Dim3 block,
                          uint32_t dynamic_shared, void** arguments, void** extra) {
  require_function(driver(), function);
  require(function->module->context == &context, CUDA_ERROR_INVALID_CONTEXT,
          "the function belongs to another context than the current one");
  const FunctionInfo& info = function->info();
  check_shape(info, grid, block);
  if (dynamic_shared > static_cast<uint64_t>(function->max_dynamic_shared)) {
    fail(
        CUDA_ERROR_INVALID_VALUE,
        text("%s is launched with %u bytes of dynamic shared memory and may have %d: raise it with "
             "cuFuncSetAttribute(CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES), up to %d here",
             info.name.c_str(), dynamic_shared, function->max_dynamic_shared,
             driver().settings.device.shared_per_block_optin -
                 static_cast<int>(info.static_shared)));
  }
  require(arguments == nullptr || extra == nullptr, CUDA_ERROR_INVALID_VALUE,
          "parameters are given both ways, as kernelParams and as extra");
  std::vector<uint8_t> params =
      extra != nullptr ? from_extra(info, extra) : pack_arguments(info, arguments);
  return {function, grid, block, dynamic_shared, std::move(params)};
}

void perform_kernel(CUctx_st& context, const KernelWork& kernel) {
  Driver& state = driver();
  if (!state.functions.has(kernel.function)) {
    context.poison(CUDA_ERROR_INVALID_HANDLE,
                   "a graph launches a function whose module was unloaded");
    return;
  }
  Launch launch;
  launch.kernel = kernel.function->kernel;
  launch.grid = kernel.grid;
  launch.block = kernel.block;
  launch.dynamic_shared = kernel.dynamic_shared;
  launch.params = kernel.params;
  launch.seed = context.work.random();
  launch.threads = state.settings.threads;
  launch.instruction_limit = state.settings.instruction_limit;
  launch.checker = state.checker.get();
  launch.lanes_apart = state.settings.lanes_apart;
  std::vector<Touched> touched;
  if (context.checks != nullptr) launch.touched = &touched;
  Counting::Counted counted;
  counting().prepare(launch, counted);
  std::optional<MemoryImage> before;
  if (state.settings.orders > 1) before.emplace(*state.memory);
  std::optional<Fault> fault = execute(launch, *state.memory);
  if (!fault && before) {
    fault = run_in_other_orders(launch, *state.memory, *before, state.settings.orders);
  }
  if (fault) {
    context.poison(code_of(fault->kind), fault->report);
    return;
  }
  check_touch(context, "kernel '" + launch.kernel->info.name + "'", std::move(touched));
  if (launch.counts != nullptr) counting().add(launch, counted);
}

}  // namespace simgpu

using namespace simgpu;

SIMGPU_API CUresult cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y,
                                   unsigned grid_z, unsigned block_x, unsigned block_y,
                                   unsigned block_z, unsigned dynamic_shared, CUstream stream,
                                   void** arguments, void** extra) {
  return context_call("cuLaunchKernel", [&](Driver&, CUctx_st& context) {
    CUstream_st& target = stream_of(context, stream);
    submit(context, target,
           checked_launch(context, function, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z},
                          dynamic_shared, arguments, extra));
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuLaunchKernelEx(const CUlaunchConfig* config, CUfunction function,
                                     void** arguments, void** extra) {
  constexpr int kCooperative = 2, kClusterDimension = 4;  // CU_LAUNCH_ATTRIBUTE_...
  return context_call("cuLaunchKernelEx", [&](Driver&, CUctx_st& context) {
    require(config != nullptr, CUDA_ERROR_INVALID_VALUE, "the configuration is null");
    for (unsigned i = 0; i < config->numAttrs; ++i) {
      const CUlaunchAttribute& attribute = config->attrs[i];
      const unsigned* cluster = attribute.value.triple;
      require(attribute.id != kCooperative || attribute.value.integer == 0,
              CUDA_ERROR_NOT_SUPPORTED, "cooperative launches are not part of the simulation");
      require(attribute.id != kClusterDimension || cluster[0] * cluster[1] * cluster[2] == 1,
              CUDA_ERROR_NOT_SUPPORTED, "block clusters are not part of the simulation");
    }  // the rest are hints
    CUstream_st& target = stream_of(context, config->hStream);
    submit(context, target,
           checked_launch(context, function, {config->gridDimX, config->gridDimY, config->gridDimZ},
                          {config->blockDimX, config->blockDimY, config->blockDimZ},
                          config->sharedMemBytes, arguments, extra));
    return CUDA_SUCCESS;
  });
}

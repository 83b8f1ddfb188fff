// Functions' registers, and how many blocks a multiprocessor holds.
#include <algorithm>

#include "call.h"
#include "cuda_driver.h"
#include "function.h"
#include "occupancy.h"

namespace simgpu {

CUfunc_st& require_function(Driver& state, CUfunction handle) {
  require(state.functions.has(handle), CUDA_ERROR_INVALID_HANDLE,
          "the function does not exist: its module was unloaded, or it was never loaded");
  return *handle;
}

int registers_of(const CUfunc_st& function, const DeviceDescription& device) {
  int fits = device.registers_per_block / ((function.info().max_threads + 31) / 32 * 32) / 8 * 8;
  return std::min({std::max(function.info().num_regs, 1), fits, 255});
}

namespace {

BlockNeeds needs_of(const CUfunc_st& function, const DeviceDescription& device, int threads,
                    size_t dynamic_shared) {
  return {threads, registers_of(function, device), function.info().static_shared + dynamic_shared};
}

CUresult active_blocks(const char* name, int* blocks, CUfunction handle, int threads,
                       size_t dynamic_shared) {
  return context_call(name, [&](Driver& state, CUctx_st&) {
    require(blocks != nullptr && threads > 0, CUDA_ERROR_INVALID_VALUE,
            "no result pointer, or no threads");
    const CUfunc_st& function = require_function(state, handle);
    const DeviceDescription& device = state.settings.device;
    *blocks = threads > function.info().max_threads
                  ? 0
                  : resident_blocks(device, needs_of(function, device, threads, dynamic_shared));
    return CUDA_SUCCESS;
  });
}

CUresult potential_block(const char* name, int* grid, int* block, CUfunction handle,
                         CUoccupancyB2DSize shared_of, size_t dynamic_shared, int limit) {
  return context_call(name, [&](Driver& state, CUctx_st&) {
    require(grid != nullptr && block != nullptr, CUDA_ERROR_INVALID_VALUE,
            "a result pointer is null");
    const CUfunc_st& function = require_function(state, handle);
    const DeviceDescription& device = state.settings.device;
    int most = function.info().max_threads;
    if (limit > 0) most = std::min(most, limit);
    BlockChoice best = best_block(device, most, [&](int threads) {
      return needs_of(function, device, threads,
                      shared_of != nullptr ? shared_of(threads) : dynamic_shared);
    });
    *block = best.threads;
    *grid = best.blocks_per_sm * device.sm_count;
    return CUDA_SUCCESS;
  });
}

}  // namespace
}  // namespace simgpu

using namespace simgpu;

SIMGPU_API CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction function,
                                                                int threads,
                                                                size_t dynamic_shared) {
  return active_blocks("cuOccupancyMaxActiveBlocksPerMultiprocessor", blocks, function, threads,
                       dynamic_shared);
}

SIMGPU_API CUresult cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
    int* blocks, CUfunction function, int threads, size_t dynamic_shared, unsigned) {
  return active_blocks("cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags", blocks, function,
                       threads, dynamic_shared);
}

SIMGPU_API CUresult cuOccupancyMaxPotentialBlockSize(int* grid, int* block, CUfunction function,
                                                     CUoccupancyB2DSize shared_of,
                                                     size_t dynamic_shared, int limit) {
  return potential_block("cuOccupancyMaxPotentialBlockSize", grid, block, function, shared_of,
                         dynamic_shared, limit);
}

SIMGPU_API CUresult cuOccupancyMaxPotentialBlockSizeWithFlags(int* grid, int* block,
                                                              CUfunction function,
                                                              CUoccupancyB2DSize shared_of,
                                                              size_t dynamic_shared, int limit,
                                                              unsigned) {
  return potential_block("cuOccupancyMaxPotentialBlockSizeWithFlags", grid, block, function,
                         shared_of, dynamic_shared, limit);
}

SIMGPU_API CUresult cuOccupancyAvailableDynamicSMemPerBlock(size_t* bytes, CUfunction handle,
                                                            int blocks, int threads) {
  return context_call("cuOccupancyAvailableDynamicSMemPerBlock", [&](Driver& state, CUctx_st&) {
    require(bytes != nullptr && blocks > 0 && threads > 0, CUDA_ERROR_INVALID_VALUE,
            "no result pointer, no blocks or no threads");
    const CUfunc_st& function = require_function(state, handle);
    const DeviceDescription& device = state.settings.device;
    int most = resident_blocks(device, needs_of(function, device, threads, 0));
    require(blocks <= most, CUDA_ERROR_INVALID_VALUE, "so many blocks are never resident");
    uint64_t per_block =
        function.info().static_shared + static_cast<uint64_t>(function.max_dynamic_shared);
    int64_t room = dynamic_shared_for(device, blocks, function.info().static_shared, per_block);
    *bytes = static_cast<size_t>(std::max<int64_t>(0, room));
    return CUDA_SUCCESS;
  });
}

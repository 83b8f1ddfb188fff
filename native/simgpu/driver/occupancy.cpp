#include "occupancy.h"

#include <algorithm>

namespace simgpu {
namespace {

constexpr int kWarp = 32;
constexpr int kRegisterUnit = 256;  // registers are given to a warp in units of this
constexpr int kPartitions = 4;      // of a multiprocessor, each with a quarter of the registers

int64_t round_up(int64_t value, int64_t to) { return (value + to - 1) / to * to; }

int64_t shared_unit(const DeviceDescription& device) { return device.cc_major < 8 ? 256 : 128; }

}  // namespace

int resident_blocks(const DeviceDescription& device, const BlockNeeds& needs) {
  if (needs.threads <= 0 || needs.threads > device.max_threads_per_block) return 0;
  int64_t warps = (needs.threads + kWarp - 1) / kWarp;
  int64_t blocks =
      std::min<int64_t>(device.max_blocks_per_sm, device.max_threads_per_sm / kWarp / warps);
  if (needs.registers > 0) {
    int64_t per_warp = round_up(int64_t{kWarp} * needs.registers, kRegisterUnit);
    if (per_warp * warps > device.registers_per_block) return 0;
    int64_t register_warps = kPartitions * (device.registers_per_sm / kPartitions / per_warp);
    blocks = std::min(blocks, register_warps / warps);
  }
  if (needs.shared_bytes > static_cast<uint64_t>(device.shared_per_block_optin)) return 0;
  int64_t shared =
      round_up(static_cast<int64_t>(needs.shared_bytes) + device.shared_reserved_per_block,
               shared_unit(device));
  if (shared > 0) blocks = std::min(blocks, device.shared_per_sm / shared);
  return static_cast<int>(blocks);
}

BlockChoice best_block(const DeviceDescription& device, int most_threads,
                       const std::function<BlockNeeds(int)>& needs_of) {
  BlockChoice best;
  for (int64_t size = round_up(most_threads, kWarp); size > 0; size -= kWarp) {
    int threads = static_cast<int>(std::min<int64_t>(size, most_threads));
    int blocks = resident_blocks(device, needs_of(threads));
    if (blocks * threads > best.blocks_per_sm * best.threads) best = {threads, blocks};
  }
  return best;
}

int64_t dynamic_shared_for(const DeviceDescription& device, int blocks, uint64_t static_shared,
                           uint64_t most_per_block) {
  int64_t unit = shared_unit(device);
  int64_t share = device.shared_per_sm / blocks / unit * unit - device.shared_reserved_per_block;
  share = std::min<int64_t>(share, static_cast<int64_t>(most_per_block));
  return std::max<int64_t>(-1, share - static_cast<int64_t>(static_shared));
}

}  // namespace simgpu

// Resident blocks by hand-worked rules: 64 K registers in four partitions, given to warps in units
// of 256; shared memory in units of 128 bytes (256 on 7.x) with 1 KiB reserved a block from 8.0.
#include "occupancy.h"

#include "check.h"

namespace {

simgpu::DeviceDescription ampere() { return {}; }  // the defaults describe 8.0

simgpu::DeviceDescription turing() {
  simgpu::DeviceDescription device;
  device.cc_major = 7;
  device.cc_minor = 5;
  device.max_threads_per_sm = 1024;
  device.max_blocks_per_sm = 16;
  device.shared_per_sm = device.shared_per_block_optin = 64 << 10;
  device.shared_reserved_per_block = 0;
  return device;
}

int blocks(const simgpu::DeviceDescription& device, int threads, int registers, uint64_t shared) {
  return simgpu::resident_blocks(device, {threads, registers, shared});
}

}  // namespace

TEST(warps_and_blocks_limit) {
  CHECK(blocks(ampere(), 256, 32, 0) == 8);  // 64 warps / 8
  CHECK(blocks(ampere(), 32, 32, 0) == 32);  // at most 32 blocks
  CHECK(blocks(ampere(), 33, 16, 0) == 32);  // a part of a warp is a warp: 64 / 2
  CHECK(blocks(ampere(), 1024, 32, 0) == 2);
  CHECK(blocks(turing(), 256, 32, 0) == 4);  // 32 warps / 8
  CHECK(blocks(turing(), 32, 32, 0) == 16);
  CHECK(blocks(ampere(), 1025, 32, 0) == 0);
}

TEST(registers_limit) {
  CHECK(blocks(ampere(), 256, 64, 0) == 4);   // 2048 a warp: 8 a partition, 32 warps / 8
  CHECK(blocks(ampere(), 256, 65, 0) == 3);   // 2304 a warp: 7 a partition, 28 / 8
  CHECK(blocks(ampere(), 256, 255, 0) == 1);  // 8192 a warp: 2 a partition, 8 / 8
  CHECK(blocks(ampere(), 1024, 64, 0) == 1);
  CHECK(blocks(ampere(), 1024, 72, 0) == 0);  // 73,728 registers a block
}

TEST(shared_memory_limits) {
  CHECK(blocks(ampere(), 64, 32, 48 << 10) == 3);  // 164 / (48 + 1)
  CHECK(blocks(ampere(), 64, 32, 40 << 10) == 4);  // exactly 164 / 41
  CHECK(blocks(ampere(), 64, 32, (40 << 10) + 1) == 3);
  CHECK(blocks(ampere(), 64, 32, 163 << 10) == 1);
  CHECK(blocks(ampere(), 64, 32, (163 << 10) + 1) == 0);
  CHECK(blocks(turing(), 64, 32, 32 << 10) == 2);  // nothing reserved
  CHECK(blocks(turing(), 64, 32, (32 << 10) + 1) == 1);
}

TEST(the_best_block) {
  auto plain = [](int threads) { return simgpu::BlockNeeds{threads, 32, 0}; };
  CHECK(simgpu::best_block(ampere(), 1024, plain).threads == 1024);
  // 40 registers a thread: 1280 a warp, 48 resident warps at most: 24 + 24 with 768 threads.
  auto heavy = [](int threads) { return simgpu::BlockNeeds{threads, 40, 0}; };
  simgpu::BlockChoice best = simgpu::best_block(ampere(), 1024, heavy);
  CHECK(best.threads == 768 && best.blocks_per_sm == 2);
  CHECK(simgpu::best_block(ampere(), 100, plain).threads == 100 ||
        simgpu::best_block(ampere(), 100, plain).threads == 64);
}

TEST(room_for_dynamic_shared_memory) {
  // 164 KiB / 2 = 82 KiB, less 1 KiB reserved and 4 KiB static.
  CHECK(simgpu::dynamic_shared_for(ampere(), 2, 4 << 10, 163 << 10) == 77 << 10);
  CHECK(simgpu::dynamic_shared_for(ampere(), 1, 0, 48 << 10) == 48 << 10);
}

int main() { return check::run_all(); }

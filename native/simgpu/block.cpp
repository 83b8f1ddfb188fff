#include "block.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "checker.h"
#include "counts.h"

namespace simgpu {

Block::Block() = default;
Block::~Block() = default;

RegisterFile::~RegisterFile() { std::free(memory); }

RegisterFile* RegisterFiles::take() {
  if (!idle_.empty()) {
    RegisterFile* file = idle_.back();
    idle_.pop_back();
    return file;
  }
  auto file = std::make_unique<RegisterFile>();
  uint64_t bytes32 = grid_.rows32 * 128, bytes64 = grid_.rows64 * 256;
  uint64_t bytes_predicates = (grid_.row_predicates * 4 + 127) / 64 * 64;
  uint64_t total = bytes32 + bytes64 + bytes_predicates + 32 * grid_.local_bytes + 64;
  file->memory = std::aligned_alloc(64, (total + 63) / 64 * 64);
  if (file->memory == nullptr) throw std::bad_alloc();
  file->r64 = static_cast<uint8_t*>(file->memory);
  file->r32 = file->r64 + bytes64;
  file->predicates = reinterpret_cast<uint32_t*>(file->r32 + bytes32);
  file->local = file->r32 + bytes32 + bytes_predicates;
  all_.push_back(std::move(file));
  return all_.back().get();
}

void Block::begin(Grid* owner, RegisterFiles* register_files, uint64_t block) {
  grid = owner;
  files = register_files;
  linear = block;
  const Launch& launch = *owner->launch;
  x = static_cast<uint32_t>(block % launch.grid.x);
  y = static_cast<uint32_t>(block / launch.grid.x % launch.grid.y);
  z = static_cast<uint32_t>(block / launch.grid.x / launch.grid.y);
  threads = live = static_cast<uint32_t>(launch.block.count());
  instructions = 0;
  waiting = 0;
  fault.reset();
  for (Barrier& barrier : barriers) barrier = Barrier();
  shared.assign(owner->shared_bytes + 64, kPoison);
  uint32_t count = (threads + 31) / 32;
  bool first = warps.size() != count;
  if (first) warps.clear();
  order.resize(count);
  for (uint32_t i = 0; i < count; ++i) {
    if (first) warps.push_back(std::make_unique<Warp>());
    order[i] = i;
    Warp& w = *warps[i];
    uint32_t lanes = threads - i * 32 < 32 ? threads - i * 32 : 32;
    w.live = lanes == 32 ? kFullMask : (1u << lanes) - 1;
    w.index = i;
    const Program& program = *owner->program;
    w.code = (owner->counted != nullptr   ? owner->counted->code
              : owner->checker != nullptr ? program.checked_code
                                          : program.code)
                 .data();
    w.program = owner->program;
    w.block = this;
    w.memory = owner->memory;
    w.shared = shared.data();
    w.shared_bytes = owner->shared_bytes;
    w.local_bytes = owner->local_bytes;
    w.params = launch.params.data();
    w.param_bytes = launch.params.size();
    w.file = nullptr;
    w.fragment_count = 0;
  }
  if (owner->checker != nullptr) {
    if (check == nullptr) check = owner->checker->block();
    check->begin(owner->checker, this);
  }
  uint64_t state = launch.seed * 0x9e3779b97f4a7c15u + block;
  for (uint32_t i = launch.seed == 0 ? 0 : count; i > 1; --i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    std::swap(order[i - 1], order[(state >> 33) % i]);
  }
}

BlockState Block::run() {
  for (;;) {
    bool yielded = false, progressed = false;
    uint32_t done = 0;
    for (uint32_t i : order) {
      Warp& w = *warps[i];
      if (w.live == 0 && w.file == nullptr) {
        ++done;
        continue;
      }
      uint64_t before = instructions;
      switch (run_warp(w)) {
        case WarpState::kDone:
          ++done;
          break;
        case WarpState::kWaiting:
          break;
        case WarpState::kYield:
          yielded = true;
          break;
        case WarpState::kFault:
          fault = Fault{w.fault_kind, w.fault_text};
          return BlockState::kFault;
      }
      progressed |= instructions != before;
      if (grid->stop.load(std::memory_order_relaxed)) return BlockState::kYield;
    }
    if (done == order.size()) return BlockState::kDone;
    if (yielded) return BlockState::kYield;
    if (!progressed) {
      report_deadlock();
      return BlockState::kFault;
    }
  }
}

void Block::arrive(Warp& w, const Op* op, uint32_t number, uint32_t expected) {
  Barrier& barrier = barriers[number];
  if (expected != 0) barrier.expected = expected;
  barrier.arrived += static_cast<uint32_t>(__builtin_popcount(w.mask));
  waiting += static_cast<uint32_t>(__builtin_popcount(w.mask));
  barrier.source = op->source;
  barrier.passed |= op->x != 0;
  if (check != nullptr && expected != 0 && (number != 0 || expected < live)) {
    check->arrived_at(w, number);
  }
}

bool Block::release(uint32_t number) {
  Barrier& barrier = barriers[number];
  if (barrier.arrived == 0) return false;
  uint32_t needed = barrier.expected == 0 || barrier.expected > live ? live : barrier.expected;
  if (barrier.arrived < needed) return false;
  uint32_t arrived = barrier.arrived;
  uint32_t yes = barrier.yes;
  bool all_waited = arrived >= live && !barrier.passed;
  waiting -= arrived;
  barrier = Barrier();
  if (check != nullptr) check->barrier(number, all_waited);
  for (auto& warp : warps) {
    Warp& w = *warp;
    for (uint32_t i = 0; i < w.fragment_count; ++i) {
      Fragment& f = w.fragments[i];
      if (f.state != Fragment::kBarrier || f.barrier != number) continue;
      f.state = Fragment::kReady;
      const Op* op = w.code + f.pc;
      f.pc += 1;
      if (op->z == 0) continue;  // bar.red: 1 popc, 2 and, 3 or
      if (op->z == 1) {
        auto* row = reinterpret_cast<uint32_t*>(w.file->r32 + uint64_t{f.base32} * 128) +
                    int64_t{op->r[0]} * 32;
        for (uint32_t l = 0; l < 32; ++l) {
          if (f.mask >> l & 1) row[l] = yes;
        }
      } else {
        uint32_t& p = w.file->predicates[f.base_predicates + static_cast<uint32_t>(op->r[0])];
        bool value = op->z == 2 ? yes == arrived : yes != 0;
        p = value ? p | f.mask : p & ~f.mask;
      }
    }
  }
  return true;
}

void Block::lanes_exited(uint32_t count) {
  live -= count;
  if (waiting == 0) return;
  for (uint32_t number = 0; number < 16; ++number) release(number);
}

}  // namespace simgpu

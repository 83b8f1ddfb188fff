#include "device_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace simgpu {
namespace {

constexpr uint64_t kAlignment = 256;
constexpr uint64_t kGap = 4096;  // an index that runs off the end meets nobody's memory
constexpr uint64_t kPoisonFile = 16u
                                 << 20;  // the poison is one file of this size, mapped end to end
constexpr uint64_t kFreshByMemset = 64 << 10;
constexpr size_t kFreedRemembered = 1 << 16;
constexpr uint64_t kNoHole = ~uint64_t{0};
constexpr uint64_t kCanonicalLimit = uint64_t{1} << 47;  // host user space ends here on x86-64

uint64_t round_up(uint64_t value, uint64_t to) { return (value + to - 1) / to * to; }

// A memory file full of poison. Private mappings of it read as poison, cost no memory until
// written, and return to poison when their pages are dropped.
int open_poison_file() {
  int file = memfd_create("simgpu-poison", MFD_CLOEXEC);
  if (file < 0) return -1;
  std::vector<uint8_t> poison(1 << 20, kPoison);
  for (uint64_t at = 0; at < kPoisonFile; at += poison.size()) {
    if (pwrite(file, poison.data(), poison.size(), static_cast<off_t>(at)) !=
        static_cast<ssize_t>(poison.size())) {
      close(file);
      return -1;
    }
  }
  return file;
}

uint8_t* map_poisoned(uint64_t bytes) {
  void* region =
      mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (region == MAP_FAILED) return nullptr;
  auto* base = static_cast<uint8_t*>(region);
  static const int file = open_poison_file();  // one for all memories: filling it takes ms
  bool mapped = file >= 0;
  for (uint64_t at = 0; mapped && at < bytes; at += kPoisonFile) {
    mapped = mmap(base + at, kPoisonFile, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, file, 0) != MAP_FAILED;
  }
  if (!mapped) {
    munmap(region, bytes);
    return nullptr;
  }
  return base;
}

std::string text(const char* format, uint64_t a, uint64_t b, uint64_t c) {
  char line[256];
  std::snprintf(line, sizeof line, format, a, b, c);
  return line;
}

}  // namespace

DeviceMemory::DeviceMemory(uint64_t capacity) : capacity_(capacity) {
  for (uint64_t factor :
       {4, 2}) {  // room for gaps and fragments; less where address space is short
    region_ = round_up(capacity * factor, kPoisonFile);
    base_ = map_poisoned(region_);
    if (base_ != nullptr) return;
  }
}

DeviceMemory::~DeviceMemory() {
  if (base_ != nullptr) munmap(base_, region_);
  if (written_ != nullptr) munmap(written_, region_ / 8);
}

bool DeviceMemory::track_writes() {
  if (written_ != nullptr) return true;
  void* bits = mmap(nullptr, region_ / 8, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (bits == MAP_FAILED) return false;
  written_ = static_cast<uint8_t*>(bits);
  for (const Range& range : live()) mark_written(range.begin, range.end - range.begin);
  return true;
}

void DeviceMemory::set_written(uint64_t address, uint64_t bytes, bool value) {
  uint64_t at = address - kDeviceBase, end = at + bytes;
  auto set = [&](uint64_t from, uint64_t to) {  // inside one byte of bits
    auto mask = static_cast<uint8_t>((0xFFu >> (8 - (to - from))) << from % 8);
    uint8_t& bits = written_[from / 8];
    bits = static_cast<uint8_t>(value ? bits | mask : bits & ~mask);
  };
  if (at % 8 != 0) {
    uint64_t stop = std::min(end, round_up(at, 8));
    if (stop > at) set(at, stop);
    at = stop;
  }
  uint64_t whole = (end - at) / 8;
  std::memset(written_ + at / 8, value ? 0xFF : 0, whole);
  at += whole * 8;
  if (at < end) set(at, end);
}

void DeviceMemory::copy_written(uint64_t to, uint64_t from, uint64_t bytes) {
  if (written_ == nullptr) return;
  if (to % 8 == 0 && from % 8 == 0) {
    uint64_t whole = bytes / 8;
    std::memmove(written_ + (to - kDeviceBase) / 8, written_ + (from - kDeviceBase) / 8, whole);
    to += whole * 8, from += whole * 8, bytes -= whole * 8;
  }
  std::vector<bool> was(bytes);
  uint64_t first = from - kDeviceBase;
  for (uint64_t i = 0; i < bytes; ++i) was[i] = written_[(first + i) / 8] >> (first + i) % 8 & 1;
  for (uint64_t i = 0; i < bytes;) {
    uint64_t end = i + 1;
    while (end < bytes && was[end] == was[i]) ++end;
    set_written(to + i, end - i, was[i]);
    i = end;
  }
}

uint64_t DeviceMemory::first_unwritten(uint64_t address, uint64_t bytes) const {
  uint64_t at = address - kDeviceBase, end = at + bytes;
  if (written_ == nullptr) return address + bytes;
  while (at < end) {
    if (at % 8 == 0 && end - at >= 8 && written_[at / 8] == 0xFF) {
      at += 8;
    } else if (written_[at / 8] >> at % 8 & 1) {
      ++at;
    } else {
      break;
    }
  }
  return kDeviceBase + at;
}

uint64_t DeviceMemory::find_hole(uint64_t bytes) const {
  auto search = [&](uint64_t from, uint64_t to) {
    uint64_t at = from;
    auto block = blocks_.lower_bound(kDeviceBase + from);
    if (block != blocks_.begin()) {
      uint64_t end = std::prev(block)->second.end - kDeviceBase;
      at = std::max(at, round_up(end, kAlignment) + kGap);
    }
    for (; at + bytes <= to; ++block) {
      if (block == blocks_.end() || at + bytes <= block->first - kDeviceBase) return at;
      at = round_up(block->second.end - kDeviceBase, kAlignment) + kGap;
    }
    return kNoHole;
  };
  uint64_t hole = search(next_, region_);
  return hole != kNoHole ? hole
                         : search(kGap, region_);  // offset 0 stays free: before-the-start bugs
}

uint64_t DeviceMemory::allocate(uint64_t bytes) {
  uint64_t taken = round_up(bytes, kAlignment);
  if (base_ == nullptr || bytes == 0 || taken < bytes || taken > capacity_ - used_) return 0;
  uint64_t hole = find_hole(taken + kGap);
  if (hole == kNoHole) return 0;
  uint64_t begin = kDeviceBase + hole;
  make_fresh(begin, taken);
  if (written_ != nullptr) set_written(begin, taken, false);
  forget_freed(begin, begin + taken);
  blocks_[begin] = {begin, begin + bytes};
  used_ += taken;
  next_ = hole + taken + kGap;
  return begin;
}

bool DeviceMemory::free(uint64_t address) {
  auto block = blocks_.find(address);
  if (block == blocks_.end()) return false;
  Range range = block->second;
  blocks_.erase(block);
  used_ -= round_up(range.end - range.begin, kAlignment);
  make_fresh(range.begin, range.end - range.begin);
  if (freed_.size() >= kFreedRemembered) freed_.erase(freed_.begin());
  freed_[range.begin] = range;
  return true;
}

void DeviceMemory::make_fresh(uint64_t begin, uint64_t bytes) {
  uint8_t* first = host(begin);
  uint8_t* last = first + bytes;
  if (bytes > kFreshByMemset) {
    auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
    auto* inner = reinterpret_cast<uint8_t*>(round_up(reinterpret_cast<uint64_t>(first), page));
    uint64_t inner_bytes = static_cast<uint64_t>(last - inner) / page * page;
    if (madvise(inner, inner_bytes, MADV_DONTNEED) == 0) {
      std::memset(first, kPoison, static_cast<size_t>(inner - first));
      first = inner + inner_bytes;
    }
  }
  std::memset(first, kPoison, static_cast<size_t>(last - first));
}

void DeviceMemory::forget_freed(uint64_t begin, uint64_t end) {
  auto range = freed_.lower_bound(begin);
  if (range != freed_.begin() && std::prev(range)->second.end > begin) --range;
  while (range != freed_.end() && range->first < end) range = freed_.erase(range);
}

const DeviceMemory::Range* DeviceMemory::find(uint64_t address) const {
  auto block = blocks_.upper_bound(address);
  if (block == blocks_.begin()) return nullptr;
  --block;
  return address < block->second.end ? &block->second : nullptr;
}

bool DeviceMemory::contains(uint64_t address, uint64_t bytes) const {
  const Range* range = find(address);
  return range != nullptr && bytes <= range->end - address;
}

std::vector<DeviceMemory::Range> DeviceMemory::live() const {
  std::vector<Range> ranges;
  for (const auto& block : blocks_) ranges.push_back(block.second);
  return ranges;
}

std::string DeviceMemory::describe(uint64_t address) const {
  if (address == 0) return "the null pointer";
  if (address < kGap) return text("%" PRIu64 " bytes from the null pointer", address, 0, 0);
  if (address < kDeviceBase) {
    return address < kCanonicalLimit
               ? "a host address, which a GPU cannot reach: copy the data to device memory first"
               : "no address of this device";
  }
  if (address >= kDeviceBase + region_) return "no address of this device";
  if (const Range* range = find(address)) {
    return text("%" PRIu64 " bytes into the %" PRIu64 "-byte allocation at 0x%" PRIx64,
                address - range->begin, range->end - range->begin, range->begin);
  }
  auto in_freed = freed_.upper_bound(address);
  if (in_freed != freed_.begin() && address < std::prev(in_freed)->second.end) {
    const Range& range = std::prev(in_freed)->second;
    return text("%" PRIu64 " bytes into a freed %" PRIu64 "-byte allocation at 0x%" PRIx64,
                address - range.begin, range.end - range.begin, range.begin);
  }
  auto next = blocks_.upper_bound(address);
  const Range* after = next == blocks_.end() ? nullptr : &next->second;
  const Range* before = next == blocks_.begin() ? nullptr : &std::prev(next)->second;
  if (before != nullptr && (after == nullptr || address - before->end <= after->begin - address)) {
    return text("%" PRIu64 " bytes past the end of the %" PRIu64 "-byte allocation at 0x%" PRIx64,
                address - before->end, before->end - before->begin, before->begin);
  }
  if (after != nullptr) {
    return text("%" PRIu64 " bytes before the %" PRIu64 "-byte allocation at 0x%" PRIx64,
                after->begin - address, after->end - after->begin, after->begin);
  }
  return "device memory that was never allocated";
}

}  // namespace simgpu

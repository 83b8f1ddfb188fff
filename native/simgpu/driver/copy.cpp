// Copies and fills: what a call may ask for, and doing it.
//
// The host side goes through process_vm_readv/writev on our own process, which report a bad host
// address as an error where a plain load would kill the program.
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "submit.h"

namespace simgpu {
namespace {

enum class Direction { kRead, kWrite };

// Copies between host memory and ours; false when the host range is not mapped.
bool host_transfer(Direction direction, uint64_t host, uint8_t* ours, uint64_t bytes) {
  static bool permitted = true;  // some sandboxes forbid the calls
  while (bytes > 0 && permitted) {
    iovec local{ours, bytes};
    iovec remote{reinterpret_cast<void*>(host), bytes};
    ssize_t moved = direction == Direction::kRead
                        ? process_vm_readv(getpid(), &local, 1, &remote, 1, 0)
                        : process_vm_writev(getpid(), &local, 1, &remote, 1, 0);
    if (moved < 0 && (errno == ENOSYS || errno == EPERM)) {
      permitted = false;
      break;
    }
    if (moved <= 0) return false;
    host += static_cast<uint64_t>(moved);
    ours += moved;
    bytes -= static_cast<uint64_t>(moved);
  }
  if (bytes > 0 && direction == Direction::kRead) {
    std::memcpy(ours, reinterpret_cast<const void*>(host), bytes);
  } else if (bytes > 0) {
    std::memcpy(reinterpret_cast<void*>(host), ours, bytes);
  }
  return true;
}

// One side of a copy.
struct Side {
  const char* name;
  bool device;
  uint64_t base;
  uint64_t x, y, z, pitch, height;

  uint64_t at(uint64_t row, uint64_t slice) const {
    return base + ((z + slice) * height + y + row) * pitch + x;
  }
};

struct Extent {
  uint64_t width, rows, slices;  // bytes, rows, slices
  bool empty() const { return width == 0 || rows == 0 || slices == 0; }
};

Side source(const CUDA_MEMCPY3D& copy) {
  bool device = copy.srcMemoryType == CU_MEMORYTYPE_DEVICE;
  return {"source",
          device,
          device ? copy.srcDevice : reinterpret_cast<uint64_t>(copy.srcHost),
          copy.srcXInBytes,
          copy.srcY,
          copy.srcZ,
          copy.srcPitch,
          copy.srcHeight};
}

Side destination(const CUDA_MEMCPY3D& copy) {
  bool device = copy.dstMemoryType == CU_MEMORYTYPE_DEVICE;
  return {"destination",
          device,
          device ? copy.dstDevice : reinterpret_cast<uint64_t>(copy.dstHost),
          copy.dstXInBytes,
          copy.dstY,
          copy.dstZ,
          copy.dstPitch,
          copy.dstHeight};
}

Extent extent(const CUDA_MEMCPY3D& copy) { return {copy.WidthInBytes, copy.Height, copy.Depth}; }

// The sentence for a device range that is not wholly allocated, or "".
std::string device_range_error(const char* name, uint64_t first, uint64_t bytes) {
  const DeviceMemory& memory = *driver().memory;
  if (memory.contains(first, bytes)) return "";
  const DeviceMemory::Range* range = memory.find(first);
  if (range != nullptr) {
    return text("the %s, %llu bytes from 0x%llx, ends %llu bytes past its %llu-byte allocation",
                name, static_cast<unsigned long long>(bytes),
                static_cast<unsigned long long>(first),
                static_cast<unsigned long long>(first + bytes - range->end),
                static_cast<unsigned long long>(range->end - range->begin));
  }
  return text("the %s, 0x%llx, is not device memory: it is %s", name,
              static_cast<unsigned long long>(first), memory.describe(first).c_str());
}

std::string side_error(const Side& side, const Extent& size) {
  uint64_t first = side.at(0, 0);
  uint64_t last = side.at(size.rows - 1, size.slices - 1) + size.width;
  if (side.device) return device_range_error(side.name, first, last - first);
  if (side.base == 0) return text("the %s host pointer is null", side.name);
  if (first >= kDeviceBase) {
    return text("the %s, 0x%llx, is a device address where a host pointer is wanted", side.name,
                static_cast<unsigned long long>(first));
  }
  return "";
}

void fill_rows(uint8_t* row, unsigned value, unsigned element, uint64_t count) {
  if (element == 1) {
    std::memset(row, static_cast<int>(value), count);
    return;
  }
  for (uint64_t i = 0; i < count; ++i) std::memcpy(row + i * element, &value, element);
}

// Rows of one side, for the checks; one where they lie end to end.
template <class Row>
void each_row(const Side& side, const Extent& size, Row row) {
  if (size.slices == 1 && size.width == side.pitch) {
    return row(side.at(0, 0), size.width * size.rows);
  }
  for (uint64_t slice = 0; slice < size.slices; ++slice) {
    for (uint64_t i = 0; i < size.rows; ++i) row(side.at(i, slice), size.width);
  }
}

bool check_copy(CUctx_st& context, const Side& from, const Side& to, const Extent& size) {
  if (context.checks == nullptr) return true;
  std::vector<Touched> ranges;
  for (const Side& side : {from, to}) {
    bool writes = side.name == to.name;
    each_row(side, size, [&](uint64_t address, uint64_t bytes) {
      ranges.push_back({address, address + bytes, writes, false});
    });
  }
  const char* kinds[] = {"inside the host", "to the device", "to the host", "inside the device"};
  return check_touch(context,
                     text("the copy of %llu bytes %s",
                          static_cast<unsigned long long>(size.width * size.rows * size.slices),
                          kinds[(from.device ? 2 : 0) + (to.device ? 1 : 0)]),
                     std::move(ranges));
}

}  // namespace

bool read_host(uint64_t host, uint8_t* ours, uint64_t bytes) {
  return host_transfer(Direction::kRead, host, ours, bytes);
}
bool write_host(uint64_t host, const uint8_t* ours, uint64_t bytes) {
  return host_transfer(Direction::kWrite, host, const_cast<uint8_t*>(ours), bytes);
}

std::vector<HostRow> host_rows(const CUDA_MEMCPY3D& copy) {
  std::vector<HostRow> rows;
  Side from = source(copy), to = destination(copy);
  Extent size = extent(copy);
  if (from.device == to.device || size.empty()) return rows;
  each_row(from.device ? to : from, size, [&](uint64_t address, uint64_t bytes) {
    rows.push_back({address, bytes});
  });
  return rows;
}

CUDA_MEMCPY3D checked_copy(CUDA_MEMCPY3D copy) {
  auto resolve = [](CUmemorytype& type, const void*& host, CUdeviceptr& device) {
    require(type != CU_MEMORYTYPE_ARRAY, CUDA_ERROR_NOT_SUPPORTED,
            "CUDA arrays are not part of the simulation: use linear memory");
    if (type == CU_MEMORYTYPE_UNIFIED) {
      type = device >= kDeviceBase ? CU_MEMORYTYPE_DEVICE : CU_MEMORYTYPE_HOST;
      if (type == CU_MEMORYTYPE_HOST) host = reinterpret_cast<const void*>(device);
    }
    require(type == CU_MEMORYTYPE_HOST || type == CU_MEMORYTYPE_DEVICE, CUDA_ERROR_INVALID_VALUE,
            "the memory type is none of host, device and unified");
  };
  const void* written = copy.dstHost;
  resolve(copy.srcMemoryType, copy.srcHost, copy.srcDevice);
  resolve(copy.dstMemoryType, written, copy.dstDevice);
  copy.dstHost = const_cast<void*>(written);
  Extent size = extent(copy);
  if (size.empty()) return copy;
  if (copy.srcPitch == 0) copy.srcPitch = copy.srcXInBytes + size.width;
  if (copy.dstPitch == 0) copy.dstPitch = copy.dstXInBytes + size.width;
  if (copy.srcHeight == 0) copy.srcHeight = copy.srcY + size.rows;
  if (copy.dstHeight == 0) copy.dstHeight = copy.dstY + size.rows;
  bool fits = size.rows == 1 || (size.width + copy.srcXInBytes <= copy.srcPitch &&
                                 size.width + copy.dstXInBytes <= copy.dstPitch);
  require(fits, CUDA_ERROR_INVALID_VALUE, "the width of the copy is larger than a pitch");
  for (const Side& side : {destination(copy), source(copy)}) {
    std::string error = side_error(side, size);
    if (!error.empty()) fail(CUDA_ERROR_INVALID_VALUE, error);
  }
  return copy;
}

void perform_copy(CUctx_st& context, const CUDA_MEMCPY3D& copy) {
  Extent size = extent(copy);
  if (size.empty()) return;
  Side from = source(copy), to = destination(copy);
  for (const Side& side : {to, from}) {  // again: the memory may have been freed since the call
    std::string error = side_error(side, size);
    if (!error.empty()) {
      context.poison(CUDA_ERROR_ILLEGAL_ADDRESS, "a copy that was queued cannot be done: " + error);
      return;
    }
  }
  if (!check_copy(context, from, to, size)) return;
  if (size.width == from.pitch && size.width == to.pitch && size.slices == 1) {
    size = {size.width * size.rows, 1, 1};
  }
  DeviceMemory& memory = *driver().memory;
  std::vector<uint8_t> bounce;
  for (uint64_t slice = 0; slice < size.slices; ++slice) {
    for (uint64_t row = 0; row < size.rows; ++row) {
      uint64_t read = from.at(row, slice), written = to.at(row, slice);
      bool moved = true;
      if (from.device && to.device) {
        std::memmove(memory.host(written), memory.host(read), size.width);
        memory.copy_written(written, read, size.width);
      } else if (from.device) {
        moved = host_transfer(Direction::kWrite, written, memory.host(read), size.width);
      } else if (to.device) {
        moved = host_transfer(Direction::kRead, read, memory.host(written), size.width);
        memory.mark_written(written, size.width);
      } else {
        bounce.resize(size.width);
        moved = host_transfer(Direction::kRead, read, bounce.data(), size.width) &&
                host_transfer(Direction::kWrite, written, bounce.data(), size.width);
      }
      if (!moved) {
        context.poison(
            CUDA_ERROR_ILLEGAL_ADDRESS,
            text("a copy of %zu bytes from 0x%llx to 0x%llx meets host memory that is not "
                 "mapped: keep a buffer alive until its asynchronous copy has been waited for",
                 static_cast<size_t>(size.width), static_cast<unsigned long long>(read),
                 static_cast<unsigned long long>(written)));
        return;
      }
    }
  }
}

void check_fill(const CUDA_MEMSET_NODE_PARAMS& fill) {
  require(fill.elementSize == 1 || fill.elementSize == 2 || fill.elementSize == 4,
          CUDA_ERROR_INVALID_VALUE, "a memset element has 1, 2 or 4 bytes");
  if (fill.width == 0 || fill.height == 0) return;
  require(fill.dst % fill.elementSize == 0, CUDA_ERROR_INVALID_VALUE,
          "the memset's address is not aligned to its element");
  uint64_t row = fill.width * fill.elementSize;
  require(fill.height == 1 || (row <= fill.pitch && fill.pitch % fill.elementSize == 0),
          CUDA_ERROR_INVALID_VALUE, "the memset's pitch is smaller than a row, or not aligned");
  std::string error =
      device_range_error("destination", fill.dst, (fill.height - 1) * fill.pitch + row);
  if (!error.empty()) fail(CUDA_ERROR_INVALID_VALUE, error);
}

void perform_fill(CUctx_st& context, const CUDA_MEMSET_NODE_PARAMS& fill) {
  if (fill.width == 0 || fill.height == 0) return;
  try {
    check_fill(fill);
  } catch (const Failure& failure) {
    context.poison(CUDA_ERROR_ILLEGAL_ADDRESS,
                   "a memset that was queued cannot be done: " + failure.text);
    return;
  }
  std::vector<Touched> ranges;
  for (size_t i = 0; i < fill.height; ++i) {
    uint64_t begin = fill.dst + i * fill.pitch;
    ranges.push_back({begin, begin + fill.width * fill.elementSize, true, false});
  }
  if (!check_touch(context, "a memset", std::move(ranges))) return;
  DeviceMemory& memory = *driver().memory;
  uint8_t* row = memory.host(fill.dst);
  for (size_t i = 0; i < fill.height; ++i, row += fill.pitch) {
    fill_rows(row, fill.value, fill.elementSize, fill.width);
    memory.mark_written(fill.dst + i * fill.pitch, fill.width * fill.elementSize);
  }
}

}  // namespace simgpu

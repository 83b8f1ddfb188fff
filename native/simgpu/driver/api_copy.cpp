// Copies and memsets, synchronous and in streams.
//
// A copy between host and device is synchronous with the host; one inside the device and a memset
// are not, whatever their name says (the driver's documentation, "API synchronization behavior").
#include "call.h"
#include "capture.h"
#include "cuda_driver.h"
#include "submit.h"

namespace simgpu {
namespace {

CUDA_MEMCPY3D rows(size_t width, size_t height = 1, size_t depth = 1) {
  CUDA_MEMCPY3D copy{};
  copy.WidthInBytes = width;
  copy.Height = height;
  copy.Depth = depth;
  return copy;
}

CUDA_MEMCPY3D host_to_device(CUdeviceptr to, const void* from, size_t bytes) {
  CUDA_MEMCPY3D copy = rows(bytes);
  copy.srcMemoryType = CU_MEMORYTYPE_HOST;
  copy.srcHost = from;
  copy.dstMemoryType = CU_MEMORYTYPE_DEVICE;
  copy.dstDevice = to;
  return copy;
}

CUDA_MEMCPY3D device_to_host(void* to, CUdeviceptr from, size_t bytes) {
  CUDA_MEMCPY3D copy = rows(bytes);
  copy.srcMemoryType = CU_MEMORYTYPE_DEVICE;
  copy.srcDevice = from;
  copy.dstMemoryType = CU_MEMORYTYPE_HOST;
  copy.dstHost = to;
  return copy;
}

CUDA_MEMCPY3D in_device(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  CUDA_MEMCPY3D copy = rows(bytes);
  copy.srcMemoryType = CU_MEMORYTYPE_DEVICE;
  copy.srcDevice = from;
  copy.dstMemoryType = CU_MEMORYTYPE_DEVICE;
  copy.dstDevice = to;
  return copy;
}

CUDA_MEMCPY3D unified(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  CUDA_MEMCPY3D copy = in_device(to, from, bytes);
  copy.srcMemoryType = copy.dstMemoryType = CU_MEMORYTYPE_UNIFIED;
  return copy;
}

CUDA_MEMCPY3D from_2d(const CUDA_MEMCPY2D& plane) {
  CUDA_MEMCPY3D copy = rows(plane.WidthInBytes, plane.Height);
  copy.srcXInBytes = plane.srcXInBytes;
  copy.srcY = plane.srcY;
  copy.srcMemoryType = plane.srcMemoryType;
  copy.srcHost = plane.srcHost;
  copy.srcDevice = plane.srcDevice;
  copy.srcArray = plane.srcArray;
  copy.srcPitch = plane.srcPitch;
  copy.dstXInBytes = plane.dstXInBytes;
  copy.dstY = plane.dstY;
  copy.dstMemoryType = plane.dstMemoryType;
  copy.dstHost = plane.dstHost;
  copy.dstDevice = plane.dstDevice;
  copy.dstArray = plane.dstArray;
  copy.dstPitch = plane.dstPitch;
  return copy;
}

CUresult copy_async(const char* name, const CUDA_MEMCPY3D& copy, CUstream stream) {
  return context_call(name, [&](Driver&, CUctx_st& context) {
    submit(context, stream_of(context, stream), CopyWork{checked_copy(copy)});
    return CUDA_SUCCESS;
  });
}

CUresult copy_now(const char* name, const CUDA_MEMCPY3D& asked) {
  return context_call(name, [&](Driver&, CUctx_st& context) {
    CUDA_MEMCPY3D copy = checked_copy(asked);
    refuse_unsafe_in_capture(name);
    OperationRef operation = submit(context, stream_of(context, nullptr), CopyWork{copy});
    bool inside_device =
        copy.srcMemoryType == CU_MEMORYTYPE_DEVICE && copy.dstMemoryType == CU_MEMORYTYPE_DEVICE;
    if (!inside_device) context.work.run_until(operation);
    return CUDA_SUCCESS;
  });
}

CUresult fill(const char* name, const CUDA_MEMSET_NODE_PARAMS& what, CUstream stream,
              bool is_async) {
  return context_call(name, [&](Driver&, CUctx_st& context) {
    check_fill(what);
    if (!is_async) refuse_unsafe_in_capture(name);
    submit(context, stream_of(context, stream), FillWork{what});
    return CUDA_SUCCESS;
  });
}

}  // namespace
}  // namespace simgpu

using namespace simgpu;

SIMGPU_API CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes) {
  return copy_now("cuMemcpyHtoD", host_to_device(to, from, bytes));
}

SIMGPU_API CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes) {
  return copy_now("cuMemcpyDtoH", device_to_host(to, from, bytes));
}

SIMGPU_API CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  return copy_now("cuMemcpyDtoD", in_device(to, from, bytes));
}

SIMGPU_API CUresult cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  return copy_now("cuMemcpy", unified(to, from, bytes));
}

SIMGPU_API CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes,
                                         CUstream stream) {
  return copy_async("cuMemcpyHtoDAsync", host_to_device(to, from, bytes), stream);
}

SIMGPU_API CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes,
                                         CUstream stream) {
  return copy_async("cuMemcpyDtoHAsync", device_to_host(to, from, bytes), stream);
}

SIMGPU_API CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes,
                                         CUstream stream) {
  return copy_async("cuMemcpyDtoDAsync", in_device(to, from, bytes), stream);
}

SIMGPU_API CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  return copy_async("cuMemcpyAsync", unified(to, from, bytes), stream);
}

// All contexts of the simulation share one device, so a copy between contexts is a plain one.
SIMGPU_API CUresult cuMemcpyPeer(CUdeviceptr to, CUcontext, CUdeviceptr from, CUcontext,
                                 size_t bytes) {
  return copy_now("cuMemcpyPeer", in_device(to, from, bytes));
}

SIMGPU_API CUresult cuMemcpyPeerAsync(CUdeviceptr to, CUcontext, CUdeviceptr from, CUcontext,
                                      size_t bytes, CUstream stream) {
  return copy_async("cuMemcpyPeerAsync", in_device(to, from, bytes), stream);
}

SIMGPU_API CUresult cuMemcpy2D_v2(const CUDA_MEMCPY2D* copy) {
  if (copy == nullptr)
    return report_failure("cuMemcpy2D", CUDA_ERROR_INVALID_VALUE, "no copy given");
  return copy_now("cuMemcpy2D", from_2d(*copy));
}

SIMGPU_API CUresult cuMemcpy2DUnaligned_v2(const CUDA_MEMCPY2D* copy) {
  return cuMemcpy2D_v2(copy);
}

SIMGPU_API CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D* copy, CUstream stream) {
  if (copy == nullptr) {
    return report_failure("cuMemcpy2DAsync", CUDA_ERROR_INVALID_VALUE, "no copy given");
  }
  return copy_async("cuMemcpy2DAsync", from_2d(*copy), stream);
}

SIMGPU_API CUresult cuMemcpy3D_v2(const CUDA_MEMCPY3D* copy) {
  if (copy == nullptr)
    return report_failure("cuMemcpy3D", CUDA_ERROR_INVALID_VALUE, "no copy given");
  return copy_now("cuMemcpy3D", *copy);
}

SIMGPU_API CUresult cuMemcpy3DAsync_v2(const CUDA_MEMCPY3D* copy, CUstream stream) {
  if (copy == nullptr) {
    return report_failure("cuMemcpy3DAsync", CUDA_ERROR_INVALID_VALUE, "no copy given");
  }
  return copy_async("cuMemcpy3DAsync", *copy, stream);
}

SIMGPU_API CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count) {
  return fill("cuMemsetD8", {to, 0, value, 1, count, 1}, nullptr, false);
}

SIMGPU_API CUresult cuMemsetD16_v2(CUdeviceptr to, unsigned short value, size_t count) {
  return fill("cuMemsetD16", {to, 0, value, 2, count, 1}, nullptr, false);
}

SIMGPU_API CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t count) {
  return fill("cuMemsetD32", {to, 0, value, 4, count, 1}, nullptr, false);
}

SIMGPU_API CUresult cuMemsetD2D8_v2(CUdeviceptr to, size_t pitch, unsigned char value, size_t width,
                                    size_t height) {
  return fill("cuMemsetD2D8", {to, pitch, value, 1, width, height}, nullptr, false);
}

SIMGPU_API CUresult cuMemsetD2D16_v2(CUdeviceptr to, size_t pitch, unsigned short value,
                                     size_t width, size_t height) {
  return fill("cuMemsetD2D16", {to, pitch, value, 2, width, height}, nullptr, false);
}

SIMGPU_API CUresult cuMemsetD2D32_v2(CUdeviceptr to, size_t pitch, unsigned value, size_t width,
                                     size_t height) {
  return fill("cuMemsetD2D32", {to, pitch, value, 4, width, height}, nullptr, false);
}

SIMGPU_API CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count,
                                    CUstream stream) {
  return fill("cuMemsetD8Async", {to, 0, value, 1, count, 1}, stream, true);
}

SIMGPU_API CUresult cuMemsetD16Async(CUdeviceptr to, unsigned short value, size_t count,
                                     CUstream stream) {
  return fill("cuMemsetD16Async", {to, 0, value, 2, count, 1}, stream, true);
}

SIMGPU_API CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count,
                                     CUstream stream) {
  return fill("cuMemsetD32Async", {to, 0, value, 4, count, 1}, stream, true);
}

SIMGPU_API CUresult cuMemsetD2D8Async(CUdeviceptr to, size_t pitch, unsigned char value,
                                      size_t width, size_t height, CUstream stream) {
  return fill("cuMemsetD2D8Async", {to, pitch, value, 1, width, height}, stream, true);
}

SIMGPU_API CUresult cuMemsetD2D16Async(CUdeviceptr to, size_t pitch, unsigned short value,
                                       size_t width, size_t height, CUstream stream) {
  return fill("cuMemsetD2D16Async", {to, pitch, value, 2, width, height}, stream, true);
}

SIMGPU_API CUresult cuMemsetD2D32Async(CUdeviceptr to, size_t pitch, unsigned value, size_t width,
                                       size_t height, CUstream stream) {
  return fill("cuMemsetD2D32Async", {to, pitch, value, 4, width, height}, stream, true);
}

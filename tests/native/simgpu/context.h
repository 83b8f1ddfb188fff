// A context for one test: created at the beginning, destroyed at the end.
#ifndef FIGMENT_TESTS_SIMGPU_CONTEXT_H_
#define FIGMENT_TESTS_SIMGPU_CONTEXT_H_

#include "check.h"

struct Context {
  Context() {
    OK(cuInit(0));
    OK(cuCtxCreate_v2(&handle, 0, 0));
  }
  ~Context() { OK(cuCtxDestroy_v2(handle)); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  CUcontext handle = nullptr;
};

inline CUdeviceptr device_alloc(size_t bytes) {
  CUdeviceptr address = 0;
  OK(cuMemAlloc_v2(&address, bytes));
  return address;
}

inline CUstream new_stream(unsigned flags = 0) {
  CUstream stream = nullptr;
  OK(cuStreamCreate(&stream, flags));
  return stream;
}

inline CUevent new_event(unsigned flags = 0) {
  CUevent event = nullptr;
  OK(cuEventCreate(&event, flags));
  return event;
}

// A 32-bit word of device memory, read after everything before it in the default stream.
inline unsigned word_at(CUdeviceptr address) {
  unsigned value = 0;
  OK(cuMemcpyDtoH_v2(&value, address, sizeof value));
  return value;
}

#endif  // FIGMENT_TESTS_SIMGPU_CONTEXT_H_

// The frame of every exported function: lock, state checks, failures as codes with a sentence.
#ifndef SIMGPU_DRIVER_CALL_H_
#define SIMGPU_DRIVER_CALL_H_

#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "state.h"

namespace simgpu {

// Thrown inside the driver, caught at its edge.
struct Failure {
  CUresult code;
  std::string text;
};

[[noreturn]] inline void fail(CUresult code, std::string text) {
  throw Failure{code, std::move(text)};
}

inline void require(bool condition, CUresult code, const char* text) {
  if (!condition) fail(code, text);
}

inline void require_device(CUdevice device) {
  require(device == 0, CUDA_ERROR_INVALID_DEVICE, "the simulation has one device, number 0");
}

// printf into a string.
std::string text(const char* format, ...) __attribute__((format(printf, 1, 2)));

// Keeps the sentence for simgpu_last_report() and prints it where SIMGPU_EXPLAIN asks for it.
CUresult report_failure(const char* function, CUresult code, const std::string& sentence);

const char* error_name(CUresult code);

// True on a thread that runs a host function, where the API may not be called.
bool in_host_function();
void run_host_function(Scheduler& work, const std::function<void()>& body);

CUcontext current_context();  // null when the thread has none, or its context is gone

template <class Body>
CUresult guarded(const char* function, Body body) noexcept {
  try {
    return body();
  } catch (const Failure& failure) {
    return report_failure(function, failure.code, failure.text);
  } catch (const std::invalid_argument& error) {  // the settings in the environment
    return report_failure(function, CUDA_ERROR_INVALID_VALUE, error.what());
  } catch (const std::bad_alloc&) {
    return report_failure(function, CUDA_ERROR_OUT_OF_MEMORY, "the host is out of memory");
  } catch (const std::exception& error) {
    return report_failure(function, CUDA_ERROR_UNKNOWN, error.what());
  }
}

// For functions that need cuInit and no context. The body takes Driver&.
template <class Body>
CUresult driver_call(const char* function, Body body) noexcept {
  return guarded(function, [&]() -> CUresult {
    require(!in_host_function(), CUDA_ERROR_NOT_PERMITTED, "a host function may not call CUDA");
    Driver& state = driver();
    std::lock_guard<std::mutex> hold(state.lock);
    require(state.initialized, CUDA_ERROR_NOT_INITIALIZED, "call cuInit(0) first");
    return body(state);
  });
}

// For functions that need a current context. The body takes Driver& and CUctx_st&; a fault, old or
// met on the way, is the result.
template <class Body>
CUresult context_call(const char* function, Body body) noexcept {
  return driver_call(function, [&](Driver& state) -> CUresult {
    CUcontext context = current_context();
    require(context != nullptr, CUDA_ERROR_INVALID_CONTEXT,
            "no context is current on this thread: call cuCtxCreate or cuCtxSetCurrent");
    std::shared_ptr<CUctx_st> alive = state.contexts.share(context);  // across host functions
    if (context->fault == CUDA_SUCCESS) {
      CUresult result = body(state, *context);
      if (context->fault == CUDA_SUCCESS) return result;
    }
    fail(context->fault, context->fault_report);
  });
}

}  // namespace simgpu

#define SIMGPU_API extern "C" __attribute__((visibility("default")))

#endif  // SIMGPU_DRIVER_CALL_H_

#include "state.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "call.h"

namespace simgpu {
namespace {

thread_local bool running_host_function = false;
thread_local std::string last_report;

}  // namespace

Driver& driver() {
  static Driver* state = new Driver;
  return *state;
}

std::vector<CUcontext>& context_stack() {
  thread_local std::vector<CUcontext> stack;
  return stack;
}

CUcontext current_context() {
  const std::vector<CUcontext>& stack = context_stack();
  if (stack.empty() || !driver().contexts.has(stack.back())) return nullptr;
  return stack.back();
}

std::string text(const char* format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int length = std::vsnprintf(nullptr, 0, format, arguments);
  va_end(arguments);
  std::string result(static_cast<size_t>(length) + 1, 0);
  std::vsnprintf(&result[0], result.size(), format, again);
  va_end(again);
  result.pop_back();
  return result;
}

CUresult report_failure(const char* function, CUresult code, const std::string& sentence) {
  last_report = text("%s: %s (%s, %d)", function, sentence.c_str(), error_name(code), code);
  const Driver& state = driver();
  const char* early = std::getenv("SIMGPU_EXPLAIN");  // for what fails before the settings are read
  bool explain = state.initialized ? state.settings.explain : early != nullptr && *early == '1';
  if (explain) std::fprintf(stderr, "simgpu: %s\n", last_report.c_str());
  return code;
}

bool in_host_function() { return running_host_function; }

// On a thread of its own, as the driver does it: what is thread-local to the caller is not there.
void run_host_function(Scheduler& work, const std::function<void()>& body) {
  work.unlocked([&] {
    std::thread([&] {
      running_host_function = true;
      body();
    }).join();
  });
}

}  // namespace simgpu

void CUctx_st::poison(CUresult code, const std::string& report) {
  if (fault != CUDA_SUCCESS) return;
  fault = code;
  fault_report = report;
  std::fprintf(stderr, "simgpu: %s\n", report.c_str());
  work.drop_all();
}

// The sentence of this thread's newest failing call; "" before the first. For a fault of a kernel
// it is the whole report. Valid until the thread's next failing call.
SIMGPU_API const char* simgpu_last_report() { return simgpu::last_report.c_str(); }

// The driver's state: the one device, contexts, streams, events, modules, and who is alive.
//
// Every exported function goes through driver_call or context_call (call.h), which take the one
// lock; everything here is used with that lock held.
#ifndef SIMGPU_DRIVER_STATE_H_
#define SIMGPU_DRIVER_STATE_H_

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "../device_memory.h"
#include "../engine.h"
#include "cuda_abi.h"
#include "description.h"
#include "scheduler.h"
#include "stream_checks.h"
#include "work.h"

namespace simgpu {

// Owns objects whose addresses are API handles. A handle that is not in it is invalid.
template <class T>
class Registry {
 public:
  T* add(std::shared_ptr<T> object) {
    T* handle = object.get();
    objects_[handle] = std::move(object);
    return handle;
  }
  bool has(const T* handle) const { return objects_.count(const_cast<T*>(handle)) != 0; }
  std::shared_ptr<T> share(T* handle) const {
    auto found = objects_.find(handle);
    return found == objects_.end() ? nullptr : found->second;
  }
  void remove(T* handle) { objects_.erase(handle); }
  template <class Condition>
  void remove_if(Condition condition) {
    for (auto at = objects_.begin(); at != objects_.end();) {
      at = condition(*at->second) ? objects_.erase(at) : std::next(at);
    }
  }
  template <class Visit>
  void each(Visit visit) const {
    for (const auto& entry : objects_) visit(*entry.second);
  }

 private:
  std::unordered_map<T*, std::shared_ptr<T>> objects_;
};

struct Capture;  // a stream capture in progress (capture.h)

struct HostRange {
  uint64_t bytes = 0;
  unsigned flags = 0;
  bool registered = false;  // by cuMemHostRegister, not allocated here
  CUcontext context = nullptr;
};

struct Driver {
  std::mutex lock;
  std::atomic<bool> initialized{false};
  DriverSettings settings;
  std::unique_ptr<DeviceMemory> memory;
  std::unique_ptr<Checker> checker;  // null unless SIMGPU_CHECK is on
  Registry<CUctx_st> contexts;
  Registry<CUstream_st> streams;
  Registry<CUevent_st> events;
  Registry<CUmod_st> modules;
  Registry<CUfunc_st> functions;
  Registry<CUgraph_st> graphs;
  Registry<CUgraphNode_st> nodes;
  Registry<CUgraphExec_st> executables;
  Registry<CUmemPool_st> pools;
  Registry<CUlinkState_st> links;
  Registry<Capture> captures;
  std::map<CUdeviceptr, CUcontext> owners;    // of live device allocations (not module variables)
  std::map<uint64_t, HostRange> host_memory;  // pinned host memory, by address
  CUcontext primary = nullptr;
  unsigned primary_count = 0;
  unsigned primary_flags = 0;
  uint64_t next_id = 1;  // context, stream, capture and buffer ids
};

// Never destroyed: threads may still call at process exit.
Driver& driver();

// The calling thread's context stack; its top is the current context.
std::vector<CUcontext>& context_stack();

}  // namespace simgpu

struct CUctx_st {
  CUctx_st(uint64_t seed, std::mutex& lock) : work(seed, lock) {}

  simgpu::Scheduler work;
  std::unique_ptr<simgpu::StreamChecks> checks;  // null unless SIMGPU_CHECK is on
  uint64_t id = 0;
  unsigned flags = 0;
  bool is_primary = false;
  CUresult fault = CUDA_SUCCESS;  // sticky: every later call on this context returns it
  std::string fault_report;
  std::shared_ptr<CUstream_st> legacy;                                     // the default stream
  std::map<std::thread::id, std::shared_ptr<CUstream_st>> thread_default;  // per-thread streams
  std::vector<simgpu::OperationRef> orphans;  // last work of destroyed blocking streams
  std::map<int, size_t> limits;
  int cache_config = 0;
  int shared_config = 1;

  // Records the first fault, prints its report and drops the work that is left.
  void poison(CUresult code, const std::string& report);
};

struct CUstream_st {
  CUcontext context = nullptr;
  uint64_t id = 0;
  unsigned flags = 0;
  int priority = 0;
  simgpu::OperationRef tail;                // its newest operation
  simgpu::Capture* capture = nullptr;       // the capture it takes part in
  std::vector<CUgraphNode> capture_before;  // the nodes that its next captured node follows

  bool blocking() const { return (flags & CU_STREAM_NON_BLOCKING) == 0; }
};

struct CUevent_st {
  CUcontext context = nullptr;
  unsigned flags = 0;
  simgpu::OperationRef recorded;            // newest record, null before the first
  simgpu::Capture* capture = nullptr;       // recorded in this capture ...
  std::vector<CUgraphNode> capture_before;  // ... after these nodes
};

struct CUmod_st {
  CUcontext context = nullptr;
  std::unique_ptr<simgpu::Module> module;
  std::map<std::string, CUfunction> functions;  // handed out so far
};

struct CUfunc_st {
  CUmodule module = nullptr;
  const simgpu::Kernel* kernel = nullptr;
  int max_dynamic_shared = 0;  // bytes, raised by cuFuncSetAttribute
  int carveout = -1;

  const simgpu::FunctionInfo& info() const { return kernel->info; }
};

struct CUmemPool_st {
  std::map<int, uint64_t> attributes;
};

#endif  // SIMGPU_DRIVER_STATE_H_

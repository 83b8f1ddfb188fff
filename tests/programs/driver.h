// The few driver-API functions that these programs call, declared by themselves and taken from
// whichever libcuda.so.1 the loader finds: a GPU's driver or the simulation.
#ifndef FIGMENT_TESTS_PROGRAMS_DRIVER_H_
#define FIGMENT_TESTS_PROGRAMS_DRIVER_H_

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using DevicePointer = unsigned long long;
using Handle = void*;

// One function of the driver; a call that fails ends the program with the error's name.
template <class... Arguments>
class Function {
 public:
  Function(Handle library, const char* name)
      : library_(library), name_(name), call_(reinterpret_cast<Call>(dlsym(library, name))) {
    if (call_ == nullptr) stop("the driver has no such function");
  }
  void operator()(Arguments... arguments) const {
    int code = call_(arguments...);
    if (code == 0) return;
    auto name_of = reinterpret_cast<int (*)(int, const char**)>(dlsym(library_, "cuGetErrorName"));
    const char* error = nullptr;
    if (name_of != nullptr) name_of(code, &error);
    stop(error == nullptr ? "unknown error" : error);
  }

 private:
  using Call = int (*)(Arguments...);
  void stop(const char* why) const {
    std::fprintf(stderr, "%s: %s\n", name_, why);
    std::exit(1);
  }
  Handle library_;
  const char* name_;
  Call call_;
};

inline Handle driver_library() {
  Handle library = dlopen("libcuda.so.1", RTLD_NOW);
  if (library == nullptr) {
    std::fprintf(stderr, "no CUDA driver: %s\n", dlerror());
    std::exit(1);
  }
  return library;
}

struct Cuda {
  Handle library = driver_library();
  Function<unsigned> init{library, "cuInit"};
  Function<int*, int> device_get{library, "cuDeviceGet"};
  Function<char*, int, int> device_name{library, "cuDeviceGetName"};
  Function<Handle*, unsigned, int> context_create{library, "cuCtxCreate_v2"};
  Function<Handle> context_destroy{library, "cuCtxDestroy_v2"};
  Function<Handle*, const char*> module_load{library, "cuModuleLoadData"};
  Function<Handle*, Handle, const char*> get_function{library, "cuModuleGetFunction"};
  Function<DevicePointer*, size_t> allocate{library, "cuMemAlloc_v2"};
  Function<DevicePointer> release{library, "cuMemFree_v2"};
  Function<DevicePointer, const void*, size_t> upload{library, "cuMemcpyHtoD_v2"};
  Function<void*, DevicePointer, size_t> download{library, "cuMemcpyDtoH_v2"};
  Function<DevicePointer, unsigned, size_t> fill{library, "cuMemsetD32_v2"};
  Function<Handle*, unsigned> stream_create{library, "cuStreamCreate"};
  Function<Handle> stream_synchronize{library, "cuStreamSynchronize"};
  Function<Handle, int> begin_capture{library, "cuStreamBeginCapture_v2"};
  Function<Handle, Handle*> end_capture{library, "cuStreamEndCapture"};
  Function<Handle*, Handle, unsigned long long> instantiate{library, "cuGraphInstantiateWithFlags"};
  Function<Handle, Handle> launch_graph{library, "cuGraphLaunch"};
  Function<Handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, Handle,
           void**, void**>
      launch{library, "cuLaunchKernel"};
};

// The driver with a context and one module; memory lasts as long as the session.
class Session {
 public:
  explicit Session(const std::string& ptx_file) {
    cuda.init(0);
    int device = 0;
    cuda.device_get(&device, 0);
    char name[100];
    cuda.device_name(name, sizeof name, device);
    std::printf("%s\n", name);
    std::fflush(stdout);  // before what may go to stderr
    cuda.context_create(&context_, 0, device);
    std::ifstream file(ptx_file);
    std::string ptx{std::istreambuf_iterator<char>(file), {}};
    if (ptx.empty()) {
      std::fprintf(stderr, "%s: no such PTX file\n", ptx_file.c_str());
      std::exit(1);
    }
    cuda.module_load(&module_, ptx.c_str());
  }
  ~Session() {
    for (DevicePointer address : memory_) cuda.release(address);
    cuda.context_destroy(context_);
  }

  DevicePointer allocate(size_t bytes) {
    DevicePointer address = 0;
    cuda.allocate(&address, bytes);
    memory_.push_back(address);
    return address;
  }

  template <class T>
  DevicePointer upload(const std::vector<T>& values) {
    DevicePointer address = allocate(values.size() * sizeof(T));
    cuda.upload(address, values.data(), values.size() * sizeof(T));
    return address;
  }

  template <class T>
  std::vector<T> download(DevicePointer address, size_t count) {
    std::vector<T> values(count);
    cuda.download(values.data(), address, count * sizeof(T));
    return values;
  }

  struct Shape {
    unsigned grid_x, grid_y, block_x, block_y, dynamic_shared;
  };

  // Launches a kernel of the module; the arguments have the types of its parameters.
  template <class... Arguments>
  void launch(const char* kernel, Shape shape, Handle stream, Arguments... arguments) {
    Handle function = nullptr;
    cuda.get_function(&function, module_, kernel);
    void* pointers[] = {&arguments...};
    cuda.launch(function, shape.grid_x, shape.grid_y, 1, shape.block_x, shape.block_y, 1,
                shape.dynamic_shared, stream, pointers, nullptr);
  }

  Cuda cuda;

 private:
  Handle context_ = nullptr, module_ = nullptr;
  std::vector<DevicePointer> memory_;
};

#endif  // FIGMENT_TESTS_PROGRAMS_DRIVER_H_

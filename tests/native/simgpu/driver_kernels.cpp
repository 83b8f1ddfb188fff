// Modules, functions, launches, faults and kernel nodes, with a few lines of PTX by hand.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "context.h"

namespace {

const std::string kHeader = ".version 8.0\n.target sm_75\n.address_size 64\n";

const std::string kModule = kHeader + R"(
.visible .global .align 4 .u32 counter = 5;

// *p = v
.visible .entry store(.param .u64 p, .param .u32 v) {
  .reg .b64 %rd<2>;
  .reg .b32 %r<2>;
  ld.param.u64 %rd1, [p];
  ld.param.u32 %r1, [v];
  st.global.u32 [%rd1], %r1;
  ret;
}

// *p = *p * factor + term; 3 parameters of different sizes, so that packing matters
.visible .entry scale(.param .u8 factor, .param .u64 p, .param .u32 term) {
  .reg .b64 %rd<2>;
  .reg .b32 %r<5>;
  ld.param.u8 %r1, [factor];
  ld.param.u64 %rd1, [p];
  ld.param.u32 %r2, [term];
  ld.global.u32 %r3, [%rd1];
  mad.lo.s32 %r4, %r3, %r1, %r2;
  st.global.u32 [%rd1], %r4;
  ret;
}

.extern .shared .align 16 .b8 dynamic[];

// writes and reads the last word of `bytes` of dynamic shared memory
.visible .entry last_word(.param .u64 p, .param .u32 bytes) {
  .reg .b64 %rd<2>;
  .reg .b32 %r<5>;
  ld.param.u64 %rd1, [p];
  ld.param.u32 %r1, [bytes];
  mov.u32 %r2, dynamic;
  add.s32 %r3, %r2, %r1;
  st.shared.u32 [%r3+-4], %r1;
  ld.shared.u32 %r4, [%r3+-4];
  st.global.u32 [%rd1], %r4;
  ret;
}

.visible .entry bounded() .maxntid 64, 1, 1 {
  .reg .pred %p<2>;
  .reg .b32 %r<3>;
  .shared .align 4 .b8 fixed[4096];
  mov.u32 %r1, 0;
  mov.u32 %r2, %tid.x;
  setp.eq.u32 %p1, %r2, 0;
  @%p1 st.shared.u32 [fixed+4092], %r1;
  ret;
}

.visible .entry stop() {
  trap;
  exit;
}
)";

CUmodule load(const std::string& ptx) {
  CUmodule module = nullptr;
  OK(cuModuleLoadData(&module, ptx.c_str()));
  return module;
}

CUfunction function(CUmodule module, const char* name) {
  CUfunction result = nullptr;
  OK(cuModuleGetFunction(&result, module, name));
  return result;
}

CUresult launch(CUfunction kernel, unsigned block, unsigned shared, CUstream stream,
                std::vector<void*> arguments) {
  return cuLaunchKernel(kernel, 1, 1, 1, block, 1, 1, shared, stream, arguments.data(), nullptr);
}

CUresult launch_store(CUfunction kernel, CUdeviceptr address, unsigned value,
                      CUstream stream = nullptr) {
  return launch(kernel, 1, 0, stream, {&address, &value});
}

// Loads what cannot be loaded and gives the JIT's error log.
std::string refused(CUresult wanted, const std::string& image) {
  char log[400] = "untouched";
  CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  void* values[] = {log, reinterpret_cast<void*>(sizeof log)};
  CUmodule module = nullptr;
  EXPECT(wanted, cuModuleLoadDataEx(&module, image.c_str(), 2, options, values));
  CHECK(module == nullptr && reinterpret_cast<size_t>(values[1]) == std::strlen(log) + 1);
  return log;
}

bool contains(const std::string& text, const char* part) {
  if (text.find(part) != std::string::npos) return true;
  std::printf("no \"%s\" in: %s\n", part, text.c_str());
  return false;
}

// After a fault every call on the context gives the fault again, until the context goes.
void expect_sticky(CUresult fault) {
  CUdeviceptr a = 0;
  EXPECT(fault, cuCtxSynchronize());
  EXPECT(fault, cuMemAlloc_v2(&a, 4));
  EXPECT(fault, cuStreamQuery(nullptr));
}

}  // namespace

TEST(a_kernel_runs_in_its_stream) {
  Context context;
  CUmodule module = load(kModule);
  CUstream stream = new_stream();
  CUdeviceptr a = device_alloc(4);
  OK(launch_store(function(module, "store"), a, 41, stream));
  OK(cuMemsetD32Async(a, 0, 0, stream));
  OK(cuStreamSynchronize(stream));
  CHECK(word_at(a) == 41);
}

TEST(parameters_are_read_at_the_call_both_ways) {
  Context context;
  CUmodule module = load(kModule);
  CUfunction scale = function(module, "scale");
  CUdeviceptr a = device_alloc(4);
  OK(cuMemsetD32_v2(a, 10, 1));
  uint8_t factor = 3;
  unsigned term = 4;
  OK(launch(scale, 1, 0, nullptr, {&factor, &a, &term}));
  factor = 100;
  term = 1000;
  CHECK(word_at(a) == 34);
  struct {
    uint8_t factor;
    alignas(8) CUdeviceptr p;
    unsigned term;
  } block = {2, a, 1};
  size_t bytes = 20;
  void* extra[] = {CU_LAUNCH_PARAM_BUFFER_POINTER, &block, CU_LAUNCH_PARAM_BUFFER_SIZE, &bytes,
                   CU_LAUNCH_PARAM_END};
  OK(cuLaunchKernel(scale, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, extra));
  CHECK(word_at(a) == 69);
  bytes = 16;
  EXPECT(CUDA_ERROR_INVALID_VALUE,
         cuLaunchKernel(scale, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, extra));
  REPORTS("scale takes 20 bytes of parameters and the buffer has 16");
  EXPECT(CUDA_ERROR_INVALID_VALUE, launch(scale, 1, 0, nullptr, {&factor, nullptr, &term}));
  REPORTS("number 1 is null");
  size_t offset = 0, size = 0;
  OK(cuFuncGetParamInfo(scale, 1, &offset, &size));
  CHECK(offset == 8 && size == 8);
}

TEST(modules_have_functions_and_variables) {
  Context context;
  CUmodule module = load(kModule);
  CUfunction kernel = nullptr;
  EXPECT(CUDA_ERROR_NOT_FOUND, cuModuleGetFunction(&kernel, module, "stroe"));
  REPORTS("no kernel named stroe; it has: store, scale");
  CHECK(function(module, "store") == function(module, "store"));
  CUdeviceptr counter = 0;
  size_t bytes = 0;
  OK(cuModuleGetGlobal_v2(&counter, &bytes, module, "counter"));
  CHECK(bytes == 4 && word_at(counter) == 5);
  EXPECT(CUDA_ERROR_NOT_FOUND, cuModuleGetGlobal_v2(&counter, &bytes, module, "store"));
  unsigned count = 0;
  OK(cuModuleGetFunctionCount(&count, module));
  CHECK(count == 5);
  kernel = function(module, "store");
  OK(cuModuleUnload(module));
  EXPECT(CUDA_ERROR_INVALID_HANDLE, launch_store(kernel, counter, 1));
  EXPECT(CUDA_ERROR_INVALID_HANDLE, cuModuleGetFunction(&kernel, module, "store"));
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemsetD32_v2(counter, 0, 1));  // the variables went with it
}

TEST(modules_from_files_and_through_the_linker) {
  Context context;
  char path[] = "/tmp/simgpu_module_XXXXXX";
  int file = mkstemp(path);
  CHECK(file >= 0);
  std::ofstream(path) << kModule;
  CUmodule module = nullptr;
  OK(cuModuleLoad(&module, path));
  CUlinkState link = nullptr;
  void* image = nullptr;
  size_t bytes = 0;
  OK(cuLinkCreate_v2(0, nullptr, nullptr, &link));
  OK(cuLinkAddFile_v2(link, CU_JIT_INPUT_PTX, path, 0, nullptr, nullptr));
  OK(cuLinkComplete(link, &image, &bytes));
  OK(cuModuleLoadData(&module, image));
  OK(cuLinkDestroy(link));
  function(module, "store");
  std::remove(path);
  EXPECT(CUDA_ERROR_FILE_NOT_FOUND, cuModuleLoad(&module, path));
  REPORTS(path);
}

TEST(what_cannot_be_loaded_says_why_in_the_log) {
  Context context;
  CHECK(contains(
      refused(
          CUDA_ERROR_INVALID_PTX,
          kHeader +
              ".visible .entry f() {\n  .reg .b32 %r<2>;\n  frobnicate.u32 %r1, 0;\n  ret;\n}\n"),
      "frobnicate"));
  CHECK(contains(refused(CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
                         ".version 9.0\n.target sm_75\n.address_size 64\n"),
                 "version 9.0 and this driver (CUDA 12.6) takes up to 8.5"));
  CHECK(contains(
      refused(CUDA_ERROR_NO_BINARY_FOR_GPU, ".version 8.0\n.target sm_90\n.address_size 64\n"),
      "sm_90"));
  CHECK(contains(refused(CUDA_ERROR_NO_BINARY_FOR_GPU,
                         "\x7f"
                         "ELF and so on"),
                 "load PTX"));
  CHECK(contains(refused(CUDA_ERROR_INVALID_PTX, "this is no PTX"), "version"));
}

TEST(function_attributes) {
  Context context;
  CUmodule module = load(kModule);
  CUfunction bounded = function(module, "bounded");
  int value = 0;
  OK(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, bounded));
  CHECK(value == 64);
  OK(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, bounded));
  CHECK(value == 4096);
  OK(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_PTX_VERSION, bounded));
  CHECK(value == 75);
  OK(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_BINARY_VERSION, bounded));
  CHECK(value == 80);
  OK(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_NUM_REGS, bounded));
  CHECK(value > 0 && value <= 255);
  OK(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, bounded));
  CHECK(value == (48 << 10) - 4096);
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuFuncSetAttribute(bounded, CU_FUNC_ATTRIBUTE_NUM_REGS, 10));
}

TEST(launches_are_checked) {
  Context context;
  CUmodule module = load(kModule);
  CUfunction bounded = function(module, "bounded"), store = function(module, "store");
  CUdeviceptr a = device_alloc(4);
  unsigned value = 1;
  OK(launch(bounded, 64, 0, nullptr, {}));
  EXPECT(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, launch(bounded, 65, 0, nullptr, {}));
  EXPECT(CUDA_ERROR_INVALID_VALUE, launch(store, 1025, 0, nullptr, {&a, &value}));
  EXPECT(CUDA_ERROR_INVALID_VALUE, launch(store, 0, 0, nullptr, {&a, &value}));
  void* arguments[] = {&a, &value};
  EXPECT(CUDA_ERROR_INVALID_VALUE,
         cuLaunchKernel(store, 1, 65536, 1, 1, 1, 1, 0, nullptr, arguments, nullptr));
  EXPECT(CUDA_ERROR_INVALID_VALUE,
         cuLaunchKernel(store, 1, 1, 1, 1, 1, 65, 0, nullptr, arguments, nullptr));
  CUlaunchAttribute cluster{};
  cluster.id = 4;
  for (unsigned& side : cluster.value.triple) side = 2;
  CUlaunchConfig config{1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, 0};
  OK(cuLaunchKernelEx(&config, store, arguments, nullptr));
  config.attrs = &cluster;
  config.numAttrs = 1;
  EXPECT(CUDA_ERROR_NOT_SUPPORTED, cuLaunchKernelEx(&config, store, arguments, nullptr));
  CHECK(word_at(a) == 1);
}

TEST(dynamic_shared_memory_above_48_kb_needs_opting_in) {
  Context context;
  CUmodule module = load(kModule);
  CUfunction kernel = function(module, "last_word");
  CUdeviceptr a = device_alloc(4);
  unsigned bytes = 48 << 10;
  OK(launch(kernel, 1, bytes, nullptr, {&a, &bytes}));
  CHECK(word_at(a) == bytes);
  bytes = 100 << 10;
  EXPECT(CUDA_ERROR_INVALID_VALUE, launch(kernel, 1, bytes, nullptr, {&a, &bytes}));
  REPORTS("CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES");
  EXPECT(CUDA_ERROR_INVALID_VALUE,
         cuFuncSetAttribute(kernel, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 164 << 10));
  OK(cuFuncSetAttribute(kernel, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes));
  OK(launch(kernel, 1, bytes, nullptr, {&a, &bytes}));
  CHECK(word_at(a) == bytes);
}

TEST(occupancy_through_the_driver) {
  Context context;
  CUmodule module = load(kModule);
  CUfunction bounded = function(module, "bounded");
  int blocks = 0, grid = 0, block = 0;
  OK(cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, bounded, 64, 36 << 10));
  CHECK(blocks == 4);  // 164 / (4 + 36 + 1)
  OK(cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, bounded, 128, 0));
  CHECK(blocks == 0);
  OK(cuOccupancyMaxPotentialBlockSize(&grid, &block, bounded, nullptr, 0, 0));
  CHECK(block == 64 && grid == 108 * 32);
  size_t bytes = 0;
  OK(cuOccupancyAvailableDynamicSMemPerBlock(&bytes, bounded, 4, 64));
  CHECK(bytes == 36 << 10);
}

// Planted fault: a pointer of the host among a kernel's arguments.
TEST(a_host_pointer_in_a_kernel_is_a_fault) {
  Context context;
  CUmodule module = load(kModule);
  unsigned on_host = 7;
  OK(launch_store(function(module, "store"), reinterpret_cast<CUdeviceptr>(&on_host), 1));
  EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, cuCtxSynchronize());
  REPORTS("a host address");
  REPORTS("store");
  CHECK(on_host == 7);
  expect_sticky(CUDA_ERROR_ILLEGAL_ADDRESS);
}

// Planted fault: a write past the end. What was queued behind it is dropped, and nobody waits for
// it.
TEST(a_fault_is_sticky_and_drops_the_rest) {
  CUcontext bad = nullptr;
  OK(cuCtxCreate_v2(&bad, 0, 0));
  CUfunction store = function(load(kModule), "store");
  CUdeviceptr a = device_alloc(64);
  CUstream stream = new_stream();
  CUevent event = new_event();
  int calls = 0;
  OK(launch_store(store, a + 64, 1, stream));
  OK(cuLaunchHostFunc(
      stream, [](void* count) { ++*static_cast<int*>(count); }, &calls));
  OK(cuEventRecord(event, stream));
  EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, cuEventSynchronize(event));
  REPORTS("64-byte allocation");
  CHECK(calls == 0);
  expect_sticky(CUDA_ERROR_ILLEGAL_ADDRESS);
  OK(cuCtxDestroy_v2(bad));
  Context good;  // the device is fine
  a = device_alloc(4);
  OK(launch_store(function(load(kModule), "store"), a, 2));
  CHECK(word_at(a) == 2);
}

// Planted fault: the memory of a kernel is given back to the pool by another stream, unordered.
PLANTED(use_after_free_is_a_fault_in_some_order, "race: ") {
  int faults = 0;
  for (int i = 0; i < 20; ++i) {
    CUcontext context = nullptr;
    OK(cuCtxCreate_v2(&context, 0, 0));
    CUfunction store = function(load(kModule), "store");
    CUstream user = new_stream(), freeing = new_stream();
    CUdeviceptr a = device_alloc(64);
    OK(launch_store(store, a, 1, user));
    OK(cuMemFreeAsync(a, freeing));
    CUresult result = cuCtxSynchronize();
    if (result != CUDA_SUCCESS) {
      EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, result);
      REPORTS("freed 64-byte allocation");
      ++faults;
    }
    OK(cuCtxDestroy_v2(context));
  }
  CHECK(faults > 0 && faults < 20);
}

TEST(other_faults_have_their_codes) {
  {
    Context context;
    CUdeviceptr a = device_alloc(64);
    OK(launch_store(function(load(kModule), "store"), a + 2, 1));
    EXPECT(CUDA_ERROR_MISALIGNED_ADDRESS, cuStreamSynchronize(nullptr));
  }
  {
    Context context;
    OK(launch(function(load(kModule), "stop"), 1, 0, nullptr, {}));
    EXPECT(CUDA_ERROR_LAUNCH_FAILED, cuCtxSynchronize());
    expect_sticky(CUDA_ERROR_LAUNCH_FAILED);
  }
}

TEST(kernel_nodes) {
  Context context;
  CUmodule module = load(kModule);
  CUfunction store = function(module, "store"), scale = function(module, "scale");
  CUdeviceptr a = device_alloc(4);
  CUstream stream = new_stream();
  OK(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
  OK(launch_store(store, a, 5, stream));
  uint8_t factor = 2;
  unsigned term = 1;
  OK(launch(scale, 1, 0, stream, {&factor, &a, &term}));
  CUgraph graph = nullptr;
  OK(cuStreamEndCapture(stream, &graph));
  CUgraphExec executable = nullptr;
  OK(cuGraphInstantiateWithFlags(&executable, graph, 0));
  OK(cuGraphLaunch(executable, stream));
  OK(cuStreamSynchronize(stream));
  CHECK(word_at(a) == 11);

  CUgraphNode root = nullptr, second = nullptr;
  size_t count = 1;
  OK(cuGraphGetRootNodes(graph, &root, &count));
  OK(cuGraphNodeGetDependentNodes(root, &second, &count));
  CUDA_KERNEL_NODE_PARAMS params{};
  OK(cuGraphKernelNodeGetParams_v2(root, &params));
  CHECK(params.func == store && params.gridDimX == 1 &&
        *static_cast<unsigned*>(params.kernelParams[1]) == 5);
  unsigned seven = 7;
  void* arguments[] = {params.kernelParams[0], &seven};
  params.kernelParams = arguments;
  OK(cuGraphExecKernelNodeSetParams_v2(executable, root, &params));
  OK(cuGraphLaunch(executable, stream));
  OK(cuStreamSynchronize(stream));
  CHECK(word_at(a) == 15);
  params.blockDimX = 2000;
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuGraphExecKernelNodeSetParams_v2(executable, root, &params));

  // The same by hand, after the captured nodes.
  CUgraphNode third = nullptr;
  params = {scale, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr, nullptr};
  void* scale_arguments[] = {&factor, &a, &term};
  params.kernelParams = scale_arguments;
  OK(cuGraphAddKernelNode_v2(&third, graph, &second, 1, &params));
  OK(cuGraphInstantiateWithFlags(&executable, graph, 0));
  OK(cuGraphLaunch(executable, nullptr));
  CHECK(word_at(a) == (5 * 2 + 1) * 2 + 1);
  OK(cuModuleUnload(module));
  OK(cuGraphLaunch(executable, nullptr));
  EXPECT(CUDA_ERROR_INVALID_HANDLE, cuCtxSynchronize());
  REPORTS("module was unloaded");
}

int main() { return check::run_all(); }

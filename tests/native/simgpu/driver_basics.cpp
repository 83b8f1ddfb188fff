// Initialisation, devices, contexts, errors, entry points by name.
#include <dlfcn.h>

#include <thread>

#include "context.h"

TEST(nothing_works_before_init) {
  int count = 0;
  EXPECT(CUDA_ERROR_NOT_INITIALIZED, cuDeviceGetCount(&count));
  REPORTS("call cuInit(0) first");
  int version = 0;
  OK(cuDriverGetVersion(&version));  // the one exception
  CHECK(version == 12060);
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuInit(1));
  OK(cuInit(0));
  OK(cuInit(0));
}

TEST(one_device_that_says_it_is_a_simulation) {
  int count = 0;
  OK(cuDeviceGetCount(&count));
  CHECK(count == 1);
  CUdevice device = -1;
  OK(cuDeviceGet(&device, 0));
  EXPECT(CUDA_ERROR_INVALID_DEVICE, cuDeviceGet(&device, 1));
  char name[64], cut[10];
  OK(cuDeviceGetName(name, sizeof name, 0));
  CHECK(std::string(name) == "Simulated GPU (sm_80)");
  OK(cuDeviceGetName(cut, sizeof cut, 0));
  CHECK(std::string(cut) == "Simulated");
  size_t bytes = 0;
  OK(cuDeviceTotalMem_v2(&bytes, 0));
  CHECK(bytes == size_t{8} << 30);
  int value = 0;
  OK(cuDeviceGetAttribute(&value, 75, 0));
  CHECK(value == 8);
  OK(cuDeviceGetAttribute(&value, 10, 0));
  CHECK(value == 32);
  OK(cuDeviceGetAttribute(&value, 97, 0));
  CHECK(value == 163 << 10);
  OK(cuDeviceGetAttribute(&value, 95, 0));  // cooperative launch: not simulated
  CHECK(value == 0);
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuDeviceGetAttribute(&value, 100000, 0));
  EXPECT(CUDA_ERROR_INVALID_DEVICE, cuDeviceGetAttribute(&value, 10, 1));
  char id[16];
  OK(cuDeviceGetPCIBusId(id, sizeof id, 0));
  OK(cuDeviceGetByPCIBusId(&device, id));
  CHECK(device == 0);
}

TEST(contexts_stack_up_on_a_thread) {
  CUcontext first = nullptr, second = nullptr, current = nullptr;
  EXPECT(CUDA_ERROR_INVALID_CONTEXT, cuCtxSynchronize());
  OK(cuCtxCreate_v2(&first, 0, 0));
  OK(cuCtxCreate_v2(&second, 0, 0));
  OK(cuCtxGetCurrent(&current));
  CHECK(current == second);
  OK(cuCtxPopCurrent_v2(&current));
  CHECK(current == second);
  OK(cuCtxGetCurrent(&current));
  CHECK(current == first);
  std::thread([&] {
    CUcontext here = first;
    OK(cuCtxGetCurrent(&here));
    CHECK(here == nullptr);
    EXPECT(CUDA_ERROR_INVALID_CONTEXT, cuCtxSynchronize());
    OK(cuCtxSetCurrent(second));
    OK(cuCtxSynchronize());
  }).join();
  OK(cuCtxDestroy_v2(second));
  EXPECT(CUDA_ERROR_INVALID_CONTEXT, cuCtxPushCurrent_v2(second));
  REPORTS("the context does not exist");
  OK(cuCtxDestroy_v2(first));
  OK(cuCtxGetCurrent(&current));
  CHECK(current == nullptr);
}

TEST(the_primary_context_counts_its_users) {
  CUcontext one = nullptr, two = nullptr;
  unsigned flags = 0;
  int active = 1;
  OK(cuDevicePrimaryCtxGetState(0, &flags, &active));
  CHECK(active == 0);
  OK(cuDevicePrimaryCtxRetain(&one, 0));
  OK(cuDevicePrimaryCtxRetain(&two, 0));
  CHECK(one == two);
  EXPECT(CUDA_ERROR_INVALID_CONTEXT, cuCtxDestroy_v2(one));
  OK(cuDevicePrimaryCtxRelease_v2(0));
  OK(cuDevicePrimaryCtxGetState(0, &flags, &active));
  CHECK(active == 1);
  OK(cuDevicePrimaryCtxRelease_v2(0));
  OK(cuDevicePrimaryCtxGetState(0, &flags, &active));
  CHECK(active == 0);
  EXPECT(CUDA_ERROR_INVALID_CONTEXT, cuDevicePrimaryCtxRelease_v2(0));
}

TEST(limits_and_priorities) {
  Context context;
  size_t bytes = 0;
  OK(cuCtxSetLimit(CU_LIMIT_STACK_SIZE, 4096));
  OK(cuCtxGetLimit(&bytes, CU_LIMIT_STACK_SIZE));
  CHECK(bytes == 4096);
  EXPECT(CUDA_ERROR_UNSUPPORTED_LIMIT, cuCtxGetLimit(&bytes, static_cast<CUlimit>(77)));
  int least = 1, greatest = 1;
  OK(cuCtxGetStreamPriorityRange(&least, &greatest));
  CHECK(least == 0 && greatest < 0);
}

TEST(errors_have_names_and_sentences) {
  const char* text = nullptr;
  OK(cuGetErrorName(CUDA_ERROR_ILLEGAL_ADDRESS, &text));
  CHECK(std::string(text) == "CUDA_ERROR_ILLEGAL_ADDRESS");
  OK(cuGetErrorString(CUDA_ERROR_ILLEGAL_ADDRESS, &text));
  CHECK(std::string(text) == "an illegal memory access was encountered");
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuGetErrorName(static_cast<CUresult>(12345), &text));
  CHECK(text == nullptr);
}

TEST(what_is_missing_says_so) {
  using Function = CUresult (*)();
  auto missing = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, "cuTexRefCreate"));
  CHECK(missing != nullptr);
  if (missing != nullptr) EXPECT(CUDA_ERROR_NOT_SUPPORTED, missing());
  REPORTS("cuTexRefCreate: this function is not part of the simulation");
}

TEST(entry_points_by_name_and_version) {
  void* function = nullptr;
  int status = -1;
  OK(cuGetProcAddress_v2("cuMemAlloc", &function, 12060, 0, &status));
  CHECK(function == reinterpret_cast<void*>(&cuMemAlloc_v2) && status == 0);
  OK(cuGetProcAddress_v2("cuGraphInstantiate", &function, 12060, 0, &status));
  CHECK(function == reinterpret_cast<void*>(&cuGraphInstantiateWithFlags));
  OK(cuGetProcAddress_v2("cuGraphInstantiate", &function, 11080, 0, &status));
  CHECK(function == reinterpret_cast<void*>(&cuGraphInstantiate_v2));
  EXPECT(CUDA_ERROR_NOT_FOUND, cuGetProcAddress_v2("cuNoSuchThing", &function, 12060, 0, &status));
  CHECK(function == nullptr && status == 1);
  EXPECT(CUDA_ERROR_NOT_FOUND,
         cuGetProcAddress_v2("cuGraphExecUpdate", &function, 9000, 0, &status));
  CHECK(status == 2);
}

int main() { return check::run_all(); }

// What SIMGPU_CHECK=1 finds through the driver API. Without it this test fails.
#include <string>

#include "context.h"
#include "stderr_of.h"

namespace {

const char* const kModule = R"(.version 8.0
.target sm_75
.address_size 64
.visible .entry copy(.param .u64 to, .param .u64 from) {
  .reg .b32 %r<4>;
  .reg .b64 %rd<8>;
  mov.u32 %r1, %tid.x;
  mul.wide.u32 %rd1, %r1, 4;
  ld.param.u64 %rd2, [to];
  ld.param.u64 %rd3, [from];
  add.u64 %rd4, %rd2, %rd1;
  add.u64 %rd5, %rd3, %rd1;
  ld.global.u32 %r2, [%rd5];
  st.global.u32 [%rd4], %r2;
  ret;
}
)";

constexpr size_t kBytes = 64 * 4;

CUresult copy(CUdeviceptr to, CUdeviceptr from) {
  CUmodule module = nullptr;
  OK(cuModuleLoadData(&module, kModule));
  CUfunction function = nullptr;
  OK(cuModuleGetFunction(&function, module, "copy"));
  void* arguments[] = {&to, &from};
  OK(cuLaunchKernel(function, 1, 1, 1, 64, 1, 1, 0, nullptr, arguments, nullptr));
  return cuCtxSynchronize();
}

bool reported(const char* part) {
  return std::string(simgpu_last_report()).find(part) != std::string::npos;
}

}  // namespace

TEST(what_nothing_wrote_may_not_be_read) {
  Context context;
  CUdeviceptr to = device_alloc(kBytes), from = device_alloc(kBytes);
  OK(cuMemsetD32_v2(from, 1, 63));
  EXPECT(CUDA_ERROR_LAUNCH_FAILED, copy(to, from));
  CHECK(reported("uninitialized 4-byte read") && reported("thread (63, 0, 0)"));
}

TEST(copies_and_memsets_and_kernels_write) {
  Context context;
  CUdeviceptr a = device_alloc(kBytes), b = device_alloc(kBytes), c = device_alloc(kBytes);
  std::vector<unsigned> values(32, 7);
  OK(cuMemcpyHtoD_v2(a, values.data(), kBytes / 2));
  OK(cuMemsetD8_v2(a + kBytes / 2, 1, kBytes / 2));
  OK(cuMemcpyDtoD_v2(b, a, kBytes));
  OK(copy(c, b));
  OK(copy(b, c));
  CHECK(word_at(b) == 7);
}

TEST(a_copy_inside_the_device_takes_along_what_was_not_written) {
  Context context;
  CUdeviceptr a = device_alloc(kBytes), b = device_alloc(kBytes), c = device_alloc(kBytes);
  OK(cuMemsetD8_v2(a, 1, kBytes - 1));
  OK(cuMemsetD8_v2(b, 1, kBytes));
  OK(cuMemcpyDtoD_v2(b, a, kBytes));
  EXPECT(CUDA_ERROR_LAUNCH_FAILED, copy(c, b));
  CHECK(reported("its byte 3"));
}

TEST(memory_that_comes_back_is_fresh) {
  Context context;
  CUdeviceptr a = device_alloc(kBytes);
  OK(cuMemsetD8_v2(a, 1, kBytes));
  OK(cuMemFree_v2(a));
  CUdeviceptr to = device_alloc(kBytes), from = device_alloc(kBytes);
  EXPECT(CUDA_ERROR_LAUNCH_FAILED, copy(to, from));
}

TEST(threads_that_write_one_word_race) {
  Context context;
  CUdeviceptr a = device_alloc(kBytes * 2);
  OK(cuMemsetD8_v2(a, 1, kBytes * 2));
  EXPECT(CUDA_ERROR_LAUNCH_FAILED, copy(a + 4, a));  // reads what its neighbour writes
  CHECK(reported("race: ") && reported("by thread ("));
}

TEST(a_context_that_ends_names_what_leaked) {
  CUdeviceptr kept = 0;
  std::string text = stderr_of([&] {
    Context context;
    CUdeviceptr freed = device_alloc(100);
    kept = device_alloc(1000);
    OK(cuMemFree_v2(freed));
  });
  CHECK(text.find("leak: the context ends with 1 device allocations of 1000 bytes") !=
        std::string::npos);
  text = stderr_of([&] {
    Context context;
    OK(cuMemFree_v2(device_alloc(100)));
  });
  CHECK(text.empty());
}

int main() { return check::run_all(); }

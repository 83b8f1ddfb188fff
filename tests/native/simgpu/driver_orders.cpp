// SIMGPU_ORDERS: a kernel whose result depends on the order of its blocks or lanes is told so, one
// that does not leaves what it would leave alone.
#include <string>

#include "context.h"

namespace {

// out[1] counts threads; out[2 + i] is what thread i writes.
std::string module_that_writes(const std::string& value) {
  return R"(.version 8.0
.target sm_75
.address_size 64
.visible .entry k(.param .u64 out) {
  .reg .b32 %r<8>;
  .reg .b64 %rd<8>;
  .reg .pred %p<2>;
  mov.u32 %r1, %tid.x;
  mov.u32 %r2, %ctaid.x;
  mad.lo.u32 %r3, %r2, 64, %r1;
  ld.param.u64 %rd1, [out];
  atom.global.add.u32 %r4, [%rd1+4], 1;
  mul.wide.u32 %rd2, %r3, 4;
  add.u64 %rd3, %rd1, %rd2;
  st.global.u32 [%rd3+8], )" +
         value + ";\n  ret;\n}\n";
}

CUresult run(const std::string& value, unsigned* count) {
  Context context;
  CUmodule module = nullptr;
  CUfunction function = nullptr;
  OK(cuModuleLoadData(&module, module_that_writes(value).c_str()));
  OK(cuModuleGetFunction(&function, module, "k"));
  CUdeviceptr out = device_alloc(4 * (2 + 4 * 64));
  OK(cuMemsetD32_v2(out, 0, 2));
  void* arguments[] = {&out};
  OK(cuLaunchKernel(function, 4, 1, 1, 64, 1, 1, 0, nullptr, arguments, nullptr));
  CUresult code = cuCtxSynchronize();
  if (code == CUDA_SUCCESS) *count = word_at(out + 4);
  return code;
}

}  // namespace

TEST(a_result_that_depends_on_the_order_is_a_fault) {
  unsigned count = 0;
  EXPECT(CUDA_ERROR_LAUNCH_FAILED, run("%r4", &count));  // each thread's ticket
  REPORTS("kernel 'k': its result depends on the order of its blocks, warps and lanes");
}

TEST(each_order_begins_with_the_same_memory) {
  unsigned count = 0;
  OK(run("%r3", &count));
  CHECK(count == 4 * 64);
}

int main() { return check::run_all(); }

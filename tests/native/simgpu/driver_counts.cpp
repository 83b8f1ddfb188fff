// Counters through the driver API: fetched and reset in the program, and written at its end to the
// file that SIMGPU_REPORT names.
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "context.h"

namespace {

const char* const kModule = R"(.version 8.0
.target sm_75
.address_size 64
.file 1 "copy.cu"
.visible .entry copy(.param .u64 to, .param .u64 from) {
  .reg .b32 %r<4>;
  .reg .b64 %rd<8>;
  mov.u32 %r1, %tid.x;
  mul.wide.u32 %rd1, %r1, 4;
  ld.param.u64 %rd2, [to];
  ld.param.u64 %rd3, [from];
  add.u64 %rd4, %rd2, %rd1;
  add.u64 %rd5, %rd3, %rd1;
  .loc 1 3 5
  ld.global.u32 %r2, [%rd5];
  st.global.u32 [%rd4], %r2;
  ret;
}
)";

std::string counters() {
  std::string json(simgpu_counters(nullptr, 0), 0);
  CHECK(simgpu_counters(&json[0], json.size() - 1) == json.size());  // too small: nothing written
  CHECK(json[0] == 0);
  CHECK(simgpu_counters(&json[0], json.size()) == json.size());
  json.pop_back();
  return json;
}

size_t times(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

const char* const kEmpty = "{\"kernels\": [], \"launches\": [], \"launches_not_listed\": 0}\n";

// Two warps a launch, 9 instructions each.
const char* const kOnce =
    "\"instructions\": {\"warp\": 18, \"thread\": 576}, \"lanes_per_instruction\": 32.0000";
const char* const kTraffic =
    "\"global_load\": {\"requests\": 2, \"sectors\": 8, \"bytes\": 256, \"distinct_bytes\": 256}";

// Its load, store and ret: 4 sectors each way a warp.
const char* const kLine =
    "\"lines\": [\n  {\"file\": \"copy.cu\", \"line\": 3, "
    "\"instructions\": {\"warp\": 6, \"thread\": 192}, \"global_sectors\": 16, "
    "\"shared_wavefronts\": 0, \"shared_conflicts\": 0}]";
const char* const kCold = "\"dram\": {\"read_bytes\": 256, \"write_bytes\": 0}";
const char* const kWarm = "\"dram\": {\"read_bytes\": 0, \"write_bytes\": 0}";

void launch(int count) {
  CUmodule module = nullptr;
  OK(cuModuleLoadData(&module, kModule));
  CUfunction function = nullptr;
  OK(cuModuleGetFunction(&function, module, "copy"));
  CUdeviceptr to = device_alloc(256), from = device_alloc(256);
  OK(cuMemsetD32_v2(from, 7, 64));
  void* arguments[] = {&to, &from};
  for (int i = 0; i < count; ++i) {
    OK(cuLaunchKernel(function, 1, 1, 1, 64, 1, 1, 0, nullptr, arguments, nullptr));
  }
  OK(cuCtxSynchronize());
}

TEST(fetch_and_reset) {
  Context context;
  CHECK(counters() == kEmpty);
  launch(1);
  std::string json = counters();
  CHECK(times(json, "{\"kernel\": \"copy\", \"launches\": 1, \"counts\": {") == 1);
  CHECK(times(json, "{\"kernel\": \"copy\", \"grid\": [1, 1, 1], \"block\": [64, 1, 1], ") == 1);
  CHECK(times(json, kOnce) == 2);
  CHECK(times(json, kTraffic) == 2);
  CHECK(times(json, kLine) == 1);
  simgpu_reset_counters();
  CHECK(counters() == kEmpty);
  simgpu_count(0);
  launch(1);
  CHECK(counters() == kEmpty);
  simgpu_count(1);
}

TEST(the_l2_model_is_kept_between_launches) {
  Context context;
  simgpu_reset_counters();
  launch(2);
  std::string json = counters();
  CHECK(times(json, kCold) == 2);  // the first launch, and the sum
  CHECK(times(json, kWarm) == 1);
  CHECK(times(json, "\"l2_dirty_bytes\": 256, ") == 2);  // the same bytes, written twice
  simgpu_reset_counters();
  launch(1);  // begins with an empty cache
  CHECK(times(counters(), "\"l2_dirty_bytes\": 256, ") == 1);
  simgpu_reset_counters();
}

TEST(launches_listed_are_bounded) {
  Context context;
  launch(1002);
  std::string json = counters();
  CHECK(times(json,
              "\"kernel\": \"copy\", \"launches\": 1002, "
              "\"counts\": {\"instructions\": {\"warp\": 18036, \"thread\": 577152}") == 1);
  CHECK(times(json, kOnce) == 1000);
  CHECK(times(json, "\"launches_not_listed\": 2}") == 1);
  simgpu_reset_counters();
}

TEST(left_for_the_report) {
  Context context;
  launch(3);
}

// Runs after the driver wrote its file, for it was registered before.
void check_file() {
  std::ifstream file(std::getenv("SIMGPU_REPORT"));
  std::stringstream text;
  text << file.rdbuf();
  if (times(text.str(), kOnce) == 3 && text.str() == counters()) return;
  std::printf("the report is not what was counted:\n%s\n", text.str().c_str());
  std::fflush(stdout);
  _exit(1);
}

}  // namespace

int main() {
  std::remove(std::getenv("SIMGPU_REPORT"));
  std::atexit(check_file);
  return check::run_all();
}

// How fast the engine runs: thread instructions a second of three loops. A tool, not a test.
//   simgpu_engine_speed [host threads] [engine_kernels_clang.ptx]
// The rate is given per second of processor time and thread, which other load on the machine
// does not change. Launches are checked, unless SIMGPU_CHECK=0, and counted where SIMGPU_COUNT is
// set.
#include <ctime>
#include <fstream>
#include <sstream>

#include "counts.h"
#include "engine_check.h"

static double processor_seconds() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

static void measure(const char* name, Gpu& gpu, const std::string& ptx, const char* kernel,
                    simgpu::Dim3 grid, uint32_t block, const std::vector<uint8_t>& params,
                    int threads) {
  auto module = simgpu::Module::load(ptx, gpu.device, gpu.memory);
  uint64_t instructions = 0;
  simgpu::Launch launch;
  launch.kernel = module->kernel(kernel);
  launch.grid = grid;
  launch.block.x = block;
  launch.params = params;
  launch.threads = threads;
  launch.seed = 1;
  launch.instructions = &instructions;
  launch.checker = gpu.checker.get();
  simgpu::LaunchCounts counts;
  if (std::getenv("SIMGPU_COUNT") != nullptr) launch.counts = &counts;
  double best = 1e9;
  for (int i = 0; i < 7; ++i) {
    double begin = processor_seconds();
    auto fault = simgpu::execute(launch, gpu.memory);
    if (fault) std::printf("%s\n", fault->report.c_str());
    best = std::min(best, processor_seconds() - begin);
  }
  double count = static_cast<double>(instructions) * 32;
  std::printf("%-12s %8.1f M thread instructions, %6.2f G a second and host thread\n", name,
              count / 1e6, count / best / 1e9);
}

int main(int count, char** arguments) {
  int threads = count > 1 ? std::atoi(arguments[1]) : 2;
  Gpu gpu;
  std::printf("%s, %d host threads, %s\n", simgpu::execution_target(), threads,
              gpu.checker != nullptr ? "checked" : "not checked");
  std::string loop = "mov.u32 %r1, 0;\nL:\n";
  for (int i = 0; i < 64; ++i) {
    std::string d = "%f" + std::to_string(i % 8);
    loop += "fma.rn.f32 " + d + ", " + d + ", %f" + std::to_string(8 + i % 4) + ", %f" +
            std::to_string(12 + i % 4) + ";\n";
  }
  loop += "add.u32 %r1, %r1, 1; setp.lt.u32 %p1, %r1, 1000; @%p1 bra L;";
  uint64_t out = gpu.memory.allocate(1 << 20);
  measure("fma", gpu, module_around(loop), "k", {16, 1, 1}, 256, pack_params({out, out}), threads);
  constexpr uint32_t kElements = 1 << 22;
  uint64_t a = gpu.memory.allocate(kElements * 4), c = gpu.memory.allocate(kElements * 4);
  for (uint64_t array : {a, c}) {
    std::memset(gpu.memory.host(array), 0, kElements * 4);
    gpu.memory.mark_written(array, kElements * 4);
  }
  measure("vector add", gpu,
          module_around(
              "mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ntid.x; mad.lo.u32 %r3, %r1, %r2, %r60;\n"
              "ld.param.u64 %rd1, [out]; mul.wide.u32 %rd2, %r3, 4; add.u64 %rd3, %rd1, %rd2;\n"
              "add.u64 %rd4, %rd61, %rd2; ld.global.f32 %f1, [%rd3]; ld.global.f32 %f2, [%rd4];\n"
              "add.f32 %f3, %f1, %f2; st.global.f32 [%rd3], %f3;"),
          "k", {kElements / 256, 1, 1}, 256, pack_params({c, a}), threads);
  if (count > 2) {
    std::ifstream file(arguments[2]);
    std::stringstream text;
    text << file.rdbuf();
    std::vector<uint8_t> params = pack_params({c, a, a, 0});
    uint32_t size = 512;
    for (size_t i = 0; i < 3; ++i) {
      params.resize(36);
      std::memcpy(&params[24 + 4 * i], &size, 4);
    }
    measure("tiled SGEMM", gpu, text.str(), "sgemm", {8, 8, 1}, 256, params, threads);
  }
  return 0;
}

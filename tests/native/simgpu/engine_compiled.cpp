// Kernels as compilers write them: engine_kernels.cu through clang or nvcc, given as argument.
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "engine_check.h"

static std::vector<uint8_t> params(std::initializer_list<std::pair<uint64_t, size_t>> values) {
  std::vector<uint8_t> bytes;
  for (auto& v : values) {
    while (bytes.size() % v.second != 0) bytes.push_back(0);
    for (size_t i = 0; i < v.second; ++i) bytes.push_back(static_cast<uint8_t>(v.first >> 8 * i));
  }
  return bytes;
}

static void launch(Gpu& gpu, const simgpu::Module& module, const char* name, simgpu::Dim3 grid,
                   uint32_t block, std::vector<uint8_t> p, uint64_t seed) {
  simgpu::Launch l;
  l.kernel = module.kernel(name);
  CHECK(l.kernel != nullptr, "no kernel %s", name);
  if (l.kernel == nullptr) return;
  l.grid = grid;
  l.block.x = block;
  l.params = std::move(p);
  l.seed = seed;
  l.instruction_limit = 1 << 28;
  l.checker = gpu.checker.get();
  l.lanes_apart = seed % 2 == 1;
  auto fault = simgpu::execute(l, gpu.memory);
  CHECK(!fault, "%s: %s", name, fault ? fault->report.c_str() : "");
}

static void ticket_sum(Gpu& gpu, const simgpu::Module& module) {
  std::vector<uint32_t> in(10007);
  uint32_t wanted = 0;
  for (uint32_t i = 0; i < in.size(); ++i) wanted += in[i] = i * 2654435761u;
  for (uint64_t seed : {0, 1, 2}) {
    std::vector<uint32_t> zeros(64);
    uint64_t out = gpu.put(zeros.data(), 256), partials = gpu.put(zeros.data(), 256);
    uint64_t ticket = gpu.put(zeros.data(), 4), data = gpu.put(in.data(), in.size() * 4);
    launch(gpu, module, "ticket_sum", {13, 1, 1}, 160,
           params({{out, 8}, {partials, 8}, {ticket, 8}, {data, 8}, {in.size(), 4}}), seed);
    CHECK(gpu.get<uint32_t>(out, 1)[0] == wanted, "the sum of all blocks");
  }
}

static void mixed(Gpu& gpu, const simgpu::Module& module) {
  constexpr uint32_t n = 1000;
  uint64_t out = gpu.memory.allocate(n * 8), steps = gpu.memory.allocate(n * 4);
  launch(gpu, module, "mixed", {8, 1, 1}, 128, params({{out, 8}, {steps, 8}, {n, 4}}), 3);
  auto values = gpu.get<double>(out, n);
  auto counts = gpu.get<uint32_t>(steps, n);
  const double weights[4] = {0.5, 1.5, 2.5, 3.5};
  for (uint32_t i = 0; i < n; ++i) {
    double table[8];
    for (uint32_t k = 0; k < 8; ++k) table[k] = weights[(i + k) & 3] * k;
    double r = -table[i & 7];
    switch (i % 7) {
      case 0:
        r = table[i & 7] + 1;
        break;
      case 1:
        r = table[(i + 1) & 7] * 2;
        break;
      case 2:
        r = table[(i * 3) & 7] / 3;
        break;
      case 3:
        r = std::sqrt(table[i & 7]);
        break;
      case 4:
        r = static_cast<int>(table[i & 7] * 100);
        break;
      case 5:
        r = static_cast<double>(i * 1000003ull / (i % 13 + 1));
        break;
      default:
        break;
    }
    uint32_t count = 0;
    for (uint64_t v = i + 1; v != 1; ++count) v = v % 2 ? 3 * v + 1 : v / 2;
    CHECK(values[i] == r, "element %u: %g, not %g", i, values[i], r);
    CHECK(counts[i] == count, "element %u: %u steps, not %u", i, counts[i], count);
  }
}

static void sgemm(Gpu& gpu, const simgpu::Module& module) {
  constexpr uint32_t m = 128, n = 64, k = 48;
  std::vector<float> a(m * k), b(k * n), c(m * n);
  for (uint32_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(i * 37 % 101) / 64 - 0.7f;
  for (uint32_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(i * 53 % 97) / 64 - 0.6f;
  uint64_t da = gpu.put(a.data(), a.size() * 4), db = gpu.put(b.data(), b.size() * 4);
  uint64_t dc = gpu.put(c.data(), c.size() * 4);
  launch(gpu, module, "sgemm", {n / 64, m / 64, 1}, 256,
         params({{dc, 8}, {da, 8}, {db, 8}, {m, 4}, {n, 4}, {k, 4}}), 1);
  auto got = gpu.get<float>(dc, c.size());
  for (uint32_t row = 0; row < m; ++row) {
    for (uint32_t col = 0; col < n; ++col) {
      float sum = 0;
      for (uint32_t i = 0; i < k; ++i) sum = std::fmaf(a[row * k + i], b[i * n + col], sum);
      CHECK(bits_of(got[row * n + col]) == bits_of(sum), "C[%u][%u]: %g, not %g", row, col,
            static_cast<double>(got[row * n + col]), static_cast<double>(sum));
    }
  }
}

// What the kernel prints goes to stdout; the test looks at it through a file.
static void speak(Gpu& gpu, const simgpu::Module& module) {
  simgpu::Launch l;
  l.kernel = module.kernel("speak");
  CHECK(l.kernel != nullptr, "no kernel speak");
  if (l.kernel == nullptr) return;
  l.block.x = 3;
  l.params = params({{2, 4}});
  l.checker = gpu.checker.get();
  std::fflush(stdout);
  std::FILE* capture = std::tmpfile();
  int saved = dup(1);
  dup2(fileno(capture), 1);
  auto fault = simgpu::execute(l, gpu.memory);
  std::fflush(stdout);
  dup2(saved, 1);
  close(saved);
  std::rewind(capture);
  char text[256] = {};
  size_t length = std::fread(text, 1, sizeof text - 1, capture);
  std::fclose(capture);
  CHECK(std::string(text, length) ==
            "thread 0:  0.00 ok 100%\nthread 1:  0.50 ok 100%\nthread 2:  1.00 ok 100%\n",
        "printed: %s", text);
  CHECK(fault && fault->kind == simgpu::FaultKind::kAssert, "an assertion fails");
  if (!fault) return;
  for (const char* part : {"speak.cu:7", "threadIdx.x < limit", "thread (2, 0, 0)"}) {
    CHECK(fault->report.find(part) != std::string::npos, "'%s' is not in %s", part,
          fault->report.c_str());
  }
}

int main(int count, char** arguments) {
  CHECK(count > 1, "give the PTX files");
  for (int i = 1; i < count; ++i) {
    std::ifstream file(arguments[i]);
    std::stringstream text;
    text << file.rdbuf();
    CHECK(file.good(), "cannot read %s", arguments[i]);
    try {
      Gpu gpu;
      auto module = simgpu::Module::load(text.str(), gpu.device, gpu.memory);
      ticket_sum(gpu, *module);
      mixed(gpu, *module);
      sgemm(gpu, *module);
      speak(gpu, *module);
    } catch (const simgpu::LoadError& error) {
      CHECK(false, "%s: %s", arguments[i], error.what());
    }
  }
  return finish();
}

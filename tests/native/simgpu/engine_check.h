// CHECK macros and a runner of PTX snippets for the engine's tests.
#ifndef FIGMENT_TESTS_SIMGPU_ENGINE_CHECK_H_
#define FIGMENT_TESTS_SIMGPU_ENGINE_CHECK_H_

#include <algorithm>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "device_memory.h"
#include "engine.h"

inline int failures = 0;
inline int checks = 0;

#define CHECK(condition, ...)                                            \
  do {                                                                   \
    ++checks;                                                            \
    if (!(condition)) {                                                  \
      ++failures;                                                        \
      std::printf("%s:%d: %s failed: ", __FILE__, __LINE__, #condition); \
      std::printf(__VA_ARGS__);                                          \
      std::printf("\n");                                                 \
    }                                                                    \
  } while (false)

inline int finish() {
  std::printf("%d checks, %d failures (%s)\n", checks, failures, simgpu::execution_target());
  return failures == 0 && checks > 0 ? 0 : 1;
}

constexpr uint64_t kUntouched = 0x5555555555555555u;

// The simulated memory and device of a test. What runs on it is checked for races and reads of
// unwritten memory, unless SIMGPU_CHECK=0.
struct Gpu {
  simgpu::DeviceMemory memory{uint64_t{64} << 20};
  std::unique_ptr<simgpu::Checker> checker;
  simgpu::DeviceDescription device;

  Gpu() {
    const char* wish = std::getenv("SIMGPU_CHECK");
    if (wish == nullptr || *wish != '0') checker = std::make_unique<simgpu::Checker>(memory);
  }
  uint64_t put(const void* data, size_t bytes) {
    uint64_t address = memory.allocate(bytes);
    std::memcpy(memory.host(address), data, bytes);
    memory.mark_written(address, bytes);
    return address;
  }
  template <class T>
  std::vector<T> get(uint64_t address, size_t count) {
    std::vector<T> values(count);
    std::memcpy(values.data(), memory.host(address), count * sizeof(T));
    return values;
  }
};

inline std::vector<uint8_t> pack_params(std::initializer_list<uint64_t> values) {
  std::vector<uint8_t> bytes(values.size() * 8);
  size_t at = 0;
  for (uint64_t v : values) {
    std::memcpy(bytes.data() + at, &v, 8);
    at += 8;
  }
  return bytes;
}

// A module around a body. Registers: %r 32, %f f32, %rd 64, %fd f64, %h 16 bits, %p predicates.
// %r60 is the thread, %rd60 the address of its eight 8-byte results, %rd61 the input buffer.
inline std::string module_around(const std::string& body, const std::string& before = "",
                                 const std::string& target = "sm_80") {
  return ".version 8.0\n.target " + target + "\n.address_size 64\n" + before +
         "\n.visible .entry k(.param .u64 out, .param .u64 in)\n{\n"
         ".reg .b32 %r<64>;\n.reg .f32 %f<64>;\n.reg .b64 %rd<64>;\n.reg .f64 %fd<64>;\n"
         ".reg .b16 %h<64>;\n.reg .pred %p<16>;\n"
         "mov.u32 %r60, %tid.x;\nld.param.u64 %rd60, [out];\nld.param.u64 %rd61, [in];\n"
         "mul.wide.u32 %rd62, %r60, 64;\nadd.u64 %rd60, %rd60, %rd62;\n" +
         body + "\nret;\n}\n";
}

struct Outcome {
  std::optional<simgpu::Fault> fault;
  std::string load_error;
  std::vector<uint64_t> out;  // 8 a thread
  uint64_t value(size_t thread, size_t index = 0) const { return out[thread * 8 + index]; }
  std::string problem() const { return fault ? fault->report : load_error; }
};

inline Outcome run_module(const std::string& ptx, uint32_t threads = 32, uint32_t blocks = 1,
                          const std::vector<uint8_t>& input = std::vector<uint8_t>(4096),
                          uint32_t dynamic_shared = 0, bool checked = true) {
  Outcome outcome;
  Gpu gpu;
  std::unique_ptr<simgpu::Module> module;
  try {
    module = simgpu::Module::load(ptx, gpu.device, gpu.memory);
  } catch (const simgpu::LoadError& error) {
    outcome.load_error = error.what();
    return outcome;
  }
  std::vector<uint64_t> out(size_t{threads} * 8, kUntouched);
  uint64_t out_address = gpu.put(out.data(), out.size() * 8);
  uint64_t in_address = gpu.put(input.data(), input.size());
  simgpu::Launch launch;
  launch.kernel = module->kernel("k");
  launch.grid.x = blocks;
  launch.block.x = threads;
  launch.params = pack_params({out_address, in_address});
  launch.dynamic_shared = dynamic_shared;
  launch.instruction_limit = 20000000;
  if (checked) launch.checker = gpu.checker.get();
  outcome.fault = simgpu::execute(launch, gpu.memory);
  outcome.out = gpu.get<uint64_t>(out_address, out.size());
  return outcome;
}

// Runs `body` and reads its result register (%r0, %f0, %rd0, %fd0, %h0 or %p0) from every lane;
// then again on the odd lanes alone. One value must come from all lanes that ran.
inline uint64_t evaluate(const std::string& body, const std::string& result, int line) {
  std::string store =
      result[1] == 'r' && result[2] != 'd'   ? "st.global.u32 [%rd60], " + result + ";"
      : result[1] == 'f' && result[2] != 'd' ? "st.global.f32 [%rd60], " + result + ";"
      : result[1] == 'h'                     ? "st.global.u16 [%rd60], " + result + ";"
      : result[1] == 'p' ? "selp.u32 %r59, 1, 0, " + result + "; st.global.u32 [%rd60], %r59;"
                         : "st.global.b64 [%rd60], " + result + ";";
  uint64_t mask = result[1] == 'h' ? 0xffff : result[2] == 'd' ? ~uint64_t{0} : 0xffffffffu;
  Outcome all = run_module(module_around(body + "\n" + store));
  CHECK(all.problem().empty(), "line %d: %s\n%s", line, body.c_str(), all.problem().c_str());
  if (!all.problem().empty()) return ~uint64_t{0};
  uint64_t value = all.value(0) & mask;
  for (size_t l = 1; l < 32; ++l) {
    CHECK((all.value(l) & mask) == value, "line %d: lane %zu differs: %s", line, l, body.c_str());
  }
  Outcome odd =
      run_module(module_around("and.b32 %r58, %r60, 1;\nsetp.eq.u32 %p15, %r58, 0;\n"
                               "@%p15 bra END;\n" +
                               body + "\n" + store + "\nEND:"));
  CHECK(odd.problem().empty(), "line %d: %s", line, odd.problem().c_str());
  for (size_t l = 0; l < 32 && odd.problem().empty(); ++l) {
    uint64_t wanted = l % 2 == 0 ? kUntouched & mask : value;
    CHECK((odd.value(l) & mask) == wanted, "line %d: odd lanes only, lane %zu: %s", line, l,
          body.c_str());
  }
  return value;
}

#define EXPECT(result, body, wanted)                                                       \
  do {                                                                                     \
    uint64_t got_ = evaluate(body, result, __LINE__);                                      \
    uint64_t wanted_ = static_cast<uint64_t>(wanted);                                      \
    CHECK(got_ == wanted_, "%s gives 0x%" PRIx64 ", not 0x%" PRIx64, body, got_, wanted_); \
  } while (false)
#define R32(body, wanted) EXPECT("%r0", body, static_cast<uint32_t>(wanted))
#define R64(body, wanted) EXPECT("%rd0", body, wanted)
#define R16(body, wanted) EXPECT("%h0", body, static_cast<uint16_t>(wanted))
#define PRED(body, wanted) EXPECT("%p0", body, wanted)

inline uint32_t bits_of(float v) {
  uint32_t b;
  std::memcpy(&b, &v, 4);
  return b;
}
inline uint64_t bits_of(double v) {
  uint64_t b;
  std::memcpy(&b, &v, 8);
  return b;
}
inline float float_of(uint64_t bits) {
  auto narrow = static_cast<uint32_t>(bits);
  float f;
  std::memcpy(&f, &narrow, 4);
  return f;
}
#define F32(body, wanted) EXPECT("%f0", body, bits_of(static_cast<float>(wanted)))
#define F32BITS(body, wanted) EXPECT("%f0", body, static_cast<uint32_t>(wanted))
#define F64(body, wanted) EXPECT("%fd0", body, bits_of(static_cast<double>(wanted)))

#endif  // FIGMENT_TESTS_SIMGPU_ENGINE_CHECK_H_

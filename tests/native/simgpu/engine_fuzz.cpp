// Damaged PTX: whatever the text, load() ends with a module or a LoadError. 3000 texts from a fixed
// seed, or as many as SIMGPU_FUZZ_SECONDS give, from a seed of the clock that is printed and that
// SIMGPU_FUZZ_SEED repeats.
#include <chrono>

#include "engine_check.h"

static uint32_t state = 12345;
static uint32_t random_below(uint32_t n) {
  state = state * 1664525u + 1013904223u;
  return (state >> 8) % n;
}

static uint32_t number_of(const char* variable, uint32_t otherwise) {
  const char* value = std::getenv(variable);
  return value == nullptr ? otherwise : static_cast<uint32_t>(std::strtoul(value, nullptr, 10));
}

int main() {
  using Clock = std::chrono::steady_clock;
  const uint32_t seconds = number_of("SIMGPU_FUZZ_SECONDS", 0);
  const auto end = Clock::now() + std::chrono::seconds(seconds);
  auto now = static_cast<uint32_t>(Clock::now().time_since_epoch().count());
  state = number_of("SIMGPU_FUZZ_SEED", seconds > 0 ? now : state);
  std::printf("SIMGPU_FUZZ_SEED=%u\n", state);
  std::fflush(stdout);
  const std::string seeds[] = {
      module_around(
          "{ .reg .pred q; setp.lt.and.s32 q|%p1, %r60, 5, !%p2; @!q bra L1; }\n"
          "ld.global.v4.f32 {%f0, _, %f2, %f3}, [%rd61+16];\nmov.b64 {%r1, %r2}, %rd61;\n"
          "L1: add.u32 %r1, %r1, (1 << 3) + -4 * 2; setp.lt.u32 %p3, %r1, 9; @%p3 bra L1;\n"
          "cvt.rn.f16.f32 %h1, 0f3f800000; fma.rn.f16 %h0, %h1, %h1, %h1;\n"
          "shfl.sync.bfly.b32 %r3|%p4, %r1, 1, 31, -1; bar.sync 0; bar.red.popc.u32 %r4, 0, %p1;\n"
          "ts: .branchtargets L1, L2; brx.idx %r4, ts;\nL2: atom.global.cas.b32 %r5, [%rd61], 0, "
          "1;\n"
          "{ .param .b32 a; .param .b32 b; st.param.b32 [a+0], %r5; call.uni (b), twice, (a); "
          "ld.param.b32 %r6, [b]; }\n"
          ".local .align 8 .b8 depot[64]; mov.u64 %rd1, depot; st.local.u32 [depot+4], %r6;",
          ".file 1 \"a.cu\"\n.global .align 4 .u32 t[2][2] = {{1, 2}, {3}};\n"
          ".global .u64 p[] = {generic(t)+4, twice};\n.const .f32 c = 0f3f800000;\n"
          ".extern .shared .align 16 .b8 dyn[];\n"
          ".func (.param .b32 r) twice(.param .b32 x) { .reg .b32 %r<3>; ld.param.b32 %r1, [x]; "
          "add.u32 %r2, %r1, %r1; st.param.b32 [r], %r2; ret; }\n"),
  };
  const char* const pieces[] = {"{",
                                "}",
                                ";",
                                ",",
                                "[",
                                "]",
                                "(",
                                ")",
                                ":",
                                "@",
                                "!",
                                "|",
                                "-",
                                "<",
                                ">",
                                ".f32",
                                ".u64",
                                ".reg",
                                "%r1",
                                "%p1",
                                "bra L1;",
                                "0x",
                                "0f",
                                "1e9",
                                "_",
                                ".v4",
                                ".align 3",
                                "ret;",
                                "99999999999999999999",
                                "\"",
                                "/*",
                                ".param",
                                "mov.b32",
                                "call",
                                "%rd1",
                                "\n"};
  Gpu gpu;
  int loaded = 0, refused = 0;
  for (int round = 0; round < 3000 || Clock::now() < end; ++round) {
    std::string text = seeds[0];
    for (uint32_t changes = 1 + random_below(4); changes > 0; --changes) {
      auto size = static_cast<uint32_t>(text.size());
      if (size < 2) break;
      uint32_t at = random_below(size);
      switch (random_below(5)) {
        case 0:
          text.erase(at, 1 + random_below(12));
          break;
        case 1:
          text.insert(at, pieces[random_below(sizeof pieces / sizeof *pieces)]);
          break;
        case 2:
          text[at] = static_cast<char>(random_below(256));
          break;
        case 3:
          text.insert(random_below(size), text.substr(at, 1 + random_below(60)));
          break;
        default:
          text.resize(at);
          break;
      }
    }
    try {
      simgpu::Module::load(text, gpu.device, gpu.memory);
      ++loaded;
    } catch (const simgpu::LoadError& error) {
      ++refused;
      CHECK(std::string(error.what()).size() > 10, "a refusal without a sentence");
    }
  }
  CHECK(gpu.memory.used() == 0, "a refused module left %" PRIu64 " bytes allocated",
        gpu.memory.used());
  for (const char* deep : {"(", "{", "-", "~", "["}) {
    std::string text = module_around("mov.u32 %r0, " + std::string([&] {
                                       std::string s;
                                       for (int i = 0; i < 100000; ++i) s += deep;
                                       return s;
                                     }()) +
                                     ";");
    try {
      simgpu::Module::load(text, gpu.device, gpu.memory);
      CHECK(false, "accepted 100000 '%s'", deep);
    } catch (const simgpu::LoadError&) {
      ++refused;
    }
  }
  CHECK(loaded > 20 && refused > 500, "%d loaded, %d refused", loaded, refused);
  return finish();
}

// Loads, stores, spaces, atomics, module variables.
#include "engine_check.h"

static std::vector<uint8_t> counting(size_t bytes) {
  std::vector<uint8_t> b(bytes);
  for (size_t i = 0; i < bytes; ++i) b[i] = static_cast<uint8_t>(i * 7 + (i >> 8));
  return b;
}
static uint64_t word(const std::vector<uint8_t>& b, size_t at, size_t bytes) {
  uint64_t v = 0;
  std::memcpy(&v, &b[at], bytes);
  return v;
}

// Loads by an address pattern: `index` computes %r1 from the lane; element i of that index is read.
static void load_patterns() {
  std::vector<uint8_t> input = counting(8192);
  struct Pattern {
    const char* text;
    uint32_t (*index)(uint32_t);
  };
  const Pattern patterns[] = {
      {"mov.u32 %r1, %r60;", [](uint32_t l) { return l; }},
      {"mov.u32 %r1, 5;", [](uint32_t) { return 5u; }},
      {"xor.b32 %r1, %r60, 13;", [](uint32_t l) { return l ^ 13; }},
      {"mul.lo.u32 %r1, %r60, 3;", [](uint32_t l) { return l * 3; }},
  };
  for (const Pattern& p : patterns) {
    for (const char* space : {"global", "generic", "shared"}) {
      for (uint32_t vector : {1u, 2u, 4u}) {
        for (uint32_t bytes : {1u, 2u, 4u, 8u}) {
          std::string type = "u" + std::to_string(bytes * 8);
          std::string r = bytes == 8 ? "%rd" : "%r", list;
          for (uint32_t v = 0; v < vector; ++v) list += (v ? "," : "") + r + std::to_string(10 + v);
          if (vector > 1) list = "{" + list + "}";
          std::string body = std::string(p.text) + "\n";
          std::string where = "%rd2", word_of = space;
          body += "mul.wide.u32 %rd1, %r1, " + std::to_string(bytes * vector) + ";\n";
          if (word_of == "shared") {  // copy the input to shared memory, whole warp
            body =
                ".shared .align 16 .b8 tile[8192];\nmov.u32 %r40, 0;\nCOPY:\n"
                "shl.b32 %r41, %r60, 2; add.u32 %r41, %r41, %r40; cvt.u64.u32 %rd40, %r41;\n"
                "add.u64 %rd41, %rd61, %rd40; ld.global.u32 %r42, [%rd41];\n"
                "mov.u64 %rd42, tile; add.u64 %rd42, %rd42, %rd40; st.shared.u32 [%rd42], %r42;\n"
                "add.u32 %r40, %r40, 128; setp.lt.u32 %p5, %r40, 8192; @%p5 bra COPY;\n"
                "bar.sync 0;\n" +
                body + "mov.u64 %rd3, tile; add.u64 %rd2, %rd3, %rd1;\n";
          } else {
            body += "add.u64 %rd2, %rd61, %rd1;\n";
          }
          body += "ld" + (word_of == "generic" ? std::string() : "." + word_of) +
                  (vector > 1 ? ".v" + std::to_string(vector) : "") + "." + type + " " + list +
                  ", [" + where + "];\n";
          for (uint32_t v = 0; v < vector; ++v) {
            body += std::string("st.global.") + (bytes == 8 ? "u64" : "u32") + " [%rd60+" +
                    std::to_string(v * 8) + "], " + r + std::to_string(10 + v) + ";\n";
          }
          Outcome o = run_module(module_around(body), 32, 1, input);
          CHECK(o.problem().empty(), "%s\n%s", body.c_str(), o.problem().c_str());
          if (!o.problem().empty()) continue;
          for (uint32_t l = 0; l < 32; ++l) {
            for (uint32_t v = 0; v < vector; ++v) {
              uint64_t wanted = word(input, (p.index(l) * vector + v) * bytes, bytes);
              uint64_t got = o.value(l, v) & (bytes == 8 ? ~uint64_t{0} : 0xffffffffu);
              CHECK(got == wanted, "%s v%u %s lane %u element %u: 0x%" PRIx64 " not 0x%" PRIx64,
                    space, vector, type.c_str(), l, v, got, wanted);
            }
          }
        }
      }
    }
  }
}

static void extension_and_spaces() {
  R32("mov.u32 %r1, 0x80; st.global.u8 [%rd60+8], %r1; ld.global.s8 %r0, [%rd60+8];", 0xffffff80);
  R64("mov.u32 %r1, 0x8000; st.global.u16 [%rd60+8], %r1; ld.global.s16 %rd0, [%rd60+8];", -0x8000);
  R64("mov.u32 %r1, -1; st.global.u32 [%rd60+8], %r1; ld.global.u32 %rd0, [%rd60+8];", 0xffffffffu);
  R16("mov.u32 %r1, 0x1234; st.global.u8 [%rd60+8], %r1; ld.global.u8 %h0, [%rd60+8];", 0x34);
  R32(".local .align 4 .b8 depot[64]; mov.u64 %rd1, depot; st.local.u32 [%rd1+8], %r60;"
      "ld.local.u32 %r1, [depot+8]; sub.u32 %r0, %r1, %r60;",
      0);
  R32(".local .align 4 .b8 depot[64]; mov.u64 %rd1, depot; cvta.local.u64 %rd2, %rd1;"
      "st.u32 [%rd2+4], %r60; ld.local.u32 %r1, [%rd1+4]; sub.u32 %r0, %r1, %r60;",
      0);
  R32(".shared .align 4 .b8 s[128]; mov.u32 %r1, s; shl.b32 %r2, %r60, 2; add.u32 %r1, %r1, %r2;"
      "st.shared.u32 [%r1], %r60; ld.volatile.shared.u32 %r3, [%r1]; sub.u32 %r0, %r3, %r60;",
      0);
  R32(".shared .align 4 .b8 s[128]; mov.u64 %rd1, s; cvta.shared.u64 %rd2, %rd1;"
      "mul.wide.u32 %rd3, %r60, 4; add.u64 %rd2, %rd2, %rd3; st.u32 [%rd2], 9;"
      "cvta.to.shared.u64 %rd4, %rd2; ld.shared.u32 %r0, [%rd4];",
      9);
  PRED(".shared .b32 s; mov.u64 %rd1, s; cvta.shared.u64 %rd2, %rd1; isspacep.shared %p0, %rd2;",
       1);
  PRED("isspacep.shared %p0, %rd60;", 0);
  PRED("isspacep.global %p0, %rd60;", 1);
  R32("mov.b64 %rd1, out; ld.param.u64 %rd2, [%rd1]; ld.param.u64 %rd3, [out]; sub.u64 %rd4, %rd2, "
      "%rd3;"
      "cvt.u32.u64 %r0, %rd4;",
      0);
}

static void atomics() {
  // All lanes add to one word; the old values are the ranks.
  const char* setup =
      ".shared .align 8 .b8 s[8]; mov.u64 %rd1, s; mov.u64 %rd2, 0;"
      "setp.eq.u32 %p14, %r60, 0; @%p14 st.shared.u64 [%rd1], %rd2; bar.sync 0;\n";
  auto run = [&](const std::string& body) { return run_module(module_around(setup + body)); };
  for (bool shared : {true, false}) {
    std::string where = shared ? "shared" : "global", a = shared ? "[%rd1]" : "[%rd61]";
    Outcome o = run("atom." + where + ".add.u32 %r0, " + a +
                    ", 2; st.global.u32 [%rd60], %r0;"
                    "bar.sync 0; ld." +
                    where + ".u32 %r1, " + a + "; st.global.u32 [%rd60+8], %r1;");
    CHECK(o.problem().empty(), "%s", o.problem().c_str());
    for (uint32_t l = 0; l < 32; ++l) {
      CHECK(static_cast<uint32_t>(o.value(l)) == 2 * l, "lane %u rank", l);
      CHECK(static_cast<uint32_t>(o.value(l, 1)) == 64, "lane %u sum", l);
    }
  }
  struct Case {
    const char* body;  // leaves the final word in [%rd61]
    uint64_t wanted;
  };
  const Case cases[] = {
      {"red.global.add.f32 [%rd61], 0f3f800000;", bits_of(32.0f)},
      {"mov.f64 %fd1, 0d3fe0000000000000; red.global.add.f64 [%rd61], %fd1;", bits_of(16.0)},
      {"mov.u64 %rd3, 0x100000001; red.add.u64 [%rd61], %rd3;", 0x2000000020u},
      {"atom.global.max.s32 %r1, [%rd61], %r60;", 31},
      {"neg.s32 %r2, %r60; atom.global.min.s32 %r1, [%rd61], %r2;", 0xffffffe1u},
      {"neg.s32 %r2, %r60; red.global.max.u32 [%rd61], %r2;", 0xffffffffu},
      {"mov.u32 %r2, 1; shl.b32 %r2, %r2, %r60; red.global.or.b32 [%rd61], %r2;", 0xffffffffu},
      {"red.global.xor.b32 [%rd61], %r60;", 0},
      {"atom.global.inc.u32 %r1, [%rd61], 9;", 2},  // 32 steps in a cycle of 10
      {"atom.global.dec.u32 %r1, [%rd61], 9;", 8},  // 0 9 8 ... 0 9 8
      {"add.u32 %r3, %r60, 1; atom.global.cas.b32 %r1, [%rd61], %r60, %r3;", 32},
      {"atom.global.exch.b32 %r1, [%rd61], %r60;", 31},
      {"red.global.add.noftz.f16x2 [%rd61], 0x3c004000;", 0x50005400u},
      {"atom.acq_rel.gpu.global.add.s32 %r1, [%rd61], -1;", 0xffffffe0u},
  };
  for (const Case& c : cases) {
    Outcome o = run(std::string(c.body) +
                    "\nbar.sync 0; ld.global.u64 %rd5, [%rd61]; "
                    "st.global.u64 [%rd60], %rd5;");
    CHECK(o.problem().empty(), "%s: %s", c.body, o.problem().c_str());
    if (o.problem().empty()) {
      CHECK(o.value(7) == c.wanted, "%s leaves 0x%" PRIx64, c.body, o.value(7));
    }
  }
  // Many blocks on several host threads, hence not checked: none is lost.
  Outcome o =
      run_module(module_around("red.global.add.u32 [%rd61], 1; membar.gl;"
                               "ld.volatile.global.u32 %r1, [%rd61]; st.global.u32 [%rd60], %r1;"),
                 256, 64, std::vector<uint8_t>(4096), 0, /*checked=*/false);
  CHECK(o.problem().empty(), "%s", o.problem().c_str());
  uint64_t top = 0;
  for (size_t t = 0; t < 256; ++t) top = std::max<uint64_t>(top, static_cast<uint32_t>(o.value(t)));
  CHECK(top == 256 * 64, "the counter ends at %" PRIu64, top);
}

static void variables() {
  const char* globals =
      ".global .align 4 .u32 table[4] = {10, 20, 30};\n"
      ".const .align 8 .f64 half = 0.5;\n"
      ".global .align 8 .u64 pointer = generic(table)+4;\n"
      ".global .align 1 .b8 text[] = {104, 105, 0};\n"
      ".global .align 8 .u64 functions[2] = {f1, f2};\n"
      ".global .u32 counter;\n"
      ".func (.param .b32 r) f1(.param .b32 x) { .reg .b32 %r<3>; ld.param.b32 %r1, [x];"
      " add.u32 %r2, %r1, 100; st.param.b32 [r], %r2; ret; }\n"
      ".func (.param .b32 r) f2(.param .b32 x) { .reg .b32 %r<3>; ld.param.b32 %r1, [x];"
      " mul.lo.u32 %r2, %r1, 3; st.param.b32 [r], %r2; ret; }\n"
      ".extern .shared .align 16 .b8 dynamic[];\n";
  Outcome o = run_module(
      module_around(
          "ld.global.u32 %r1, [table+8]; st.global.u32 [%rd60], %r1;\n"
          "ld.const.f64 %fd1, [half]; st.global.f64 [%rd60+8], %fd1;\n"
          "ld.global.u64 %rd1, [pointer]; ld.u32 %r2, [%rd1]; st.global.u32 [%rd60+16], %r2;\n"
          "mov.u64 %rd2, text; ld.global.u8 %r3, [%rd2+1]; st.global.u32 [%rd60+24], %r3;\n"
          // Even lanes call f1, odd lanes f2, through the table.
          "and.b32 %r4, %r60, 1; mul.wide.u32 %rd3, %r4, 8; mov.u64 %rd4, functions;\n"
          "add.u64 %rd3, %rd3, %rd4; ld.global.u64 %rd5, [%rd3];\n"
          "{ .param .b32 p0; .param .b32 r0; st.param.b32 [p0], %r60;\n"
          "proto: .callprototype (.param .b32 _) _ (.param .b32 _);\n"
          "call (r0), %rd5, (p0), proto; ld.param.b32 %r5, [r0]; }\n"
          "st.global.u32 [%rd60+32], %r5;\n"
          "ld.global.u32 %r6, [counter]; st.global.u32 [%rd60+40], %r6;\n"
          "mov.u32 %r7, dynamic; shl.b32 %r8, %r60, 2; add.u32 %r7, %r7, %r8;\n"
          "st.shared.u32 [%r7], %r60; ld.shared.u32 %r9, [%r7]; st.global.u32 [%rd60+48], %r9;\n"
          "ld.global.u32 %r10, [table+12]; st.global.u32 [%rd60+56], %r10;",
          globals),
      32, 1, std::vector<uint8_t>(64), 128);
  CHECK(o.problem().empty(), "%s", o.problem().c_str());
  if (!o.problem().empty()) return;
  for (uint32_t l = 0; l < 32; ++l) {
    auto low = [&](size_t i) { return static_cast<uint32_t>(o.value(l, i)); };
    CHECK(low(0) == 30 && low(7) == 0, "initialised array, rest zero");
    CHECK(o.value(l, 1) == bits_of(0.5), "constant");
    CHECK(low(2) == 20, "generic(table)+4");
    CHECK(low(3) == 105, "bytes");
    CHECK(low(4) == (l % 2 ? l * 3 : l + 100), "call through a table, lane %u: %u", l, low(4));
    CHECK(low(5) == 0, "a .global without initialiser is zero");
    CHECK(low(6) == l, "dynamic shared memory");
  }
}

int main() {
  load_patterns();
  extension_and_spaces();
  atomics();
  variables();
  return finish();
}

// Known answers, worked out by hand, of what a launch counts; the same for every seed, number of
// host threads and instruction set, with a checker and without.
#include "counts.h"
#include "engine_check.h"

using simgpu::ClassCount;
using simgpu::InstructionClass;
using simgpu::LaunchCounts;

static std::string with_shared(const std::string& body) {
  return module_around(body, ".shared .align 16 .b8 buffer[8192];\n");
}

static bool same(const LaunchCounts& a, const LaunchCounts& b) {
  return std::memcmp(&a, &b, sizeof a) == 0;  // 64-bit numbers alone
}
static_assert(sizeof(LaunchCounts) % sizeof(uint64_t) == 0, "no padding");

static LaunchCounts once(const std::string& ptx, uint32_t threads, uint32_t blocks, int host,
                         uint64_t seed, bool checked, int line,
                         std::vector<simgpu::LineCounts>* lines = nullptr) {
  Gpu gpu;
  auto module = simgpu::Module::load(ptx, gpu.device, gpu.memory);
  std::vector<uint8_t> zeros(1 << 17);
  LaunchCounts counts;
  simgpu::Launch launch;
  launch.kernel = module->kernel("k");
  launch.grid.x = blocks;
  launch.block.x = threads;
  launch.params =
      pack_params({gpu.put(zeros.data(), zeros.size()), gpu.put(zeros.data(), zeros.size())});
  launch.threads = host;
  launch.seed = seed;
  launch.counts = &counts;
  launch.lines = lines;
  if (checked) launch.checker = gpu.checker.get();
  auto fault = simgpu::execute(launch, gpu.memory);
  CHECK(!fault, "line %d: %s", line, fault ? fault->report.c_str() : "");
  return counts;
}

static LaunchCounts counts_of(const std::string& body, int line, uint32_t threads = 32,
                              uint32_t blocks = 1) {
  std::string ptx = with_shared(body);
  LaunchCounts first = once(ptx, threads, blocks, 1, 0, false, line);
  for (uint64_t seed : {uint64_t{1}, uint64_t{99}}) {
    for (int host : {1, 2}) {
      CHECK(same(first, once(ptx, threads, blocks, host, seed, false, line)),
            "line %d: other counts with seed %d on %d host threads", line, static_cast<int>(seed),
            host);
    }
  }
  CHECK(same(first, once(ptx, threads, blocks, 1, 1, true, line)),
        "line %d: other counts with a checker", line);
  return first;
}

#define COUNTS(...) counts_of(__VA_ARGS__)
#define EQUAL(got, wanted)                                                                   \
  do {                                                                                       \
    auto got_ = static_cast<uint64_t>(got);                                                  \
    auto wanted_ = static_cast<uint64_t>(wanted);                                            \
    CHECK(got_ == wanted_, "line %d: %s is %" PRIu64 ", not %" PRIu64, __LINE__, #got, got_, \
          wanted_);                                                                          \
  } while (false)
#define GLOBAL(traffic, requests_, sectors_, bytes_, distinct_) \
  do {                                                          \
    EQUAL(traffic.requests, requests_);                         \
    EQUAL(traffic.sectors, sectors_);                           \
    EQUAL(traffic.bytes, bytes_);                               \
    EQUAL(traffic.distinct_bytes, distinct_);                   \
  } while (false)
#define SHARED(traffic, requests_, wavefronts_, conflicts_) \
  do {                                                      \
    EQUAL(traffic.requests, requests_);                     \
    EQUAL(traffic.wavefronts, wavefronts_);                 \
    EQUAL(traffic.wavefronts - traffic.ideal, conflicts_);  \
  } while (false)

static ClassCount of(const LaunchCounts& counts, InstructionClass kind) {
  return counts.classes[static_cast<size_t>(kind)];
}

// %rd1 = in + thread * stride + offset.
static std::string at(int stride, int offset) {
  return "mul.wide.u32 %rd1, %r60, " + std::to_string(stride) +
         "; add.u64 %rd1, %rd1, %rd61; add.u64 %rd1, %rd1, " + std::to_string(offset) + ";\n";
}

static void global_loads() {
  LaunchCounts c = COUNTS(at(4, 0) + "ld.global.u32 %r1, [%rd1];", __LINE__);
  GLOBAL(c.global_load, 1, 4, 128, 128);  // 32 lanes x 4 bytes = 4 sectors
  c = COUNTS(at(4, 4) + "ld.global.u32 %r1, [%rd1];", __LINE__);
  GLOBAL(c.global_load, 1, 5, 128, 128);  // bytes 4 to 131: one sector more
  c = COUNTS(at(8, 0) + "ld.global.u32 %r1, [%rd1];", __LINE__);
  GLOBAL(c.global_load, 1, 8, 128, 128);  // every other word of 256 bytes
  c = COUNTS(at(128, 0) + "ld.global.u32 %r1, [%rd1];", __LINE__);
  GLOBAL(c.global_load, 1, 32, 128, 128);  // a sector a lane
  c = COUNTS(at(0, 0) + "ld.global.u32 %r1, [%rd1];", __LINE__);
  GLOBAL(c.global_load, 1, 1, 128, 4);  // broadcast
  c = COUNTS(at(8, 0) + "ld.global.u64 %rd2, [%rd1];", __LINE__);
  GLOBAL(c.global_load, 1, 8, 256, 256);
  c = COUNTS(at(16, 0) + "ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%rd1];", __LINE__);
  GLOBAL(c.global_load, 1, 16, 512, 512);
  c = COUNTS(at(1, 0) + "ld.global.u8 %r1, [%rd1];", __LINE__);
  GLOBAL(c.global_load, 1, 1, 32, 32);
  // Lanes in descending order: thread t reads word 31 - t.
  c = COUNTS(
      "sub.u32 %r1, 31, %r60; mul.wide.u32 %rd1, %r1, 4; add.u64 %rd1, %rd1, %rd61;"
      "ld.global.u32 %r1, [%rd1];",
      __LINE__);
  GLOBAL(c.global_load, 1, 4, 128, 128);
  // The low 8 lanes alone, under a guard.
  c = COUNTS("setp.lt.u32 %p1, %r60, 8;" + at(4, 0) + "@%p1 ld.global.u32 %r1, [%rd1];", __LINE__);
  GLOBAL(c.global_load, 1, 1, 32, 32);
  EQUAL(of(c, InstructionClass::kGlobalLoad).threads, 8);
  // Generic addresses count where they lead; constants and parameters are no global traffic.
  c = COUNTS(at(4, 0) + "ld.u32 %r1, [%rd1];", __LINE__);
  GLOBAL(c.global_load, 1, 4, 128, 128);
  EQUAL(of(c, InstructionClass::kParameter).warps, 2);
  EQUAL(c.global_store.requests, 0);
  // A load over its own address register.
  c = COUNTS(at(8, 0) + "ld.global.u64 %rd1, [%rd1];", __LINE__);
  GLOBAL(c.global_load, 1, 8, 256, 256);
  // Two warps and three blocks read the same words: requests add up, distinct bytes do not.
  c = COUNTS("and.b32 %r60, %r60, 31;" + at(4, 0) + "ld.global.u32 %r1, [%rd1];", __LINE__, 64, 3);
  GLOBAL(c.global_load, 6, 24, 768, 128);
}

static void global_stores_and_atomics() {
  // The results lie 64 bytes apart.
  LaunchCounts c = COUNTS("st.global.u32 [%rd60], 1;", __LINE__);
  GLOBAL(c.global_store, 1, 32, 128, 128);
  c = COUNTS("st.global.v2.u64 [%rd60], {%rd60, %rd61};", __LINE__);
  GLOBAL(c.global_store, 1, 32, 512, 512);
  EQUAL(c.global_load.requests, 0);
  c = COUNTS("red.global.add.u32 [%rd61], 1; atom.global.add.u32 %r1, [%rd60], 1;", __LINE__);
  GLOBAL(c.global_atomic, 2, 33, 256, 132);  // all lanes at one word, then one each
  EQUAL(of(c, InstructionClass::kAtomic).warps, 2);
  EQUAL(of(c, InstructionClass::kAtomic).threads, 64);
  c = COUNTS(
      "mov.u32 %r1, buffer; setp.eq.u32 %p1, %r60, 0; @%p1 st.shared.u32 [%r1], 0;"
      "bar.sync 0; red.shared.add.u32 [%r1], 1;",
      __LINE__);
  EQUAL(c.shared_atomic.requests, 1);
  EQUAL(c.shared_atomic.threads, 32);
  EQUAL(c.global_atomic.requests, 0);
}

// A shared store of `type` by every thread at stride * thread, of which the counts are asked.
static LaunchCounts shared_store(int stride, const char* operation, int line) {
  return counts_of("mov.u32 %r9, buffer; mul.lo.u32 %r1, %r60, " + std::to_string(stride) +
                       "; add.u32 %r1, %r1, %r9;\n" + operation,
                   line);
}

static void shared_memory() {
  const char* word = "st.shared.u32 [%r1], %r60;";
  SHARED(shared_store(4, word, __LINE__).shared_store, 1, 1, 0);
  SHARED(shared_store(8, word, __LINE__).shared_store, 1, 2, 1);      // lanes l and l + 16
  SHARED(shared_store(12, word, __LINE__).shared_store, 1, 1, 0);     // odd stride
  SHARED(shared_store(128, word, __LINE__).shared_store, 1, 32, 31);  // all in bank 0
  SHARED(shared_store(132, word, __LINE__).shared_store, 1, 1, 0);    // padded
  const char* wide = "st.shared.u64 [%r1], %rd60;";
  SHARED(shared_store(8, wide, __LINE__).shared_store, 1, 2, 0);   // two halves of the warp
  SHARED(shared_store(16, wide, __LINE__).shared_store, 1, 4, 2);  // each twice around the banks
  SHARED(shared_store(128, wide, __LINE__).shared_store, 1, 32, 30);
  const char* four = "st.shared.v4.u32 [%r1], {%r60, %r60, %r60, %r60};";
  SHARED(shared_store(16, four, __LINE__).shared_store, 1, 4, 0);  // four quarters
  SHARED(shared_store(32, four, __LINE__).shared_store, 1, 8, 4);
  SHARED(shared_store(128, four, __LINE__).shared_store, 1, 32, 28);
  SHARED(shared_store(1, "st.shared.u8 [%r1], %r60;", __LINE__).shared_store, 1, 1, 0);
  // Broadcast of a word, a pair of words each to half of the lanes, two words of one bank.
  std::string fill =
      "mov.u32 %r9, buffer; shl.b32 %r1, %r60, 2; add.u32 %r1, %r1, %r9;"
      "st.shared.u32 [%r1], 0; st.shared.u32 [%r1+128], 0; bar.sync 0;";
  LaunchCounts c = COUNTS(fill + "ld.shared.u32 %r2, [%r9];", __LINE__);
  SHARED(c.shared_load, 1, 1, 0);
  SHARED(c.shared_store, 2, 2, 0);
  EQUAL(of(c, InstructionClass::kBarrier).warps, 1);
  EQUAL(of(c, InstructionClass::kBarrier).threads, 32);
  c = COUNTS(fill +
                 "and.b32 %r3, %r60, 1; shl.b32 %r3, %r3, 7; add.u32 %r3, %r3, %r9;"
                 "ld.shared.u32 %r2, [%r3];",
             __LINE__);
  SHARED(c.shared_load, 1, 2, 1);
  c = COUNTS(fill + "ld.shared.u64 %rd2, [%r9];", __LINE__);
  SHARED(c.shared_load, 1, 2, 0);
  // The same through a generic address: no global traffic.
  c = COUNTS(fill + "cvt.u64.u32 %rd2, %r1; cvta.shared.u64 %rd3, %rd2; ld.u32 %r2, [%rd3];",
             __LINE__);
  SHARED(c.shared_load, 1, 1, 0);
  EQUAL(c.global_load.requests, 0);
}

// Lanes at one bank go one after another, at one word or at several. Each bank's words are set
// first.
static LaunchCounts shared_atomic(const std::string& address, const char* type, int line) {
  return counts_of(
      "mov.u32 %r9, buffer; shl.b32 %r1, %r60, 3; add.u32 %r1, %r1, %r9;\n"
      "st.shared.u64 [%r1], 0; bar.sync 0;\n" +
          address + "add.u32 %r2, %r2, %r9; mov.u64 %rd2, 1; mov.u32 %r3, 1;\n" + type,
      line);
}

static void shared_atomics() {
  const char* word = "red.shared.add.u32 [%r2], %r3;";
  const char* wide = "atom.shared.add.u64 %rd3, [%r2], %rd2;";
  SHARED(shared_atomic("mov.u32 %r2, 0;", word, __LINE__).shared_atomic, 1, 32, 31);
  SHARED(shared_atomic("shl.b32 %r2, %r60, 2;", word, __LINE__).shared_atomic, 1, 1, 0);
  SHARED(shared_atomic("shl.b32 %r2, %r60, 3;", word, __LINE__).shared_atomic, 1, 2, 1);
  // Even lanes at one word, odd ones at the next: 16 turns of each bank, at the same time.
  SHARED(shared_atomic("and.b32 %r2, %r60, 1; shl.b32 %r2, %r2, 2;", word, __LINE__).shared_atomic,
         1, 16, 15);
  // 64 bits: two halves of the warp.
  SHARED(shared_atomic("shl.b32 %r2, %r60, 3;", wide, __LINE__).shared_atomic, 1, 2, 0);
  SHARED(shared_atomic("mov.u32 %r2, 0;", wide, __LINE__).shared_atomic, 1, 32, 30);
  // Four lanes alone, under a guard.
  LaunchCounts c = shared_atomic("mov.u32 %r2, 0; setp.lt.u32 %p1, %r60, 4;",
                                 "@%p1 red.shared.add.u32 [%r2], %r3;", __LINE__);
  SHARED(c.shared_atomic, 1, 4, 3);
  EQUAL(c.shared_atomic.threads, 4);
}

static void source_lines() {
  std::string ptx = with_shared(
      ".file 1 \"lines.cu\"\n.loc 1 7 1\n" + at(8, 0) +
      "ld.global.u32 %r1, [%rd1];\n"
      ".loc 1 9 1\nmov.u32 %r9, buffer; setp.lt.u32 %p1, %r60, 8; shl.b32 %r2, %r60, 3;\n"
      "add.u32 %r2, %r2, %r9; @%p1 st.shared.u32 [%r2], %r1; st.shared.u32 [%r2], %r1;\n"
      ".loc 1 7 1\nadd.u32 %r3, %r1, %r1;");
  for (int host : {1, 2}) {
    std::vector<simgpu::LineCounts> lines;
    LaunchCounts all = once(ptx, 32, 3, host, 1, false, __LINE__, &lines);
    CHECK(lines.size() == 2, "%zu lines", lines.size());
    if (lines.size() != 2) return;
    // mul, add, add, ld; add and module_around's ret.
    CHECK(lines[0].file == "lines.cu" && lines[0].line == 7, "%s:%d", lines[0].file.c_str(),
          lines[0].line);
    EQUAL(lines[0].instructions.warps, 3 * 6);
    EQUAL(lines[0].instructions.threads, 3 * 6 * 32);
    EQUAL(lines[0].global_sectors, 3 * 8);
    EQUAL(lines[0].shared_wavefronts, 0);
    // Six instructions, one with 8 lanes; wavefronts 1 and 2.
    CHECK(lines[1].file == "lines.cu" && lines[1].line == 9, "%s:%d", lines[1].file.c_str(),
          lines[1].line);
    EQUAL(lines[1].instructions.warps, 3 * 6);
    EQUAL(lines[1].instructions.threads, 3 * (5 * 32 + 8));
    EQUAL(lines[1].global_sectors, 0);
    EQUAL(lines[1].shared_wavefronts, 3 * 3);
    EQUAL(lines[1].shared_conflicts, 3);
    // module_around's first five have no line.
    EQUAL(all.instructions().warps, 3 * (5 + 6 + 6));
  }
}

// A 32 x 32 tile: 8 warps write 4 rows each, then read columns. %r1 row, %r2 column.
static LaunchCounts transpose(int pitch, int line) {
  std::string step = std::to_string(pitch);
  std::string body = "mov.u32 %r9, buffer; shr.u32 %r1, %r60, 5; and.b32 %r2, %r60, 31;\n";
  for (int pass = 0; pass < 2; ++pass) {
    for (int i = 0; i < 4; ++i) {
      body += "add.u32 %r3, %r1, " + std::to_string(8 * i) + ";\n";
      body += pass == 0 ? "mad.lo.u32 %r4, %r3, " + step + ", %r2;\n"
                        : "mad.lo.u32 %r4, %r2, " + step + ", %r3;\n";
      body += "shl.b32 %r4, %r4, 2; add.u32 %r4, %r4, %r9;\n";
      body += pass == 0 ? "st.shared.u32 [%r4], %r60;\n" : "ld.shared.u32 %r5, [%r4];\n";
    }
    if (pass == 0) body += "bar.sync 0;\n";
  }
  return counts_of(body, line, 256);
}

static void transposes() {
  LaunchCounts plain = transpose(32, __LINE__);
  SHARED(plain.shared_store, 32, 32, 0);
  SHARED(plain.shared_load, 32, 32 * 32, 32 * 31);  // a column lies in one bank
  LaunchCounts padded = transpose(33, __LINE__);
  SHARED(padded.shared_store, 32, 32, 0);
  SHARED(padded.shared_load, 32, 32, 0);
  EQUAL(of(padded, InstructionClass::kBarrier).warps, 8);
  EQUAL(of(padded, InstructionClass::kBarrier).threads, 256);
}

static void arithmetic() {
  // module_around: mov, two parameters, mul.wide, add, and ret are 6 instructions.
  LaunchCounts none = COUNTS("", __LINE__);
  EQUAL(none.instructions().warps, 6);
  EQUAL(none.instructions().threads, 6 * 32);
  EQUAL(of(none, InstructionClass::kMove).warps, 1);
  EQUAL(of(none, InstructionClass::kParameter).warps, 2);
  EQUAL(of(none, InstructionClass::kInteger).warps, 2);
  EQUAL(of(none, InstructionClass::kControl).warps, 1);
  EQUAL(none.branches, 0);
  // mov, mov, then 10 times fma, add, setp, bra; 3 warps of 32 in each of 2 blocks.
  LaunchCounts loop = COUNTS(
      "mov.u32 %r1, 0; mov.f32 %f1, 0f3F800000;\n"
      "LOOP: fma.rn.f32 %f1, %f1, %f1, %f1; add.u32 %r1, %r1, 1;\n"
      "setp.lt.u32 %p1, %r1, 10; @%p1 bra LOOP;",
      __LINE__, 96, 2);
  EQUAL(of(loop, InstructionClass::kFloat).warps, 10 * 6);
  EQUAL(of(loop, InstructionClass::kFloat).threads, 10 * 192);
  EQUAL(loop.flops_single, 2 * 10 * 192);
  EQUAL(of(loop, InstructionClass::kMove).warps, 3 * 6);
  EQUAL(of(loop, InstructionClass::kInteger).warps, (2 + 20) * 6);
  EQUAL(of(loop, InstructionClass::kControl).warps, (1 + 10) * 6);
  EQUAL(loop.instructions().warps, (6 + 2 + 40) * 6);
  EQUAL(loop.branches, 10 * 6);
  EQUAL(loop.divergent_branches, 0);
  // A last warp with 8 threads: 40 threads in 2 warps.
  LaunchCounts part = COUNTS("add.f32 %f1, 0f3F800000, 0f3F800000;", __LINE__, 40);
  EQUAL(part.instructions().warps, 7 * 2);
  EQUAL(part.instructions().threads, 7 * 40);
  EQUAL(part.flops_single, 40);
  LaunchCounts kinds = COUNTS(
      "mov.b32 %r1, 0; mov.f64 %fd1, 0d3FF0000000000000; mov.f32 %f1, 0f3F800000;\n"
      "fma.rn.f64 %fd2, %fd1, %fd1, %fd1; mul.rn.f64 %fd2, %fd1, %fd1;\n"
      "fma.rn.f16x2 %r2, %r1, %r1, %r1; min.f32 %f2, %f1, %f1; rcp.approx.f32 %f3, %f1;\n"
      "cvt.rn.f16.f32 %h1, %f1; shfl.sync.bfly.b32 %r3, %r1, 1, 31, -1; bar.warp.sync -1;\n"
      "membar.gl; mad.lo.s32 %r4, %r1, %r1, %r1; selp.u32 %r5, 1, 0, %p1;\n"
      "@%p1 add.f32 %f2, %f1, %f1;",
      __LINE__);
  EQUAL(kinds.flops_double, 3 * 32);
  EQUAL(kinds.flops_half, 4 * 32);
  EQUAL(kinds.flops_single, 0);  // the guard holds for no lane
  EQUAL(of(kinds, InstructionClass::kDouble).warps, 2);
  EQUAL(of(kinds, InstructionClass::kHalf).warps, 1);
  EQUAL(of(kinds, InstructionClass::kFloat).warps, 1);
  EQUAL(of(kinds, InstructionClass::kSpecial).warps, 1);
  EQUAL(of(kinds, InstructionClass::kConvert).warps, 1);
  EQUAL(of(kinds, InstructionClass::kWarp).warps, 2);
  EQUAL(of(kinds, InstructionClass::kFence).warps, 1);
  EQUAL(of(kinds, InstructionClass::kMove).warps, 1 + 4);
  EQUAL(of(kinds, InstructionClass::kInteger).warps, 2 + 1);
}

static void divergence() {
  // Lanes 0 to 7 run 3 adds, the other 24 run 1; all meet for the last one.
  LaunchCounts c = COUNTS(
      "mov.f32 %f1, 0f3F800000; setp.lt.u32 %p1, %r60, 8; @%p1 bra FEW;\n"
      "add.f32 %f2, %f1, %f1; bra END;\n"
      "FEW: add.f32 %f2, %f1, %f1; add.f32 %f2, %f1, %f1; add.f32 %f2, %f1, %f1;\n"
      "END: add.f32 %f3, %f1, %f1;",
      __LINE__);
  EQUAL(of(c, InstructionClass::kFloat).warps, 1 + 3 + 1);
  EQUAL(of(c, InstructionClass::kFloat).threads, 24 + 3 * 8 + 32);
  EQUAL(c.branches, 1);
  EQUAL(c.divergent_branches, 1);
  EQUAL(of(c, InstructionClass::kControl).warps, 1 + 1 + 1);  // bra, bra, ret
  EQUAL(of(c, InstructionClass::kControl).threads, 32 + 24 + 32);
  // Lane l turns l + 1 times: 32 turns, 31 of whose branches part.
  c = COUNTS(
      "mov.u32 %r1, 0;\nLOOP: add.u32 %r1, %r1, 1; setp.le.u32 %p1, %r1, %r60;\n"
      "@%p1 bra LOOP;",
      __LINE__);
  EQUAL(c.branches, 32);
  EQUAL(c.divergent_branches, 31);
  EQUAL(of(c, InstructionClass::kInteger).warps, 2 + 2 * 32);
  EQUAL(of(c, InstructionClass::kInteger).threads, 2 * 32 + 2 * (32 * 33 / 2));
  // A guarded ret is one control instruction of the lanes that go; those that stay return later.
  c = COUNTS("setp.lt.u32 %p1, %r60, 8; @%p1 ret; add.f32 %f1, 0f3F800000, 0f3F800000;", __LINE__);
  EQUAL(of(c, InstructionClass::kControl).warps, 2);
  EQUAL(of(c, InstructionClass::kControl).threads, 32);
  EQUAL(of(c, InstructionClass::kFloat).threads, 24);
  EQUAL(c.divergent_branches, 1);
}

static void calls_and_local_memory() {
  std::string twice =
      ".func (.param .b32 y) twice(.param .b32 x) {\n.reg .b32 %a<3>;\n"
      ".local .align 4 .b8 keep[4];\n"
      "ld.param.u32 %a1, [x]; st.local.u32 [keep], %a1; ld.local.u32 %a2, [keep];\n"
      "add.u32 %a2, %a2, %a1; st.param.u32 [y], %a2; ret;\n}\n";
  std::string ptx = module_around(
      "{ .param .b32 a; .param .b32 b; st.param.u32 [a], %r60; call (b), twice, (a);\n"
      "ld.param.u32 %r1, [b]; }",
      twice);
  LaunchCounts c = once(ptx, 32, 1, 1, 0, false, __LINE__);
  EQUAL(of(c, InstructionClass::kLocalLoad).warps, 1);
  EQUAL(of(c, InstructionClass::kLocalStore).warps, 1);
  EQUAL(of(c, InstructionClass::kParameter).warps, 2 + 4);
  EQUAL(of(c, InstructionClass::kControl).warps, 3);  // call, ret, ret
  EQUAL(c.instructions().warps, 6 + 3 + 6);
  EQUAL(c.divergent_branches, 0);
}

int main() {
  global_loads();
  global_stores_and_atomics();
  shared_memory();
  shared_atomics();
  source_lines();
  transposes();
  arithmetic();
  divergence();
  calls_and_local_memory();
  return finish();
}

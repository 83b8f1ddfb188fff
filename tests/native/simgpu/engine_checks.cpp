// Faults planted in copies of kernels, each of which the checker must name; the kernels as they are
// must pass. Arguments: PTX of kernels/reduction.cu, from one compiler each.
// With SIMGPU_CHECK=0 the faults stay unseen, and this test fails.
#include <fstream>
#include <sstream>

#include "engine_check.h"

using simgpu::FaultKind;

// What the whole-warp paths must not miss or make up, with lanes together and apart.
static std::optional<simgpu::Fault> run(const std::string& ptx, uint32_t threads, uint32_t blocks,
                                        bool lanes_apart, const char* kernel = "k") {
  Gpu gpu;
  auto module = simgpu::Module::load(ptx, gpu.device, gpu.memory);
  std::vector<uint8_t> zeros(1 << 16);
  simgpu::Launch launch;
  launch.kernel = module->kernel(kernel);
  launch.grid.x = blocks;
  launch.block.x = threads;
  launch.params =
      pack_params({gpu.put(zeros.data(), zeros.size()), gpu.put(zeros.data(), zeros.size())});
  launch.params.resize(launch.kernel->info.param_bytes);
  launch.instruction_limit = 1 << 24;
  launch.checker = gpu.checker.get();
  launch.lanes_apart = lanes_apart;
  launch.seed = lanes_apart ? 7 : 0;
  return simgpu::execute(launch, gpu.memory);
}

static void expect(const std::optional<simgpu::Fault>& fault, FaultKind kind,
                   std::initializer_list<const char*> parts, int line) {
  CHECK(fault, "line %d: no fault", line);
  if (!fault) return;
  CHECK(fault->kind == kind, "line %d: another fault: %s", line, fault->report.c_str());
  for (const char* part : parts) {
    CHECK(fault->report.find(part) != std::string::npos, "line %d: '%s' is not in: %s", line, part,
          fault->report.c_str());
  }
}

static std::string with_shared(const std::string& body) {
  return module_around(body, ".shared .align 16 .b8 buffer[8192];\n");
}

static void caught(const std::string& body, FaultKind kind,
                   std::initializer_list<const char*> parts, int line, uint32_t threads = 64,
                   uint32_t blocks = 1) {
  for (bool apart : {false, true}) {
    expect(run(with_shared(body), threads, blocks, apart), kind, parts, line);
  }
}

static void passes(const std::string& body, int line, uint32_t threads = 64, uint32_t blocks = 1) {
  for (bool apart : {false, true}) {
    auto fault = run(with_shared(body), threads, blocks, apart);
    CHECK(!fault, "line %d: %s", line, fault ? fault->report.c_str() : "");
  }
}

#define CAUGHT(body, kind, parts, ...) caught(body, FaultKind::kind, parts, __LINE__, ##__VA_ARGS__)
#define PASSES(body, ...) passes(body, __LINE__, ##__VA_ARGS__)
#define PARTS(...) \
  { __VA_ARGS__ }

// %r1 is the shared address of the thread's word, %r2 that of its neighbour (rotated in the warp).
static const char* const kWords =
    "mov.u32 %r9, buffer; shl.b32 %r1, %r60, 2; add.u32 %r1, %r1, %r9;\n"
    "and.b32 %r3, %r60, 31; add.u32 %r4, %r3, 1; and.b32 %r4, %r4, 31; sub.u32 %r3, %r4, %r3;\n"
    "shl.b32 %r3, %r3, 2; add.u32 %r2, %r1, %r3;\n";

static void unwritten() {
  CAUGHT("mov.u32 %r1, buffer; ld.shared.u32 %r2, [%r1+64];", kUninitializedRead,
         PARTS("kernel 'k'", "PTX line", "uninitialized 4-byte read at shared address 0x40",
               "block (0, 0, 0)", "in this block"));
  CAUGHT(std::string(kWords) + "st.shared.u16 [%r1], 5; ld.shared.u32 %r5, [%r1];",
         kUninitializedRead, PARTS("its byte 2"));
  PASSES(std::string(kWords) +
         "st.shared.u16 [%r1], 5; st.shared.u8 [%r1+2], 5; st.shared.u8 [%r1+3], 5;"
         "ld.shared.u32 %r5, [%r1];");
  CAUGHT("{ .local .align 8 .b8 mine[16]; st.local.u32 [mine+4], 1; ld.local.u64 %rd1, [mine]; }",
         kUninitializedRead, PARTS("local address", "in this thread"));
  PASSES("{ .local .align 8 .b8 mine[16]; st.local.u64 [mine], 1; ld.local.u32 %r1, [mine+4]; }");
  // Masked: the odd lanes write, all read.
  CAUGHT(std::string(kWords) +
             "and.b32 %r5, %r60, 1; setp.eq.u32 %p1, %r5, 1; @%p1 st.shared.u32 [%r1], 1;"
             "ld.shared.u32 %r5, [%r1];",
         kUninitializedRead, PARTS("thread (", "shared"));
  // Global memory: what was copied there may be read, what was only allocated may not.
  for (uint64_t written : {0, 100, 256}) {
    Gpu gpu;
    auto module = simgpu::Module::load(
        module_around("shl.b32 %r1, %r60, 2; cvt.u64.u32 %rd1, %r1; add.u64 %rd1, %rd61, %rd1;"
                      "ld.global.u32 %r2, [%rd1];"),
        gpu.device, gpu.memory);
    uint64_t in = gpu.memory.allocate(256);
    if (gpu.checker != nullptr) CHECK(gpu.memory.first_unwritten(in, 256) == in, "fresh");
    gpu.memory.mark_written(in, written);
    simgpu::Launch launch;
    launch.kernel = module->kernel("k");
    launch.block.x = 64;
    launch.params = pack_params({in, in});
    launch.checker = gpu.checker.get();
    auto fault = simgpu::execute(launch, gpu.memory);
    if (written == 256) {
      CHECK(!fault, "%s", fault ? fault->report.c_str() : "");
    } else {
      expect(fault, FaultKind::kUninitializedRead,
             {"global address", "256-byte allocation",
              written == 0 ? "thread (0, 0, 0)" : "thread (25, 0, 0)"},
             __LINE__);
    }
  }
}

static void shared_races() {
  const std::string words = kWords;
  const std::string store =
      words + "st.shared.u32 [%r1], 0; bar.sync 0; st.shared.u32 [%r1], %r60;";
  const std::string neighbour = "ld.shared.u32 %r5, [%r2];";
  // A neighbour in the warp: a warp barrier or a block barrier orders, a shuffle does not.
  CAUGHT(store + neighbour, kRace, PARTS("race", "lanes of a warp", "4-byte"), 32);
  CAUGHT(store + "shfl.sync.idx.b32 %r6, %r60, 0, 31, -1;" + neighbour, kRace,
         PARTS("lanes of a warp"), 32);
  CAUGHT(store + "vote.sync.ballot.b32 %r6, %p1, -1;" + neighbour, kRace, PARTS("race"), 32);
  PASSES(store + "bar.warp.sync -1;" + neighbour);
  PASSES(store + "bar.sync 0;" + neighbour);
  // The read before the neighbour's write is as bad.
  CAUGHT(store + "bar.warp.sync -1;" + neighbour + "st.shared.u32 [%r1], 1;", kRace,
         PARTS("lanes of a warp"));
  PASSES(store + "bar.warp.sync -1;" + neighbour + "bar.warp.sync -1; st.shared.u32 [%r1], 1;");
  // A warp barrier of a half orders that half alone.
  PASSES(words +
             "setp.lt.u32 %p1, %r60, 16; @!%p1 bra END; st.shared.u32 [%r1], 1;"
             "bar.warp.sync 0xffff; xor.b32 %r7, %r1, 4; ld.shared.u32 %r5, [%r7];\nEND:",
         32);
  CAUGHT(words +
             "st.shared.u32 [%r1], 1; setp.lt.u32 %p1, %r60, 16; @!%p1 bra END;"
             "bar.warp.sync 0xffff; xor.b32 %r7, %r1, 64; ld.shared.u32 %r5, [%r7];\nEND:",
         kRace, PARTS("lanes of a warp"), 32);
  // Other warps.
  const std::string across = "xor.b32 %r7, %r1, 128; ld.shared.u32 %r5, [%r7];";
  CAUGHT(store + "bar.warp.sync -1;" + across, kRace, PARTS("no barrier"));
  CAUGHT(words +
             "st.shared.u32 [%r1], 1; bar.sync 0; xor.b32 %r7, %r1, 128;"
             "st.shared.u32 [%r7], 2;  bar.warp.sync -1; ld.shared.u32 %r5, [%r1];",
         kRace, PARTS("no barrier lies between them"));
  PASSES(store + "bar.sync 0;" + across + "bar.sync 0; st.shared.u32 [%r7], 2;");
  CAUGHT(store + "bar.sync 0;" + across + "st.shared.u32 [%r7], 2;bar.sync 0;" + across +
             "st.shared.u32 [%r1], 3;",
         kRace, PARTS("no barrier"));
  // All read one word, one writes it.
  const std::string one = words + "mov.u32 %r8, buffer; setp.eq.u32 %p1, %r60, 0;";
  PASSES(one +
         "@%p1 st.shared.u32 [%r8], 1; bar.sync 0; ld.shared.u32 %r5, [%r8]; bar.sync 0;"
         "@%p1 st.shared.u32 [%r8], 2;");
  CAUGHT(one +
             "@%p1 st.shared.u32 [%r8], 1; bar.sync 0; ld.shared.u32 %r5, [%r8];"
             "@%p1 st.shared.u32 [%r8], 2;",
         kRace, PARTS("shared address 0x0"));
  CAUGHT(one + "st.shared.u32 [%r8], %r60;", kRace, PARTS("the write by thread"));
  // Bytes of one word belong to different threads; a word that covers them conflicts.
  const std::string bytes = "mov.u32 %r8, buffer; add.u32 %r7, %r8, %r60; st.shared.u8 [%r7], 1;";
  PASSES(bytes + "ld.shared.u8 %r5, [%r7];");
  CAUGHT(bytes +
             "and.b32 %r6, %r60, 0xfc; add.u32 %r6, %r6, %r8; bar.warp.sync -1;"
             "st.shared.u32 [%r6], 1;",
         kRace, PARTS("4-byte write"));
  // Atomics conflict with what is none.
  const std::string zero = one + "@%p1 st.shared.u32 [%r8], 0; bar.sync 0;";
  PASSES(zero +
         "atom.shared.add.u32 %r5, [%r8], 1; red.shared.add.u32 [%r8], 1;"
         "ld.volatile.shared.u32 %r5, [%r8];");
  CAUGHT(zero + "red.shared.add.u32 [%r8], 1; ld.shared.u32 %r5, [%r8];", kRace,
         PARTS("ld.shared.u32"));
  // A barrier for a part of the block orders that part.
  const std::string part =
      words +
      "st.shared.u32 [%r1], 0; bar.sync 0; setp.ge.u32 %p1, %r60, 64; @%p1 bra END;"
      "st.shared.u32 [%r1], 1; bar.sync 1, 64; xor.b32 %r7, %r1, 128;"
      "ld.shared.u32 %r5, [%r7];\nEND:\n";
  PASSES(part, 96);
  CAUGHT(part + "mov.u32 %r8, buffer; ld.shared.u32 %r5, [%r8];", kRace, PARTS("no barrier"), 96);
}

static void global_races() {
  // %rd1: the input, %rd2: a flag; %p1: thread 0, %p2: block 0.
  const std::string begin =
      "ld.param.u64 %rd1, [in]; ld.param.u64 %rd2, [out]; setp.eq.u32 %p1, %r60, 0;"
      "mov.u32 %r50, %ctaid.x; setp.eq.u32 %p2, %r50, 0;\n";
  CAUGHT(begin + "st.global.u32 [%rd1], %r50;", kRace,
         PARTS("blocks of a launch", "the write by thread (0, 0, 0) of block (0, 0, 0)"), 1, 2);
  CAUGHT(begin + "@%p2 st.global.u32 [%rd1], 1; ld.global.u32 %r1, [%rd1];", kRace,
         PARTS("global address"), 1, 3);
  CAUGHT(begin + "@!%p2 st.global.u32 [%rd1], 1; @%p2 ld.global.u32 %r1, [%rd1];", kRace,
         PARTS("the read by thread (0, 0, 0) of block (0, 0, 0)"), 1, 2);
  PASSES(begin + "ld.global.u32 %r1, [%rd1]; red.global.add.u32 [%rd2], 1;", 64, 4);
  CAUGHT(begin + "st.global.u32 [%rd1], 1;", kRace, PARTS("lanes of a warp"), 2);
  // Block 0 hands data to the others through a flag. Each of the fences is needed, and the scope.
  auto hand_over = [&](const std::string& release, const std::string& acquire,
                       const std::string& flag) {
    return begin + "@!%p2 bra WAIT; st.global.u32 [%rd1], 7;" + release + "atom" + flag +
           "exch.b32 %r1, [%rd2], 1; bra END;\nWAIT: atom" + flag +
           "add.u32 %r1, [%rd2], 0; setp.eq.u32 %p3, %r1, 0; @%p3 bra WAIT;" + acquire +
           "ld.global.u32 %r2, [%rd1];\nEND:";
  };
  const std::string gpu = ".global.", block = ".cta.global.";
  PASSES(hand_over("membar.gl;", "membar.gl;", gpu), 1, 3);
  PASSES(hand_over("fence.acq_rel.gpu;", "fence.acq_rel.sys;", gpu), 1, 3);
  CAUGHT(hand_over("", "membar.gl;", gpu), kRace, PARTS("fences with atomics"), 1, 3);
  CAUGHT(hand_over("membar.gl;", "", gpu), kRace, PARTS("fences with atomics"), 1, 3);
  CAUGHT(hand_over("membar.cta;", "membar.gl;", gpu), kRace, PARTS("race"), 1, 3);
  CAUGHT(hand_over("membar.gl;", "membar.cta;", gpu), kRace, PARTS("race"), 1, 3);
  CAUGHT(hand_over("membar.gl;", "membar.gl;", block), kRace, PARTS("race"), 1, 3);
  // Release and acquire as qualifiers.
  PASSES(begin +
             "@!%p2 bra WAIT; st.global.u32 [%rd1], 7; st.release.gpu.global.u32 [%rd2], 1;"
             "bra END;\nWAIT: ld.acquire.gpu.global.u32 %r1, [%rd2]; setp.eq.u32 %p3, %r1, 0;"
             "@%p3 bra WAIT; ld.global.u32 %r2, [%rd1];\nEND:",
         1, 3);
  // Data read through .nc may not change, whoever writes it.
  CAUGHT(begin + "@%p1 ld.global.nc.u32 %r1, [%rd1]; @%p1 st.global.u32 [%rd1], 1;",
         kReadOnlyWritten, PARTS("reads through .nc", "ld.global.nc.u32"), 1);
  CAUGHT(begin + "@%p1 st.global.u32 [%rd1], 1; @%p1 ld.global.nc.u32 %r1, [%rd1];",
         kReadOnlyWritten, PARTS("through .nc of what this launch wrote"), 1);
  PASSES(begin + "ld.global.nc.u32 %r1, [%rd1]; ld.global.nc.u32 %r1, [%rd1+4];", 64, 2);
}

// ---- the sum of kernels/reduction.cu: partial sums, a fence, a ticket; the last block adds

// The PTX without the n-th line (from 0) of the kernel that holds `instruction`.
static std::string without(const std::string& ptx, const std::string& kernel,
                           std::initializer_list<const char*> instructions, int n) {
  size_t at = ptx.find(".entry " + kernel + "(");
  CHECK(at != std::string::npos, "no kernel %s", kernel.c_str());
  while (at != std::string::npos && at < ptx.size()) {
    size_t end = ptx.find('\n', at);
    std::string line = ptx.substr(at, end - at);
    for (const char* instruction : instructions) {
      if (line.find(instruction) == std::string::npos || n-- != 0) continue;
      return ptx.substr(0, at) + "//" + ptx.substr(at);
    }
    if (end == std::string::npos) break;
    at = end + 1;
  }
  CHECK(false, "the kernel has too few such lines");
  return ptx;
}

static std::optional<simgpu::Fault> sum(const std::string& ptx, uint64_t seed, bool apart,
                                        uint64_t unwritten = 0) {
  constexpr uint64_t kBlocks = 5, n = 4 * 16384 + 100;
  Gpu gpu;
  auto module = simgpu::Module::load(ptx, gpu.device, gpu.memory);
  std::vector<float> x(n, 0.5f);
  uint32_t ticket = 0;
  uint64_t result = gpu.memory.allocate(4), input = gpu.memory.allocate(n * 4);
  std::memcpy(gpu.memory.host(input), x.data(), n * 4);
  gpu.memory.mark_written(input, n * 4 - unwritten);
  simgpu::Launch launch;
  launch.kernel = module->kernel("sum");
  launch.grid.x = kBlocks;
  launch.block.x = 256;
  launch.params =
      pack_params({result, input, gpu.memory.allocate(kBlocks * 8), gpu.put(&ticket, 4), n});
  launch.seed = seed;
  launch.instruction_limit = 1 << 24;
  launch.checker = gpu.checker.get();
  launch.lanes_apart = apart;
  auto fault = simgpu::execute(launch, gpu.memory);
  if (!fault) {
    CHECK(gpu.get<float>(result, 1)[0] == static_cast<float>(n) * 0.5f, "the sum");
  }
  return fault;
}

static void ticket_reduction(const std::string& ptx) {
  std::initializer_list<const char*> fences = {"membar.gl", "fence.acq_rel.gpu", "fence.sc.gpu"};
  for (uint64_t seed : {0, 1, 2, 3}) {
    bool apart = seed == 3;
    auto fault = sum(ptx, seed, apart);
    CHECK(!fault, "%s", fault ? fault->report.c_str() : "");
    expect(sum(without(ptx, "sum", fences, 0), seed, apart), FaultKind::kRace,
           {"kernel 'sum'", "reduction.cu:", "blocks of a launch", "ld.global", "st.global"},
           __LINE__);
    expect(sum(without(ptx, "sum", fences, 1), seed, apart), FaultKind::kRace,
           {"kernel 'sum'", "blocks of a launch"}, __LINE__);
    // Without the first barrier of the tree in shared memory, some order of warps reads first.
    auto early = sum(without(ptx, "sum", {"bar.sync"}, 0), seed, apart);
    CHECK(early && early->report.find("shared address") != std::string::npos &&
              early->kind != FaultKind::kTimeout,
          "%s", early ? early->report.c_str() : "no fault");
    for (int barrier : {1, 5}) {
      expect(sum(without(ptx, "sum", {"bar.sync"}, barrier), seed, apart), FaultKind::kRace,
             {"kernel 'sum'", "shared address"}, __LINE__);
    }
    expect(sum(without(ptx, "sum", {"st.shared"}, 0), seed, apart), FaultKind::kUninitializedRead,
           {"kernel 'sum'", "shared address"}, __LINE__);
    expect(sum(ptx, seed, apart, 4), FaultKind::kUninitializedRead,
           {"kernel 'sum'", "global address", "4-byte read"}, __LINE__);
  }
}

int main(int count, char** arguments) {
  unwritten();
  shared_races();
  global_races();
  for (int i = 1; i < count; ++i) {
    std::ifstream file(arguments[i]);
    std::stringstream text;
    text << file.rdbuf();
    CHECK(file, "%s cannot be read", arguments[i]);
    ticket_reduction(text.str());
  }
  return finish();
}

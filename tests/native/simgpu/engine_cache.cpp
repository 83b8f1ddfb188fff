// Known answers, worked out by hand, of the L2 model: the cache alone, then launches through it.
#include "counts.h"
#include "engine_check.h"

using simgpu::L2Cache;

#define EQUAL(got, wanted)                                                                   \
  do {                                                                                       \
    auto got_ = static_cast<uint64_t>(got);                                                  \
    auto wanted_ = static_cast<uint64_t>(wanted);                                            \
    CHECK(got_ == wanted_, "line %d: %s is %" PRIu64 ", not %" PRIu64, __LINE__, #got, got_, \
          wanted_);                                                                          \
  } while (false)
#define TRAFFIC(cache, read_, written_, dirty_)     \
  do {                                              \
    EQUAL((cache).traffic().read_bytes, read_);     \
    EQUAL((cache).traffic().write_bytes, written_); \
    EQUAL((cache).dirty_bytes(), dirty_);           \
  } while (false)

constexpr uint32_t kAll = 15, kNone = 0;

static void read_lines(L2Cache& cache, uint64_t first, uint64_t count) {
  for (uint64_t line = first; line < first + count; ++line) cache.access(line * 128, kAll, kNone);
}

static void write_lines(L2Cache& cache, uint64_t first, uint64_t count) {
  for (uint64_t line = first; line < first + count; ++line) cache.access(line * 128, kNone, kAll);
}

static void reads() {
  L2Cache cache(4096);  // 2 sets of 16 lines: even lines in one, odd ones in the other
  read_lines(cache, 0, 64);
  TRAFFIC(cache, 64 * 128, 0, 0);  // streaming: every line once
  read_lines(cache, 0, 64);
  TRAFFIC(cache, 2 * 64 * 128, 0, 0);  // none of them was kept
  L2Cache fits(4096);
  for (int pass = 0; pass < 3; ++pass) read_lines(fits, 100, 32);
  TRAFFIC(fits, 32 * 128, 0, 0);
  L2Cache thrashes(4096);  // one line too many in the even set alone
  for (int pass = 0; pass < 3; ++pass) read_lines(thrashes, 100, 33);
  TRAFFIC(thrashes, (16 + 3 * 17) * 128, 0, 0);
  L2Cache rounded(6143);  // whole sets: 2
  for (int pass = 0; pass < 2; ++pass) read_lines(rounded, 0, 32);
  TRAFFIC(rounded, 32 * 128, 0, 0);
  L2Cache least(1);  // one set
  for (int pass = 0; pass < 2; ++pass) read_lines(least, 0, 16);
  TRAFFIC(least, 16 * 128, 0, 0);
}

static void the_least_recently_used_line_leaves() {
  L2Cache cache(2048);
  read_lines(cache, 0, 16);
  read_lines(cache, 0, 1);   // now line 1 is the oldest
  read_lines(cache, 16, 1);  // and leaves
  TRAFFIC(cache, 17 * 128, 0, 0);
  read_lines(cache, 0, 1);
  read_lines(cache, 2, 15);
  TRAFFIC(cache, 17 * 128, 0, 0);  // all of these are there
  read_lines(cache, 1, 1);
  TRAFFIC(cache, 18 * 128, 0, 0);
}

static void sectors() {
  L2Cache cache(2048);
  cache.access(0, 1, kNone);
  cache.access(0, 1 | 4, kNone);
  TRAFFIC(cache, 64, 0, 0);
  cache.access(96, kAll, kNone);  // any address of the line names it
  TRAFFIC(cache, 128, 0, 0);
}

static void writes_go_back_when_their_line_leaves() {
  L2Cache cache(2048);
  write_lines(cache, 0, 16);
  TRAFFIC(cache, 0, 0, 16 * 128);
  write_lines(cache, 15, 1);  // the same line again costs nothing
  read_lines(cache, 15, 1);   // and is read from the cache
  TRAFFIC(cache, 0, 0, 16 * 128);
  read_lines(cache, 16, 1);  // line 0 leaves
  TRAFFIC(cache, 128, 128, 15 * 128);
  read_lines(cache, 17, 16);
  TRAFFIC(cache, 17 * 128, 16 * 128, 0);
  cache.access(17 * 128, kNone, 2);  // one sector of a line that was read
  read_lines(cache, 40, 16);
  TRAFFIC(cache, 33 * 128, 16 * 128 + 32, 0);
  cache.access(0, 1, 1);  // a sector written in part is read first
  TRAFFIC(cache, 33 * 128 + 32, 16 * 128 + 32, 32);
  cache.clear();
  TRAFFIC(cache, 33 * 128 + 32, 16 * 128 + 32, 0);
  cache.access(0, 1, kNone);
  TRAFFIC(cache, 33 * 128 + 64, 16 * 128 + 32, 0);
}

static void what_is_discarded_does_not_go_back() {
  L2Cache cache(2048);
  write_lines(cache, 0, 16);
  for (uint64_t line = 4; line < 12; ++line) cache.discard(line * 128 + 96);
  TRAFFIC(cache, 0, 0, 8 * 128);
  cache.discard(77 * 128);   // which is not there
  read_lines(cache, 20, 8);  // takes the places that are free
  TRAFFIC(cache, 8 * 128, 0, 8 * 128);
  read_lines(cache, 4, 1);  // has to be read again, and line 0 leaves
  TRAFFIC(cache, 9 * 128, 128, 7 * 128);
}

// --- Launches ------------------------------------------------------------------------------------

struct Setting {
  uint64_t seed = 1;
  int host = 2;
  bool checked = false;
};

static simgpu::DramTraffic run(const std::string& body, L2Cache& cache, uint32_t threads,
                               uint32_t blocks, const Setting& setting, int launches = 1) {
  Gpu gpu;
  auto module = simgpu::Module::load(module_around(body), gpu.device, gpu.memory);
  std::vector<uint8_t> zeros(1 << 16);
  simgpu::LaunchCounts counts;
  simgpu::Launch launch;
  launch.kernel = module->kernel("k");
  launch.grid.x = blocks;
  launch.block.x = threads;
  launch.params =
      pack_params({gpu.put(zeros.data(), zeros.size()), gpu.put(zeros.data(), zeros.size())});
  launch.seed = setting.seed;
  launch.threads = setting.host;
  launch.counts = &counts;
  launch.cache = &cache;
  if (setting.checked) launch.checker = gpu.checker.get();
  for (int i = 0; i < launches; ++i) {
    auto fault = simgpu::execute(launch, gpu.memory);
    CHECK(!fault, "%s", fault ? fault->report.c_str() : "");
  }
  return counts.dram;  // of the last
}

// One warp, twice: what the first launch reads and leaves dirty; the second finds it all there.
static void warp(const std::string& body, uint64_t read, uint64_t dirty, int line) {
  L2Cache first(1 << 16);
  simgpu::DramTraffic dram = run(body, first, 32, 1, {});
  CHECK(dram.read_bytes == read, "line %d: %" PRIu64 " bytes read", line, dram.read_bytes);
  CHECK(dram.write_bytes == 0, "line %d: %" PRIu64 " bytes written", line, dram.write_bytes);
  CHECK(first.dirty_bytes() == dirty, "line %d: %" PRIu64 " bytes dirty", line,
        first.dirty_bytes());
  L2Cache kept(1 << 16);
  dram = run(body, kept, 32, 1, {}, 2);
  CHECK(dram.read_bytes == 0 && dram.write_bytes == 0, "line %d: a second launch misses", line);
  CHECK(kept.dirty_bytes() == dirty, "line %d: other dirty bytes after two launches", line);
}

// %rd1 = in + thread * stride.
static std::string at(int stride) {
  return "mul.wide.u32 %rd1, %r60, " + std::to_string(stride) + "; add.u64 %rd1, %rd1, %rd61;\n";
}

static void requests() {
  warp(at(4) + "ld.global.u32 %r1, [%rd1];", 128, 0, __LINE__);
  warp(at(0) + "ld.global.u32 %r1, [%rd1];", 32, 0, __LINE__);
  warp(at(128) + "ld.global.u32 %r1, [%rd1];", 32 * 32, 0, __LINE__);
  warp(at(4) + "ld.u32 %r1, [%rd1];", 128, 0, __LINE__);  // generic
  // 16 bytes a lane fill whole sectors: nothing is read.
  warp(at(16) + "st.global.v4.u32 [%rd1], {%r60, %r60, %r60, %r60};", 0, 512, __LINE__);
  warp(at(4) + "st.global.u32 [%rd1], %r60;", 0, 128, __LINE__);
  warp(at(64) + "st.global.u32 [%rd1], %r60;", 32 * 32, 32 * 32, __LINE__);  // in part
  // Two stores of 64 bits fill no sector at once.
  warp(at(16) + "st.global.u64 [%rd1], %rd60; st.global.u64 [%rd1+8], %rd60;", 512, 512, __LINE__);
  warp("red.global.add.u32 [%rd61], 1;", 32, 32, __LINE__);
  warp(at(4) + "red.global.add.u32 [%rd1], 1;", 128, 128, __LINE__);  // whole sectors, yet read
  warp("mov.u32 %r1, %tid.x;", 0, 0, __LINE__);
  // Four lines of whole sectors, of which two are discarded.
  warp(at(16) +
           "st.global.v4.u32 [%rd1], {%r60, %r60, %r60, %r60}; bar.warp.sync -1;\n"
           "setp.eq.u32 %p1, %r60, 0;\n"
           "@%p1 discard.global.L2 [%rd61], 128; @%p1 discard.L2 [%rd61+256], 128;",
       0, 256, __LINE__);
}

// Block b reads lines b and b + 1: in ascending order a cache of 16 lines meets each line again.
static void order_is_fixed() {
  const char* body =
      "mov.u32 %r1, %ctaid.x; shl.b32 %r2, %r1, 5; add.u32 %r2, %r2, %r60;\n"
      "mul.wide.u32 %rd1, %r2, 4; add.u64 %rd1, %rd1, %rd61;\n"
      "ld.global.u32 %r3, [%rd1]; ld.global.u32 %r4, [%rd1+128];";
  for (bool checked : {false, true}) {
    for (uint64_t seed : {uint64_t{0}, uint64_t{1}, uint64_t{99}}) {
      for (int host : {1, 2}) {
        L2Cache cache(2048);
        simgpu::DramTraffic dram = run(body, cache, 32, 100, {seed, host, checked});
        EQUAL(dram.read_bytes, 101 * 128);
      }
    }
  }
  // Eight warps of a block, ascending: each line twice, in a cache of 16.
  const char* warps =
      "mul.wide.u32 %rd1, %r60, 4; add.u64 %rd1, %rd1, %rd61;\n"
      "ld.global.u32 %r3, [%rd1]; ld.global.u32 %r4, [%rd1+128];";
  L2Cache cache(2048);
  EQUAL(run(warps, cache, 256, 1, {99, 2, false}).read_bytes, 9 * 128);
}

int main() {
  reads();
  the_least_recently_used_line_leaves();
  sectors();
  writes_go_back_when_their_line_leaves();
  what_is_discarded_does_not_go_back();
  requests();
  order_is_fixed();
  return finish();
}

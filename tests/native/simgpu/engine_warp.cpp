// Operations of a warp, divergence, barriers, calls.
#include "engine_check.h"

static uint32_t low(const Outcome& o, size_t thread, size_t index = 0) {
  return static_cast<uint32_t>(o.value(thread, index));
}

// Runs a body that leaves its result in %r0 and compares each lane.
template <class F>
static void each_lane(const char* body, F wanted, uint32_t threads = 32) {
  Outcome o =
      run_module(module_around(std::string(body) + "\nst.global.u32 [%rd60], %r0;"), threads);
  CHECK(o.problem().empty(), "%s\n%s", body, o.problem().c_str());
  for (uint32_t t = 0; t < threads && o.problem().empty(); ++t) {
    uint32_t w = wanted(t);
    CHECK(low(o, t) == w, "thread %u: %u, not %u\n%s", t, low(o, t), w, body);
  }
}

static void shuffles() {
  each_lane("shfl.sync.bfly.b32 %r0, %r60, 1, 31, -1;", [](uint32_t l) { return l ^ 1; });
  each_lane("shfl.sync.idx.b32 %r0, %r60, 7, 31, -1;", [](uint32_t) { return 7u; });
  each_lane("shfl.sync.down.b32 %r0, %r60, 4, 31, -1;",
            [](uint32_t l) { return l + 4 < 32 ? l + 4 : l; });
  each_lane("shfl.sync.up.b32 %r0, %r60, 3, 0, -1;", [](uint32_t l) { return l >= 3 ? l - 3 : l; });
  // Width 8: the segment mask is 24, so c is 0x181f.
  each_lane("shfl.sync.down.b32 %r0, %r60, 2, 0x181f, -1;",
            [](uint32_t l) { return l % 8 + 2 < 8 ? l + 2 : l; });
  each_lane("shfl.sync.idx.b32 %r0, %r60, 1, 0x181f, -1;",
            [](uint32_t l) { return l / 8 * 8 + 1; });
  each_lane("shfl.sync.up.b32 %r1|%p1, %r60, 3, 0, -1; selp.u32 %r0, 1, 0, %p1;",
            [](uint32_t l) { return l >= 3 ? 1u : 0u; });
  // A different source for each lane.
  each_lane("sub.u32 %r1, 31, %r60; shfl.sync.idx.b32 %r0, %r60, %r1, 31, 0xffffffff;",
            [](uint32_t l) { return 31 - l; });
}

static void votes() {
  each_lane("setp.lt.u32 %p1, %r60, 5; vote.sync.ballot.b32 %r0, %p1, -1;",
            [](uint32_t) { return 31u; });
  each_lane("setp.lt.u32 %p1, %r60, 40; vote.sync.all.pred %p2, %p1, -1; selp.u32 %r0, 1, 0, %p2;",
            [](uint32_t) { return 1u; });
  each_lane("setp.eq.u32 %p1, %r60, 9; vote.sync.any.pred %p2, %p1, -1; selp.u32 %r0, 1, 0, %p2;",
            [](uint32_t) { return 1u; });
  each_lane("setp.eq.u32 %p1, %r60, 9; vote.sync.uni.pred %p2, %p1, -1; selp.u32 %r0, 1, 0, %p2;",
            [](uint32_t) { return 0u; });
  each_lane("setp.lt.u32 %p1, %r60, 5; vote.sync.all.pred %p2, !%p1, -1; selp.u32 %r0, 1, 0, %p2;",
            [](uint32_t) { return 0u; });
  each_lane("and.b32 %r1, %r60, 3; match.any.sync.b32 %r0, %r1, -1;",
            [](uint32_t l) { return 0x11111111u << (l & 3); });
  each_lane("match.all.sync.b32 %r1|%p1, 5, -1; selp.u32 %r0, %r1, 0, %p1;",
            [](uint32_t) { return 0xffffffffu; });
  each_lane("match.all.sync.b32 %r0|%p1, %r60, -1;", [](uint32_t) { return 0u; });
  each_lane("cvt.u64.u32 %rd1, %r60; shr.u64 %rd1, %rd1, 4; match.any.sync.b64 %r0, %rd1, -1;",
            [](uint32_t l) { return l < 16 ? 0xffffu : 0xffff0000u; });
  each_lane("redux.sync.add.u32 %r0, %r60, -1;", [](uint32_t) { return 496u; });
  each_lane("neg.s32 %r1, %r60; redux.sync.min.s32 %r0, %r1, -1;",
            [](uint32_t) { return static_cast<uint32_t>(-31); });
  each_lane("neg.s32 %r1, %r60; redux.sync.max.u32 %r0, %r1, -1;",
            [](uint32_t) { return 0xffffffffu; });
  each_lane("redux.sync.or.b32 %r0, %r60, -1;", [](uint32_t) { return 31u; });
  each_lane(
      "activemask.b32 %r0;", [](uint32_t l) { return l < 32 ? 0xffffffffu : 0xffu; }, 40);
  each_lane("mov.u32 %r0, %lanemask_lt;", [](uint32_t l) { return (1u << l) - 1; });
  each_lane("mov.u32 %r0, %lanemask_ge;", [](uint32_t l) { return ~((1u << l) - 1); });
}

static void divergence() {
  // Both arms shuffle: they meet by operation and mask.
  each_lane(
      "setp.lt.u32 %p1, %r60, 16;\n@%p1 bra LOW;\n"
      "shfl.sync.bfly.b32 %r0, %r60, 16, 31, -1; add.u32 %r0, %r0, 1000; bra DONE;\n"
      "LOW: shfl.sync.bfly.b32 %r0, %r60, 16, 31, -1; add.u32 %r0, %r0, 2000;\nDONE:",
      [](uint32_t l) { return (l ^ 16) + (l < 16 ? 2000 : 1000); });
  // Groups with masks of their own at one instruction.
  each_lane(
      "and.b32 %r1, %r60, 1; setp.eq.u32 %p1, %r1, 1; selp.b32 %r2, 0xaaaaaaaa, 0x55555555, %p1;"
      "redux.sync.add.u32 %r0, %r60, %r2;",
      [](uint32_t l) { return l % 2 ? 256u : 240u; });
  // Loops with a trip count for each lane: all lanes are together again behind them.
  each_lane(
      "mov.u32 %r0, 0; mov.u32 %r1, 0;\n"
      "LOOP: add.u32 %r0, %r0, %r1; add.u32 %r1, %r1, 1; setp.le.u32 %p1, %r1, %r60;\n"
      "@%p1 bra LOOP;\nactivemask.b32 %r2; setp.ne.u32 %p2, %r2, -1; @%p2 trap;",
      [](uint32_t l) { return l * (l + 1) / 2; });
  // Nested loops and a branch inside; together at the end of each outer turn.
  each_lane(
      "mov.u32 %r0, 0; mov.u32 %r1, 0;\n"
      "OUTER: mov.u32 %r2, 0; and.b32 %r5, %r60, 3;\n"
      "INNER: and.b32 %r3, %r2, 1; setp.eq.u32 %p1, %r3, 0; @%p1 bra EVEN;\n"
      "add.u32 %r0, %r0, 10; bra NEXT;\nEVEN: add.u32 %r0, %r0, 1;\n"
      "NEXT: add.u32 %r2, %r2, 1; setp.le.u32 %p2, %r2, %r5; @%p2 bra INNER;\n"
      "activemask.b32 %r4; setp.ne.u32 %p3, %r4, -1; @%p3 trap;\n"
      "add.u32 %r1, %r1, 1; setp.lt.u32 %p4, %r1, 3; @%p4 bra OUTER;",
      [](uint32_t l) {
        uint32_t one = 0;
        for (uint32_t i = 0; i <= (l & 3); ++i) one += i % 2 ? 10 : 1;
        return 3 * one;
      });
  // A branch table.
  each_lane(
      "and.b32 %r1, %r60, 3;\nts: .branchtargets A, B, C, A;\nbrx.idx %r1, ts;\n"
      "A: mov.u32 %r0, 1; bra E;\nB: mov.u32 %r0, 2; bra E;\nC: mov.u32 %r0, 3;\nE:",
      [](uint32_t l) { return l % 4 == 1   ? 2u
                              : l % 4 == 2 ? 3u
                                           : 1u; });
  // A lock that the lanes of a warp take from one another.
  each_lane(
      "mov.u32 %r0, 0; mov.u32 %r1, 0;\n"
      "TRY: atom.global.cas.b32 %r2, [%rd61], 0, 1; setp.ne.u32 %p1, %r2, 0; @%p1 bra TRY;\n"
      "ld.volatile.global.u32 %r3, [%rd61+4]; add.u32 %r3, %r3, 1;\n"
      "st.volatile.global.u32 [%rd61+4], %r3; membar.gl; atom.global.exch.b32 %r4, [%rd61], 0;\n"
      "bar.warp.sync -1; ld.volatile.global.u32 %r0, [%rd61+4];",
      [](uint32_t) { return 32u; });
  // The last warp of a block waits in a loop for the first.
  each_lane(
      "setp.ge.u32 %p1, %r60, 32; @%p1 bra WAIT;\nmov.u32 %r0, 1; st.release.gpu.global.u32 "
      "[%rd61], 7;\n"
      "bra DONE;\nWAIT: ld.acquire.gpu.global.u32 %r0, [%rd61]; setp.ne.u32 %p2, %r0, 7;\n"
      "@%p2 bra WAIT;\nDONE:",
      [](uint32_t t) { return t < 32 ? 1u : 7u; }, 64);
}

static void barriers() {
  // Half of the threads leave; the rest still meet.
  each_lane(
      ".shared .b32 s[128]; mov.u32 %r0, 5; setp.ge.u32 %p1, %r60, 70; @%p1 bra END;\n"
      "mov.u32 %r1, s; shl.b32 %r2, %r60, 2; add.u32 %r3, %r1, %r2; st.shared.u32 [%r3], %r60;\n"
      "bar.sync 0; sub.u32 %r4, 69, %r60; shl.b32 %r4, %r4, 2; add.u32 %r4, %r4, %r1;\n"
      "ld.shared.u32 %r0, [%r4];\nEND:",
      [](uint32_t t) { return t < 70 ? 69 - t : 5; }, 128);
  each_lane(
      "and.b32 %r1, %r60, 3; setp.eq.u32 %p1, %r1, 0; barrier.cta.red.popc.aligned.u32 %r0, 0, "
      "%p1;",
      [](uint32_t) { return 25u; }, 100);
  each_lane(
      "setp.lt.u32 %p1, %r60, 99; bar.red.and.pred %p2, 0, %p1; bar.red.or.pred %p3, 1, !%p1;"
      "selp.u32 %r1, 1, 0, %p2; selp.u32 %r2, 2, 0, %p3; add.u32 %r0, %r1, %r2;",
      [](uint32_t) { return 2u; }, 100);
  // Producer and consumer on named barriers for 64 threads each.
  each_lane(
      ".shared .b32 s; mov.u32 %r0, 0; setp.ge.u32 %p1, %r60, 32; @%p1 bra CONSUMER;\n"
      "mov.u32 %r1, s; and.b32 %r5, %r60, 31; setp.eq.u32 %p2, %r5, 0; @%p2 st.shared.u32 [%r1], "
      "77; membar.cta; bar.arrive 1, 64; bra DONE;\n"
      "CONSUMER: bar.sync 1, 64; ld.shared.u32 %r0, [s];\nDONE:",
      [](uint32_t t) { return t < 32 ? 0u : 77u; }, 64);
}

static void calls() {
  const char* functions =
      ".visible .func (.param .b32 r) fib(.param .b32 n)\n{\n.reg .pred %p<2>; .reg .b32 %r<9>;\n"
      "ld.param.b32 %r1, [n]; setp.lt.u32 %p1, %r1, 2; @%p1 bra BASE;\n"
      "sub.u32 %r2, %r1, 1; { .param .b32 a; .param .b32 b; st.param.b32 [a], %r2;\n"
      "call.uni (b), fib, (a); ld.param.b32 %r3, [b]; }\n"
      "sub.u32 %r2, %r1, 2; { .param .b32 a; .param .b32 b; st.param.b32 [a], %r2;\n"
      "call.uni (b), fib, (a); ld.param.b32 %r4, [b]; }\n"
      "add.u32 %r5, %r3, %r4; st.param.b32 [r], %r5; ret;\n"
      "BASE: st.param.b32 [r], %r1; ret;\n}\n"
      // A structure of 12 bytes, indexed by a register.
      ".func (.param .b64 r) pick(.param .align 4 .b8 s[12], .param .b32 i)\n{\n"
      ".reg .b32 %r<9>; .reg .b64 %rd<5>;\nld.param.b32 %r1, [i]; mul.wide.u32 %rd1, %r1, 4;\n"
      "mov.b64 %rd2, s; add.u64 %rd2, %rd2, %rd1; ld.param.b32 %r2, [%rd2];\n"
      "cvt.u64.u32 %rd3, %r2; st.param.b64 [r], %rd3; ret;\n}\n"
      ".func (.reg .b32 %o) old(.reg .b32 %i) { add.u32 %o, %i, 1; ret; }\n"
      ".func leave() { exit; }\n"
      ".func (.param .b32 r) outer(.param .b32 n)\n{\n.reg .b32 %r<5>;\nld.param.b32 %r1, [n];\n"
      "{ .param .b32 a; .param .b32 b; st.param.b32 [a], %r1; call.uni (b), fib, (a);\n"
      "ld.param.b32 %r2, [b]; }\nadd.u32 %r2, %r2, %r1; st.param.b32 [r], %r2; ret; }\n";
  auto fib = [](uint32_t n) {
    uint32_t a = 0, b = 1;
    for (uint32_t i = 0; i < n; ++i) {
      b += a;
      a = b - a;
    }
    return a;
  };
  auto run = [&](const std::string& body) {
    return run_module(module_around(body + "\nst.global.u32 [%rd60], %r0;", functions));
  };
  auto check = [&](const char* what, const Outcome& o, auto wanted) {
    CHECK(o.problem().empty(), "%s: %s", what, o.problem().c_str());
    for (uint32_t l = 0; l < 32 && o.problem().empty(); ++l) {
      CHECK(low(o, l) == wanted(l), "%s: lane %u gives %u", what, l, low(o, l));
    }
  };
  check("recursion to a depth of its own in each lane",
        run("and.b32 %r1, %r60, 7; { .param .b32 a; .param .b32 b; st.param.b32 [a], %r1;"
            "call (b), fib, (a); ld.param.b32 %r0, [b]; }"),
        [&](uint32_t l) { return fib(l & 7); });
  check("nested calls",
        run("and.b32 %r1, %r60, 3; { .param .b32 a; .param .b32 b; st.param.b32 [a], %r1;"
            "call (b), outer, (a); ld.param.b32 %r0, [b]; }"),
        [&](uint32_t l) { return fib(l & 3) + (l & 3); });
  check("a structure by value",
        run("{ .param .align 4 .b8 a[12]; .param .b32 i; .param .b64 b; st.param.b32 [a], 100;"
            "st.param.b32 [a+4], %r60; st.param.b32 [a+8], 300; mov.u32 %r1, 1; st.param.b32 [i], "
            "%r1;"
            "call (b), pick, (a, i); ld.param.b64 %rd1, [b]; cvt.u32.u64 %r0, %rd1; }"),
        [](uint32_t l) { return l; });
  check(
      "two call sites that diverge",
      run("setp.lt.u32 %p1, %r60, 10; mov.u32 %r1, 5; @%p1 bra A;\n"
          "{ .param .b32 a; .param .b32 b; st.param.b32 [a], 6; call (b), fib, (a);"
          "ld.param.b32 %r0, [b]; }\nbra E;\n"
          "A: { .param .b32 a; .param .b32 b; st.param.b32 [a], %r1; call (b), fib, (a);"
          "ld.param.b32 %r0, [b]; }\nE: activemask.b32 %r2; setp.ne.u32 %p2, %r2, -1; @%p2 trap;"),
      [&](uint32_t l) { return fib(l < 10 ? 5 : 6); });
  check("guarded call of a function with register parameters",
        run("mov.u32 %r0, 50; setp.lt.u32 %p1, %r60, 4; @%p1 call (%r0), old, (%r60);"),
        [](uint32_t l) { return l < 4 ? l + 1 : 50; });
  Outcome o =
      run_module(module_around("st.global.u32 [%rd60], 1; setp.lt.u32 %p1, %r60, 4;"
                               "@%p1 call leave; st.global.u32 [%rd60], 2;",
                               functions));
  for (uint32_t l = 0; l < 32; ++l) CHECK(low(o, l) == (l < 4 ? 1u : 2u), "exit inside a function");
  o = run_module(
      module_around("{ .param .b32 a; .param .b32 b; st.param.b32 [a], 1; call (b), down, (a); }",
                    ".func (.param .b32 r) down(.param .b32 n)\n{ .reg .b32 %r<3>;\n"
                    "{ .param .b32 a; .param .b32 b; st.param.b32 [a], 1; call (b), down, (a);\n"
                    "ld.param.b32 %r1, [b]; } st.param.b32 [r], %r1; ret; }\n"));
  CHECK(o.fault && o.fault->kind == simgpu::FaultKind::kStackOverflow, "endless recursion: %s",
        o.problem().c_str());
}

static void blocks() {
  // Every block runs once, in whatever order; special registers tell it apart.
  for (uint64_t seed : {0, 1, 12345}) {
    Gpu gpu;
    auto module = simgpu::Module::load(
        ".version 8.0\n.target sm_80\n.address_size 64\n.visible .entry k(.param .u64 out) {\n"
        ".reg .b32 %r<9>; .reg .b64 %rd<5>;\nld.param.u64 %rd1, [out];\n"
        "mov.u32 %r1, %ctaid.z; mov.u32 %r2, %nctaid.y; mov.u32 %r3, %ctaid.y;\n"
        "mad.lo.u32 %r1, %r1, %r2, %r3; mad.lo.u32 %r1, %r1, %nctaid.x, %ctaid.x;\n"
        "mov.u32 %r4, %tid.y; mad.lo.u32 %r4, %r4, %ntid.x, %tid.x;\n"
        "mad.lo.u32 %r1, %r1, 15, %r4; mul.wide.u32 %rd2, %r1, 4; add.u64 %rd1, %rd1, %rd2;\n"
        "red.global.add.u32 [%rd1], %r1; ret; }",
        gpu.device, gpu.memory);
    std::vector<uint32_t> zeros(15 * 7 * 3 * 2);
    uint64_t out = gpu.put(zeros.data(), zeros.size() * 4);
    simgpu::Launch launch;
    launch.kernel = module->kernel("k");
    launch.grid = {7, 3, 2};
    launch.block = {5, 3, 1};
    launch.params = pack_params({out});
    launch.seed = seed;
    launch.checker = gpu.checker.get();
    auto fault = simgpu::execute(launch, gpu.memory);
    CHECK(!fault, "%s", fault ? fault->report.c_str() : "");
    auto got = gpu.get<uint32_t>(out, zeros.size());
    for (uint32_t i = 0; i < got.size(); ++i)
      CHECK(got[i] == i, "thread %u of the grid: %u", i, got[i]);
  }
}

int main() {
  shuffles();
  votes();
  divergence();
  barriers();
  calls();
  blocks();
  return finish();
}

// What is refused at load, and what ends a kernel: each with a sentence that helps.
#include "engine_check.h"

static bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

static void refused(const std::string& ptx, std::initializer_list<const char*> parts) {
  Outcome o = run_module(ptx);
  CHECK(!o.load_error.empty(), "accepted, though it should not be: %s", ptx.c_str());
  for (const char* part : parts) {
    CHECK(contains(o.load_error, part), "'%s' is not in: %s", part, o.load_error.c_str());
  }
}

static simgpu::LoadErrorKind kind_of(const std::string& ptx) {
  Gpu gpu;
  try {
    simgpu::Module::load(ptx, gpu.device, gpu.memory);
  } catch (const simgpu::LoadError& error) {
    return error.kind();
  }
  CHECK(false, "accepted, though it should not be");
  return simgpu::LoadErrorKind::kInvalidPtx;
}

static void load_errors() {
  refused("hello", {"PTX line 1", ".version"});
  refused("", {".version"});
  refused(".version 10.1\n.target sm_80", {"PTX ISA 10.1", "9.x"});
  CHECK(kind_of(".version 10.1\n.target sm_80\n") == simgpu::LoadErrorKind::kUnsupportedVersion,
        "kind");
  refused(module_around("", "", "sm_90"), {"sm_90", "sm_80", "compile for compute_80"});
  CHECK(kind_of(module_around("", "", "sm_90")) == simgpu::LoadErrorKind::kUnsupportedTarget,
        "kind");
  refused(module_around("frobnicate.f32 %f0, %f1;"), {"PTX line 18", "frobnicate.f32", "unknown"});
  refused(module_around("add.q32 %r0, %r1, %r2;"), {"add.q32", "unknown"});
  refused(module_around("add.u32 %r0, %r1;"), {"add.u32", "3 operands"});
  refused(module_around("add.u32 %r0, %r1, %rd1;"), {"%rd1", "32 bits"});
  refused(module_around("add.u32 %r0, %r1, %x9;"), {"%x9", "not declared"});
  refused(module_around("bra NOWHERE;"), {"NOWHERE"});
  refused(module_around("fma.f32 %f0, %f1, %f2, %f3;"), {"rounding"});
  refused(module_around(
              "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f0}, {%r1}, {%r2}, {%f3};"),
          {"mma.sync", "not simulated yet"});
  refused(module_around("cp.async.commit_group;"), {"cp.async.commit_group", "not simulated yet"});
  refused(module_around("call missing;", ".extern .func missing();\n"),
          {"missing", "does not define"});
  refused(module_around("call gone;"), {"gone"});
  refused(module_around("ld.global.u32 %r0, [%r1];"), {"64 bits"});
  refused(module_around("shfl.bfly.b32 %r0, %r1, 1, 31;"), {".sync"});
  refused(module_around(".reg .b32 %q; .reg .b32 %q;"), {"%q", "twice"});
  refused(module_around("mov.u32 %r0, 0x;"), {"integer"});
  refused(module_around("mov.f32 %f0, 0f12;"), {"8 hexadecimal"});
  refused(module_around("mov.u32 %r0, 1 / 0;"), {"division by zero"});
  refused(module_around("{ mov.u32 %r0, 1;"), {"never ends"});
  refused(module_around("", ".global .u32 a[2] = {1, 2, 3};\n"), {"too many values"});
  refused(module_around("", ".global .u64 p = nothing;\n"), {"nothing"});
  refused(module_around("", ".global .u32 a; .global .u32 a;\n"), {"twice"});
  refused(module_around("", ".global .b8 huge[1000000000];\n"), {"huge", "no room"});
}

static void faults(const char* body, simgpu::FaultKind kind,
                   std::initializer_list<const char*> parts, uint32_t threads = 32) {
  Outcome o = run_module(module_around(body), threads);
  CHECK(o.load_error.empty(), "%s: %s", body, o.load_error.c_str());
  CHECK(o.fault.has_value(), "no fault: %s", body);
  if (!o.fault) return;
  CHECK(o.fault->kind == kind, "%s: kind %d: %s", body, static_cast<int>(o.fault->kind),
        o.fault->report.c_str());
  for (const char* part : parts) {
    CHECK(contains(o.fault->report, part), "'%s' is not in: %s", part, o.fault->report.c_str());
  }
}

static void run_faults() {
  using simgpu::FaultKind;
  faults("mul.wide.u32 %rd1, %r60, 256; add.u64 %rd1, %rd1, %rd61; ld.global.u32 %r0, [%rd1];",
         FaultKind::kIllegalAddress,
         {"kernel 'k'", "PTX line 18", "ld.global.u32", "block (0, 0, 0)", "thread (16, 0, 0)",
          "4-byte read", "past the end of the 4096-byte allocation"});
  faults("st.global.v4.u32 [%rd61+4088], {%r1, %r2, %r3, %r4};", FaultKind::kMisalignedAddress,
         {"misaligned 16-byte write", "multiple of 16"});
  faults("st.global.v2.u64 [%rd61+4096], {%rd1, %rd2};", FaultKind::kIllegalAddress,
         {"16-byte write"});
  faults("mov.u64 %rd1, 0x7ffff7a00000; ld.global.u32 %r0, [%rd1];", FaultKind::kIllegalAddress,
         {"host address"});
  faults("mov.u64 %rd1, 0; ld.u32 %r0, [%rd1];", FaultKind::kIllegalAddress, {"null pointer"});
  faults(".shared .b32 s[4]; mov.u32 %r1, s; ld.shared.u32 %r0, [%r1+16];",
         FaultKind::kIllegalAddress, {"shared address 0x10", "16 bytes of shared memory"});
  faults(".local .b32 s[4]; mov.u64 %rd1, s; ld.local.u32 %r0, [%rd1+65536];",
         FaultKind::kIllegalAddress, {"local address", "bytes of local memory"});
  faults("atom.global.add.u32 %r0, [%rd61+4096], 1;", FaultKind::kIllegalAddress,
         {"atomic access"});
  faults("setp.eq.u32 %p1, %r60, 3; @%p1 trap;", FaultKind::kTrap, {"thread (3, 0, 0)", "trap"});
  faults("sub.u32 %r1, %r60, 5; div.u32 %r0, 7, %r1;", FaultKind::kIllegalInstruction,
         {"thread (5, 0, 0)", "division by zero"});
  faults("setp.lt.u32 %p1, %r60, 16; @%p1 bra A; bar.sync 0; bra B;\nA: bar.sync 0;\nB:",
         FaultKind::kIllegalInstruction, {"aligned barrier in divergent code"});
  faults("setp.ge.u32 %p1, %r60, 16; @%p1 bra B; shfl.sync.idx.b32 %r0, %r60, 20, 31, 0xffff;\nB:",
         FaultKind::kIllegalInstruction, {"shuffle from a lane that does not take part"});
  faults("shfl.sync.idx.b32 %r0, %r60, 0, 31, 0xffff;", FaultKind::kIllegalInstruction,
         {"thread (16, 0, 0)", "member mask"});
  faults("setp.lt.u32 %p1, %r60, 16; @%p1 bra A; bar.warp.sync -1; bra B;\nA: barrier.sync 1;\nB:",
         FaultKind::kDeadlock, {"deadlock", "lanes 0-15", "lanes 16-31", "barrier 1"});
  faults("setp.ge.u32 %p1, %r60, 32; @%p1 bra B; bar.sync 0; bra E;\nB: bar.sync 1;\nE:",
         FaultKind::kDeadlock, {"barrier 0", "barrier 1", "32 of 64"}, 64);
  faults("L: bra L;", FaultKind::kTimeout, {"warp instructions"});
  faults("L: bar.sync 0; bra L;", FaultKind::kTimeout, {"warp instructions"}, 64);
  faults("mov.u32 %r1, 16; bar.sync %r1;", FaultKind::kIllegalInstruction, {"barrier 16"});
  // The source line of .loc is in the report.
  Outcome o = run_module(module_around("trap;\n", ".file 1 \"demo.cu\"\n"));
  CHECK(o.fault && !contains(o.fault->report, "demo.cu"), "no .loc, no source line");
  o = run_module(module_around(".loc 1 42 7\ntrap;\n", ".file 1 \"demo.cu\"\n"));
  CHECK(o.fault && contains(o.fault->report, "demo.cu:42"), "%s", o.problem().c_str());
  // Use after free.
  Gpu gpu;
  auto module =
      simgpu::Module::load(module_around("ld.global.u32 %r0, [%rd61];"), gpu.device, gpu.memory);
  uint64_t out = gpu.memory.allocate(65536), freed = gpu.memory.allocate(1024);
  gpu.memory.free(freed);
  simgpu::Launch launch;
  launch.kernel = module->kernel("k");
  launch.params = pack_params({out, freed});
  auto fault = simgpu::execute(launch, gpu.memory);
  CHECK(fault && contains(fault->report, "freed"), "%s",
        fault ? fault->report.c_str() : "no fault");
}

static void syntax() {
  // All of this is legal.
  Outcome o = run_module(module_around(
      "/* a comment\n over lines */ { .reg .pred q; setp.eq.u32 q, 1, 1; @q mov.u32 %r0, 7; }\n"
      ".pragma \"nounroll\";\n$L__x: st.global.u32 [%rd60+-0], %r0; // end\n"
      "add: mov.u32 %r1, 3; { L: mov.u32 %r2, 1; } { L: mov.u32 %r2, 1; }",
      ".section .debug_info { .b8 1, 2; .b32 $x }\n.file 1 \"a.cu\"\n"
      ".visible .entry add() { ret; }\n.visible .entry sub(.param .align 8 .b8 p[2464])"
      " .maxntid 256, 1, 1 .minnctapersm 2 { exit; }\n"));
  CHECK(o.problem().empty(), "%s", o.problem().c_str());
  if (o.problem().empty()) CHECK(static_cast<uint32_t>(o.value(3)) == 7, "result");
  Gpu gpu;
  auto module = simgpu::Module::load(
      ".version 9.0\n.target sm_75\n.address_size 64\n.extern .shared .align 16 .b8 dyn[];\n"
      ".visible .entry sub(.param .u32 a, .param .u64 b, .param .align 16 .b8 c[20])"
      " .maxntid 64, 2, 1 { .shared .b8 s[100]; .reg .b32 %r<3>; mov.u32 %r1, s; mov.u32 %r2, dyn; "
      "ret; }",
      gpu.device, gpu.memory);
  const simgpu::FunctionInfo& info = module->kernel("sub")->info;
  CHECK(info.max_threads == 128 && info.ptx_version == 75, "limits");
  CHECK(info.param_bytes == 36 && info.params[2].offset == 16 && info.params[1].offset == 8,
        "parameters");
  CHECK(info.static_shared == 112 && info.uses_dynamic_shared, "shared: %u", info.static_shared);
  CHECK(module->kernel("nothing") == nullptr, "no such kernel");
}

int main() {
  load_errors();
  run_faults();
  syntax();
  return finish();
}

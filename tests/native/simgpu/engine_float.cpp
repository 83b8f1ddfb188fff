// f32 and f64 instructions: bit-exact where PTX says how to round, within PTX's bound where not.
#include <cmath>

#include "engine_check.h"

static const char* kSubnormal = "0f00000001";

static void nearest() {
  F32("add.f32 %f0, 0f3f800000, 0f40000000;", 3.0f);
  F32("add.rn.f32 %f0, 1.5, 2.25;", 3.75f);
  F32("sub.f32 %f0, 0f3f800000, 0f40000000;", -1.0f);
  F32("mul.rn.f32 %f0, 0f3dcccccd, 0f3dcccccd;", 0.1f * 0.1f);
  // (1 + 2^-12)^2 - 1 needs the unrounded product.
  F32("fma.rn.f32 %f0, 0f3f800800, 0f3f800800, 0fbf800000;", 0x1.0008p-11f);
  // The same as two instructions, unfused.
  F32("mul.f32 %f1, 0f3f800800, 0f3f800800; add.f32 %f0, %f1, 0fbf800000;", 0x1p-11f);
  F32("mad.rn.f32 %f0, 2.0, 3.0, 4.0;", 10.0f);
  F32("div.rn.f32 %f0, 1.0, 3.0;", 1.0f / 3.0f);
  F32("rcp.rn.f32 %f0, 3.0;", 1.0f / 3.0f);
  F32("sqrt.rn.f32 %f0, 2.0;", std::sqrt(2.0f));
  F64("add.f64 %fd0, 0d3ff0000000000000, 0d3ca0000000000000;", 1.0);
  F64("fma.rn.f64 %fd0, 3.0, 4.0, 0.5;", 12.5);
  F64("div.rn.f64 %fd0, 1.0, 3.0;", 1.0 / 3.0);
  F64("sqrt.rn.f64 %fd0, 2.0;", std::sqrt(2.0));
  F32BITS("add.f32 %f0, 0f7f800000, 0fff800000;", 0x7fffffff);  // inf - inf: the canonical NaN
  F32BITS("mul.f32 %f0, 0fffc01234, 1.0;", 0x7fffffff);
}

static void directed() {
  // 1 + 2^-25 lies between 1 and 1 + 2^-23.
  F32("add.rz.f32 %f0, 1.0, 0f33000000;", 1.0f);
  F32("add.rm.f32 %f0, 1.0, 0f33000000;", 1.0f);
  F32BITS("add.rp.f32 %f0, 1.0, 0f33000000;", 0x3f800001);
  F32BITS("add.rz.f32 %f0, 0fbf800000, 0fb3000000;", 0xbf800000);
  F32BITS("add.rm.f32 %f0, 0fbf800000, 0fb3000000;", 0xbf800001);
  F32BITS("div.rz.f32 %f0, 2.0, 3.0;", 0x3f2aaaaa);  // 0.6666...: nearest is ...aab
  F32BITS("div.rp.f32 %f0, 2.0, 3.0;", 0x3f2aaaab);
  F32BITS("sqrt.rm.f32 %f0, 2.0;", 0x3fb504f3);
  F32BITS("sqrt.rp.f32 %f0, 2.0;", 0x3fb504f4);
  F32BITS("fma.rz.f32 %f0, 0f3f800001, 0f3f800001, 0f00000000;", 0x3f800002);
  F32BITS("fma.rp.f32 %f0, 0f3f800001, 0f3f800001, 0f00000000;", 0x3f800003);
  F32BITS("mul.rm.f32 %f0, 0fbf800001, 0f3f800001;", 0xbf800003);
  F32BITS("rcp.rz.f32 %f0, 3.0;", 0x3eaaaaaa);
  EXPECT("%fd0", "add.rp.f64 %fd0, 1.0, 0d0000000000000001;", 0x3ff0000000000001u);
  EXPECT("%fd0", "div.rm.f64 %fd0, 1.0, 3.0;", 0x3fd5555555555555u);
}

static void special_values() {
  EXPECT("%f0", (std::string("add.f32 %f0, ") + kSubnormal + ", 0f00000000;").c_str(), 1);
  EXPECT("%f0", (std::string("add.ftz.f32 %f0, ") + kSubnormal + ", 0f00000000;").c_str(), 0);
  F32BITS("mul.ftz.f32 %f0, 0f00800000, 0f3f000000;", 0);  // result flushed
  F32BITS("fma.rn.ftz.f32 %f0, 0f80000001, 1.0, 0f80000000;", 0x80000000);
  F32BITS("min.f32 %f0, 0f7fc00000, 2.0;", 0x40000000);  // NaN gives the other
  F32BITS("max.f32 %f0, 2.0, 0f7fc00000;", 0x40000000);
  F32BITS("max.f32 %f0, 0f7fc00000, 0f7fc00000;", 0x7fffffff);
  F32BITS("max.NaN.f32 %f0, 2.0, 0f7fc00000;", 0x7fffffff);
  F32BITS("min.f32 %f0, 0f00000000, 0f80000000;", 0x80000000);  // -0 < +0
  F32BITS("max.f32 %f0, 0f80000000, 0f00000000;", 0);
  F32("add.sat.f32 %f0, 0.75, 0.75;", 1.0f);
  F32BITS("sub.sat.f32 %f0, 1.0, 2.0;", 0);
  F32BITS("fma.rn.sat.f32 %f0, 0f7fc00000, 1.0, 1.0;", 0);  // NaN to +0
  F32("abs.f32 %f0, -2.5;", 2.5f);
  F32BITS("neg.f32 %f0, 0f00000000;", 0x80000000);
  F32("copysign.f32 %f0, -1.0, 3.0;", -3.0f);  // sign of a, magnitude of b
  F64("copysign.f64 %fd0, 1.0, -3.0;", 3.0);
  PRED("setp.lt.f32 %p0, 1.0, 2.0;", 1);
  PRED("setp.ne.f32 %p0, 0f7fc00000, 2.0;", 0);
  PRED("setp.neu.f32 %p0, 0f7fc00000, 2.0;", 1);
  PRED("setp.ltu.f32 %p0, 0f7fc00000, 2.0;", 1);
  PRED("setp.num.f32 %p0, 1.0, 2.0;", 1);
  PRED("setp.nan.f32 %p0, 1.0, 0f7fc00000;", 1);
  PRED("setp.eq.f32 %p0, 0f80000000, 0f00000000;", 1);
  PRED("setp.gt.ftz.f32 %p0, 0f00000001, 0f00000000;", 0);
  PRED("setp.geu.f64 %p0, 0d7ff8000000000000, 1.0;", 1);
  PRED("testp.finite.f32 %p0, 0f7f800000;", 0);
  PRED("testp.infinite.f32 %p0, 0fff800000;", 1);
  PRED("testp.number.f32 %p0, 0f7f800000;", 1);
  PRED("testp.notanumber.f32 %p0, 0f7fc00000;", 1);
  PRED("testp.normal.f32 %p0, 0f00000000;", 1);  // zero counts as normal
  PRED("testp.subnormal.f32 %p0, 0f00000001;", 1);
  PRED("testp.normal.f64 %p0, 0d0000000000000001;", 0);
}

// Runs a unary approximation on many inputs at once: 32 lanes a launch, input as f32.
static void approximations() {
  struct Case {
    const char* name;
    double (*exact)(double);
    double low, high;
    double absolute, relative;
  };
  const Case cases[] = {
      {"ex2.approx.f32", [](double x) { return std::exp2(x); }, -126, 127, 0, 0x1p-22},
      {"lg2.approx.f32", [](double x) { return std::log2(x); }, 0.5, 2, 0x1p-22, 0},
      {"lg2.approx.f32", [](double x) { return std::log2(x); }, 2, 1e30, 0, 0x1p-22},
      {"sin.approx.f32", [](double x) { return std::sin(x); }, -6.28, 6.28, 0x1p-20, 0},
      {"cos.approx.f32", [](double x) { return std::cos(x); }, -6.28, 6.28, 0x1p-20, 0},
      {"tanh.approx.f32", [](double x) { return std::tanh(x); }, -10, 10, 0, 0x1p-11},
      {"rsqrt.approx.f32", [](double x) { return 1 / std::sqrt(x); }, 1e-30, 1e30, 0, 0x1p-22},
      {"sqrt.approx.f32", [](double x) { return std::sqrt(x); }, 1e-30, 1e30, 0, 0x1p-23},
      {"rcp.approx.f32", [](double x) { return 1 / x; }, 0.001, 1000, 0, 0x1p-23},
  };
  for (const Case& c : cases) {
    constexpr uint32_t kThreads = 1024;
    std::vector<uint8_t> input(kThreads * 4);
    for (uint32_t t = 0; t < kThreads; ++t) {
      double u = t / (kThreads - 1.0);
      auto x =
          static_cast<float>(c.high / c.low > 1e6 && c.low > 0 ? c.low * std::pow(c.high / c.low, u)
                                                               : c.low + (c.high - c.low) * u);
      std::memcpy(&input[t * 4], &x, 4);
    }
    std::string body =
        "mul.wide.u32 %rd1, %r60, 4; add.u64 %rd1, %rd1, %rd61;\n"
        "ld.global.f32 %f1, [%rd1];\n" +
        std::string(c.name) + " %f0, %f1;\nst.global.f32 [%rd60], %f0;";
    Outcome o = run_module(module_around(body), kThreads, 1, input);
    CHECK(o.problem().empty(), "%s: %s", c.name, o.problem().c_str());
    double worst = 0;
    for (uint32_t t = 0; t < kThreads && o.problem().empty(); ++t) {
      float x;
      std::memcpy(&x, &input[t * 4], 4);
      double wanted = c.exact(static_cast<double>(x));
      double error = std::fabs(static_cast<double>(float_of(o.value(t))) - wanted);
      worst = std::fmax(worst, error - c.absolute - c.relative * std::fabs(wanted));
    }
    CHECK(worst <= 0, "%s is off by %g more than PTX allows", c.name, worst);
  }
  F32BITS("ex2.approx.f32 %f0, 0fff800000;", 0);
  F32BITS("ex2.approx.f32 %f0, 0f7f800000;", 0x7f800000);
  F32("ex2.approx.f32 %f0, 3.0;", 8.0f);
  F32BITS("ex2.approx.f32 %f0, 0fc3140000;", 0x00000002);  // 2^-148 is subnormal
  F32BITS("ex2.approx.ftz.f32 %f0, 0fc3140000;", 0);
  F32BITS("lg2.approx.f32 %f0, 0f00000000;", 0xff800000);
  F32BITS("lg2.approx.f32 %f0, 0fbf800000;", 0x7fffffff);
  F32BITS("lg2.approx.f32 %f0, 0f7f800000;", 0x7f800000);
  F32("lg2.approx.f32 %f0, 0f00000001;", -149.0f);
  F32BITS("sin.approx.f32 %f0, 0f7f800000;", 0x7fffffff);
  F32BITS("sin.approx.f32 %f0, 0f80000000;", 0x80000000);
  F32BITS("rsqrt.approx.f32 %f0, 0f00000000;", 0x7f800000);
  F32BITS("tanh.approx.f32 %f0, 0fff800000;", 0xbf800000);
  F32BITS("div.approx.f32 %f0, 1.0, 0f7f000000;", 0);  // |b| > 2^126: zero
  F32("div.approx.f32 %f0, 6.0, 3.0;", 2.0f);
  F32("div.full.f32 %f0, 6.0, 3.0;", 2.0f);
}

int main() {
  nearest();
  directed();
  special_values();
  approximations();
  return finish();
}

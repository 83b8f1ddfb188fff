// kernels/formulas.h and what loss_formulas.h adds against libm's double precision over every
// exponent and at the extremes.
#include <math.h>
#include <stdint.h>

#include <initializer_list>

#include "check.h"
#include "loss_formulas.h"

namespace {

constexpr float kInf = INFINITY;

// How many units in the last place of the exact value's float neighbourhood y is away.
double ulps(float y, double exact) {
  if (isnan(exact)) return isnan(y) ? 0 : INFINITY;
  const float nearest = static_cast<float>(exact);
  if (isinf(nearest) || isinf(y)) return y == nearest ? 0 : INFINITY;
  int exponent;
  frexp(exact, &exponent);
  if (exact == 0 || exponent < -125) exponent = -125;
  return fabs(y - exact) / ldexp(1.0, exponent - 24);
}

// Every 1021st float of both signs: all exponents, and mantissas that no pattern can hide in.
template <class Formula, class Exact>
void compare(const char* name, double bound, Formula formula, Exact exact) {
  double worst = 0;
  float at = 0;
  for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += 1021) {
    const float x = figment::float_of(static_cast<unsigned>(bits));
    const double error = ulps(formula(x), exact(static_cast<double>(x)));
    if (!(error <= worst)) {
      worst = error;
      at = x;
    }
  }
  printf("%-22s %.3f ulp, at %a\n", name, worst, at);
  CHECK(worst <= bound, "%s is %.3f ulp off at %a", name, worst, at);
}

double exact_sigmoid(double x) { return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)); }
double exact_softplus(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))) + (x - x); }

void functions() {
  compare("exp", 2, figment::exp, [](double x) { return exp(x); });
  // Where it is defined: |x| <= 87.
  compare(
      "expm1", 2, [](float x) { return fabsf(x) <= 87 ? figment::expm1(x) : 0.0f; },
      [](double x) { return fabs(x) <= 87 ? expm1(x) : 0; });
  compare("log", 2, figment::log, [](double x) { return log(x); });
  compare("log1p", 2, figment::log1p, [](double x) { return log1p(x); });
  // Where they are defined.
  compare(
      "exp_of_moderate", 2,
      [](float x) { return fabsf(x) <= 87 ? figment::exp_of_moderate(x) : 0; },
      [](double x) { return fabs(x) <= 87 ? exp(x) : 0; });
  compare(
      "exp_of_negative", 2, [](float x) { return x > 0 ? 0 : figment::exp_of_negative(x); },
      [](double x) { return x > 0 || x < -87 ? 0 : exp(x); });
  compare(
      "log1p_of_unit", 2, [](float x) { return x >= 0 && x <= 1 ? figment::log1p_of_unit(x) : 0; },
      [](double x) { return x >= 0 && x <= 1 ? log1p(x) : 0; });
  compare("softplus", 2, figment::softplus,
          [](double x) { return isinf(x) ? (x > 0 ? x : 0) : exact_softplus(x); });
  compare("tanh", 2, figment::tanh, [](double x) { return tanh(x); });
  compare("sigmoid", 2, figment::sigmoid, exact_sigmoid);
  compare("square_root", 0.5, figment::square_root, [](double x) { return sqrt(x); });
}

// All uniforms that Box-Muller can meet lie in (0, 1]; both signs are tried. Within 1 ulp, so that
// normals stay within 2.
void circle() {
  double worst_sin = 0, worst_cos = 0;
  for (uint32_t bits = 0; bits <= 0x3f800000u; bits += 251) {
    for (const float u : {figment::float_of(bits), -figment::float_of(bits)}) {
      // Reduced exactly to |r| <= 1/8, where double's sine and cosine are accurate to themselves.
      const double quarter = nearbyint(4.0 * u);
      const double angle = 2 * M_PI * (u - quarter / 4);
      const int turn = static_cast<int>(quarter) & 3;
      const double s[4] = {sin(angle), cos(angle), -sin(angle), -cos(angle)};
      const figment::SinCos y = figment::sin_cos_turns(u);
      worst_sin = fmax(worst_sin, ulps(y.sin, s[turn]));
      worst_cos = fmax(worst_cos, ulps(y.cos, s[(turn + 1) & 3]));
    }
  }
  printf("%-22s %.3f and %.3f ulp\n", "sin, cos", worst_sin, worst_cos);
  CHECK(worst_sin <= 1 && worst_cos <= 1, "sin %.3f, cos %.3f ulp", worst_sin, worst_cos);
}

void near_one() {
  // Relative error must hold where the logarithm vanishes.
  for (int step = -2000; step <= 2000; ++step) {
    const float x = figment::float_of(0x3f800000u + static_cast<unsigned>(step));
    CHECK(ulps(figment::log(x), log(static_cast<double>(x))) <= 2, "log(%a) = %a", x,
          figment::log(x));
  }
}

void extremes() {
  CHECK(figment::exp(-kInf) == 0 && figment::exp(kInf) == kInf, "exp at infinities");
  CHECK(isinf(figment::log(0.0f)) && figment::log(0.0f) < 0, "log(0) = %f", figment::log(0.0f));
  CHECK(isnan(figment::log(-1.0f)) && isnan(figment::log(-kInf)), "log of negatives");
  CHECK(figment::log1p(-1.0f) == -kInf && figment::log1p(kInf) == kInf, "log1p at its ends");
  CHECK(figment::tanh(kInf) == 1 && figment::tanh(-kInf) == -1, "tanh at infinities");
  CHECK(signbit(figment::tanh(-0.0f)) && figment::tanh(-0.0f) == 0, "tanh keeps the sign of 0");
  CHECK(figment::sigmoid(kInf) == 1 && figment::sigmoid(-kInf) == 0, "sigmoid at infinities");
  CHECK(figment::softplus(kInf) == kInf && figment::softplus(-kInf) == 0, "softplus at infinities");
  CHECK(figment::exp_of_negative(-kInf) == 0, "exp of minus infinity");
  for (const auto f : {figment::exp, figment::exp_of_moderate, figment::exp_of_negative,
                       figment::log, figment::log1p, figment::log1p_of_unit, figment::softplus,
                       figment::tanh, figment::sigmoid}) {
    CHECK(isnan(f(NAN)) && isnan(f(-NAN)), "NaN is lost: %f", f(NAN));
  }
  CHECK(isnan(figment::Relu{}.forward(NAN)), "ReLU loses NaN");
  CHECK(isnan(figment::LeakyRelu{0.2f}.forward(NAN)), "LeakyReLU loses NaN");
}

void fused_multiply_add() {
  // Also where the processor has none: rounding once, cancellation, overflow, subnormals.
  uint64_t state = 1;
  const auto next = [&] {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return figment::float_of(static_cast<unsigned>(state >> 32));
  };
  for (int i = 0; i < 2000000; ++i) {
    const float a = next(), b = next();
    const float c = i % 2 == 0 ? next() : -a * b * (1 + 0x1p-20f * static_cast<float>(i % 5));
    const float y = figment::fma(a, b, c), exact = fmaf(a, b, c);
    CHECK(y == exact || (isnan(y) && isnan(exact)), "fma(%a, %a, %a) = %a, not %a", a, b, c, y,
          exact);
  }
}

void activations() {
  CHECK(figment::Relu{}.backward(3, 0) == 0, "ReLU's slope at 0");
  CHECK(figment::LeakyRelu{0.25f}.backward(4, 0) == 1, "LeakyReLU's slope at 0");
  CHECK(figment::LeakyRelu{0.25f}.forward(-4) == -1, "LeakyReLU below 0");
  for (float x = -9; x <= 9; x += 0.37f) {
    const double t = tanh(static_cast<double>(x)), s = exact_sigmoid(x);
    CHECK(fabs(figment::Tanh{}.backward(2, figment::tanh(x)) - 2 * (1 - t * t)) < 5e-7,
          "tanh' at %f", x);
    CHECK(fabs(figment::Sigmoid{}.backward(2, figment::sigmoid(x)) - 2 * s * (1 - s)) < 5e-7,
          "sigmoid' at %f", x);
  }
}

void powers() {
  CHECK(figment::power(0.5, 0) == 1 && figment::power(0.5, 10) == 0x1p-10, "powers of a half");
  for (const int n : {1, 2, 3, 1000, 123457}) {
    const double y = figment::power(0.999, n), exact = pow(0.999, n);
    CHECK(fabs(y - exact) <= 1e-11 * exact, "0.999^%d = %.17g, not %.17g", n, y, exact);
  }
}

}  // namespace

int main() {
  functions();
  circle();
  near_one();
  extremes();
  fused_multiply_add();
  activations();
  powers();
  return report();
}

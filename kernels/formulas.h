// Scalar formulas shared by the CUDA kernels and the vectorised loops of the CPU: value and
// derivative of every function a kernel needs, with no libm, no branch and no table, so that a
// compiler can run them in SIMD lanes or GPU threads and all devices get the same bits.
// Each is within 2 ulp of the exact value (tests/native/cpu/formulas_test.cpp goes through all
// exponents), keeps NaN, and is right at infinities and subnormals. Every fused multiply-add is
// written out: compile with -ffp-contract=off (-fmad=false).
// Polynomials: minimax in relative error, coefficients rounded to float one after the other.
#ifndef FIGMENT_FORMULAS_H_
#define FIGMENT_FORMULAS_H_

// `static` and always inlined: the CPU compiles this file for several instruction sets, and the
// linker must never take one set's copy for another's.
#if defined(__CUDA__) || defined(__CUDACC__)
#define FIGMENT_MEMBER inline __attribute__((device, always_inline))
#else
#define FIGMENT_MEMBER inline __attribute__((always_inline))
#endif
#define FIGMENT_FORMULA static FIGMENT_MEMBER

namespace figment {

FIGMENT_FORMULA unsigned bits_of(float x) { return __builtin_bit_cast(unsigned, x); }
FIGMENT_FORMULA float float_of(unsigned bits) { return __builtin_bit_cast(float, bits); }
FIGMENT_FORMULA float magnitude(float x) { return float_of(bits_of(x) & 0x7fffffffu); }
FIGMENT_FORMULA float infinity() { return __builtin_inff(); }

// The correctly rounded square root.
FIGMENT_FORMULA float square_root(float x) {
#if defined(__CUDACC__) && !defined(__clang__)
  return __fsqrt_rn(x);
#else
  return __builtin_sqrtf(x);
#endif
}

// a * b + c, rounded once.
FIGMENT_FORMULA float fma(float a, float b, float c) {
#if defined(__CUDACC__) && !defined(__clang__)
  return __fmaf_rn(a, b, c);
#elif defined(__CUDA__) || defined(__FMA__) || defined(__aarch64__)
  return __builtin_fmaf(a, b, c);
#else
  // A processor without the instruction. The product is exact in double; the sum is rounded to odd
  // there, after which rounding to float is right (Boldo and Melquiond, 2008).
  const double product = static_cast<double>(a) * b;
  const double sum = product + c;
  const double share = sum - product;
  const double error = (product - (sum - share)) + (c - share);
  // Cut towards zero, with the last bit set when something is lost; not at infinities and NaN.
  const auto bits = __builtin_bit_cast(unsigned long long, sum);
  const auto opposite = (__builtin_bit_cast(unsigned long long, error) ^ bits) >> 63;
  const auto odd = (bits - opposite) | 1;
  return static_cast<float>(__builtin_bit_cast(double, __builtin_fabs(error) > 0 ? odd : bits));
#endif
}

// A bfloat16 is the upper half of a float32: x rounded to the nearest, ties to even; a NaN becomes
// the one that the processors' instructions give.
FIGMENT_FORMULA unsigned bfloat16_of(float x) {
  const unsigned bits = bits_of(x);
  const unsigned rounded = (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
  return (bits & 0x7fffffffu) > 0x7f800000u ? 0x7fffu : rounded;
}

// 2^n for -126 <= n <= 127.
FIGMENT_FORMULA float power_of_two(int n) { return float_of(static_cast<unsigned>(n + 127) << 23); }

// base^n for n >= 0 by squaring, so that every device agrees.
FIGMENT_FORMULA double power(double base, int n) {
  double result = 1;
  for (; n > 0; n >>= 1) {
    if ((n & 1) != 0) result *= base;
    base *= base;
  }
  return result;
}

// ---- exponential family

// x = n ln 2 + r with |r| <= ln(2) / 2.
struct ExpReduction {
  int n;
  float expm1_r;
};

// For -110 <= x <= 90; a NaN stays one in expm1_r.
FIGMENT_FORMULA ExpReduction reduce_exp(float x) {
  const float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  const float shifted = fma(x, 0x1.715476p+0f, magic);
  const float n = shifted - magic;
  float r = fma(n, -0x1.62e430p-1f, x);
  r = fma(n, 0x1.05c610p-29f, r);
  float p = 0x1.6b9c6ep-10f;
  p = fma(p, r, 0x1.12254ap-7f);
  p = fma(p, r, 0x1.5556f2p-5f);
  p = fma(p, r, 0x1.5554b4p-3f);
  p = fma(p, r, 0x1.fffffep-2f);
  return {static_cast<int>(bits_of(shifted) - bits_of(magic)), fma(r * r, p, r)};
}

FIGMENT_FORMULA float exp(float x) {
  float clamped = x > 89.0f ? 89.0f : x;
  clamped = clamped < -104.0f ? -104.0f : clamped;
  const ExpReduction e = reduce_exp(clamped);
  const int half = e.n >> 1;  // two factors reach the subnormals and infinity
  return (1.0f + e.expm1_r) * power_of_two(half) * power_of_two(e.n - half);
}

// exp(x) - 1 for |x| <= 87, without the loss of digits near 0.
FIGMENT_FORMULA float expm1(float x) {
  const ExpReduction e = reduce_exp(x);
  const float scale = power_of_two(e.n);
  return fma(scale, e.expm1_r, scale - 1.0f);
}

// ---- logarithms

FIGMENT_FORMULA float log(float x) {
  const bool subnormal = x < 0x1p-126f;
  const unsigned bits = bits_of(subnormal ? x * 0x1p+25f : x);
  // x = 2^n m with sqrt(1/2) <= m < sqrt(2).
  const unsigned offset = bits + (0x3f800000u - 0x3f3504f3u);
  const float n = static_cast<float>(static_cast<int>(offset >> 23) - (subnormal ? 152 : 127));
  const float f = float_of((offset & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
  float p = -0x1.38c974p-4f;
  p = fma(p, f, 0x1.055eaep-3f);
  p = fma(p, f, -0x1.0d8246p-3f);
  p = fma(p, f, 0x1.22d930p-3f);
  p = fma(p, f, -0x1.54728ap-3f);
  p = fma(p, f, 0x1.99a01cp-3f);
  p = fma(p, f, -0x1.000226p-2f);
  p = fma(p, f, 0x1.555554p-2f);
  p = fma(p, f, -0.5f);
  const float low = fma(f * f, p, n * -0x1.05c610p-29f);
  const float y = fma(n, 0x1.62e430p-1f, f + low);
  const float edge = x == 0.0f ? -infinity() : float_of(0x7fc00000u);
  return x > 0.0f ? (x < infinity() ? y : x) : edge;
}

FIGMENT_FORMULA float log1p(float x) {
  const float u = 1.0f + x;
  const float share = u - 1.0f;
  const float lost = (1.0f - (u - share)) + (x - share);  // 1 + x = u + lost exactly
  const float y = log(u);
  return x > -1.0f && x < infinity() ? y + lost / u : y;
}

// log(1 + exp(x)).
FIGMENT_FORMULA float softplus(float x) {
  return (x > 0.0f ? x : 0.0f) + log1p(exp(-magnitude(x)));
}

// ---- tanh and sigmoid

// exp(x) = 2^n (1 + expm1_r) is kept apart, so that its sum with 1 is rounded once.

// 1 - 2 / (1 + exp(2 |x|)), and where that would cancel an odd polynomial.
FIGMENT_FORMULA float tanh(float x) {
  const float a = magnitude(x);
  const ExpReduction e = reduce_exp(2.0f * (a > 10.0f ? 10.0f : a));
  const float scale = power_of_two(e.n);
  const float large = 1.0f - 2.0f / fma(scale, e.expm1_r, scale + 1.0f);
  const float s = a * a;
  float p = -0x1.99565ep-8f;
  p = fma(p, s, 0x1.58ec78p-6f);
  p = fma(p, s, -0x1.b91f20p-5f);
  p = fma(p, s, 0x1.110cf0p-3f);
  p = fma(p, s, -0x1.55554ap-2f);
  const float y = a < 0.55f ? fma(a * s, p, a) : large;
  return float_of(bits_of(y) | (bits_of(x) & 0x80000000u));
}

// 1 / (1 + exp(-x)).
FIGMENT_FORMULA float sigmoid(float x) {
  float clamped = x < -104.0f ? -104.0f : x;
  clamped = clamped > 40.0f ? 40.0f : clamped;
  const ExpReduction e = reduce_exp(-clamped);
  const bool tiny = e.n > 64;  // then all times 2^-64, to reach the subnormals
  const float one = tiny ? 0x1p-64f : 1.0f;
  const float scale = power_of_two(e.n - (tiny ? 64 : 0));
  const float sum = fma(scale, e.expm1_r, scale + one);
  // From 2^24 on, scale + one would lose the one.
  return one / (e.n < 24 ? sum : fma(scale, e.expm1_r, one) + scale);
}

// ---- circle

struct SinCos {
  float sin, cos;
};

// sin and cos of 2 pi u for |u| <= 2^20.
FIGMENT_FORMULA SinCos sin_cos_turns(float u) {
  const float magic = 12582912.0f;
  const float shifted = 4.0f * u + magic;
  const unsigned quarter = bits_of(shifted);
  const float r = fma(shifted - magic, -0.25f, u);  // exact, |r| <= 1/8
  const float s = r * r;
  // 2 pi and 2 pi^2 are held in two parts and r^2 with its rounding error: half an ulp is lost.
  float p = -0x1.2dd048p+6f;
  p = fma(p, s, 0x1.466032p+6f);
  p = fma(p, s, -0x1.4abbc0p+5f);
  const float sine = fma(r, 0x1.921fb6p+2f, r * fma(s, p, -0x1.777a5cp-23f));
  float q = 0x1.dae686p+5f;
  q = fma(q, s, -0x1.55ca32p+6f);
  q = fma(q, s, 0x1.03c1e8p+6f);
  q = fma(q, s, -0x1.37c8bcp-21f);
  const float curve = -0x1.3bd3ccp+4f;
  const float drop = s * curve;
  const float rest = fma(s, curve, -drop) + fma(fma(r, r, -s), curve, s * q);
  const float near = 1.0f + drop;
  const float cosine = near + ((1.0f - near) + drop + rest);
  const bool swap = (quarter & 1u) != 0;
  const unsigned sine_sign = (quarter & 2u) << 30;
  const unsigned cosine_sign = ((quarter + 1u) & 2u) << 30;
  return {float_of(bits_of(swap ? cosine : sine) ^ sine_sign),
          float_of(bits_of(swap ? sine : cosine) ^ cosine_sign)};
}

// ---- activations: forward(x), and backward(dy, y) = dy times the derivative, from the output y

// The order of dev.figment.device.Activation.Kind.
enum ActivationKind { kIdentity, kRelu, kLeakyRelu, kTanh, kSigmoid };

struct Identity {
  FIGMENT_MEMBER float forward(float x) const { return x; }
  FIGMENT_MEMBER float backward(float dy, float) const { return dy; }
};

struct Relu {
  FIGMENT_MEMBER float forward(float x) const { return x < 0.0f ? 0.0f : x; }
  FIGMENT_MEMBER float backward(float dy, float y) const { return y > 0.0f ? dy : 0.0f; }
};

struct LeakyRelu {
  float slope;
  FIGMENT_MEMBER float forward(float x) const { return x > 0.0f ? x : slope * x; }
  FIGMENT_MEMBER float backward(float dy, float y) const { return y > 0.0f ? dy : slope * dy; }
};

struct Tanh {
  FIGMENT_MEMBER float forward(float x) const { return tanh(x); }
  FIGMENT_MEMBER float backward(float dy, float y) const { return dy * fma(-y, y, 1.0f); }
};

struct Sigmoid {
  FIGMENT_MEMBER float forward(float x) const { return sigmoid(x); }
  FIGMENT_MEMBER float backward(float dy, float y) const { return dy * (y * (1.0f - y)); }
};

// ---- numbers between others

// A NaN stays one.
FIGMENT_FORMULA float clamped(float x, float low, float high) {
  return x < low ? low : x > high ? high : x;
}

FIGMENT_FORMULA float lerp(float a, float b, float t) { return fma(t, b - a, a); }

// ---- Adam, Kingma and Ba (2015), with both bias corrections folded into two constants of a step,
// and the decoupled weight decay of Loshchilov and Hutter (2019)

struct AdamStep {
  float beta1, one_minus_beta1, beta2, one_minus_beta2, rate, epsilon, keep;
};

FIGMENT_FORMULA AdamStep adam_step(double learning_rate, double beta1, double beta2, double epsilon,
                                   double weight_decay, int step) {
  const double correction = __builtin_sqrt(1.0 - power(beta2, step));
  return {static_cast<float>(beta1),
          static_cast<float>(1.0 - beta1),
          static_cast<float>(beta2),
          static_cast<float>(1.0 - beta2),
          static_cast<float>(learning_rate * correction / (1.0 - power(beta1, step))),
          static_cast<float>(epsilon * correction),
          static_cast<float>(1.0 - learning_rate * weight_decay)};
}

// Updates one parameter and its moments.
FIGMENT_FORMULA void adam_update(const AdamStep& s, float gradient, float* value, float* m,
                                 float* v) {
  *m = fma(s.beta1, *m, s.one_minus_beta1 * gradient);
  *v = fma(s.beta2, *v, s.one_minus_beta2 * gradient * gradient);
  *value = fma(-s.rate, *m / (square_root(*v) + s.epsilon), s.keep * *value);
}

// ---- stochastic gradient descent, with momentum as in Sutskever et al. (2013)

struct SgdStep {
  float rate, momentum, weight_decay;
  bool nesterov;
};

FIGMENT_FORMULA void sgd_update(const SgdStep& s, float gradient, float* value) {
  *value = fma(-s.rate, fma(s.weight_decay, *value, gradient), *value);
}

FIGMENT_FORMULA void sgd_update(const SgdStep& s, float gradient, float* value, float* velocity) {
  const float g = fma(s.weight_decay, *value, gradient);
  const float v = fma(s.momentum, *velocity, g);
  *velocity = v;
  *value = fma(-s.rate, s.nesterov ? fma(s.momentum, v, g) : v, *value);
}

// ---- RMSProp, Tieleman and Hinton (2012)

struct RmsPropStep {
  float rate, decay, one_minus_decay, epsilon;
};

FIGMENT_FORMULA RmsPropStep rms_prop_step(float learning_rate, double decay, double epsilon) {
  return {learning_rate, static_cast<float>(decay), static_cast<float>(1.0 - decay),
          static_cast<float>(epsilon)};
}

FIGMENT_FORMULA void rms_prop_update(const RmsPropStep& s, float gradient, float* value,
                                     float* mean_square) {
  *mean_square = fma(s.decay, *mean_square, s.one_minus_decay * gradient * gradient);
  *value = fma(-s.rate, gradient / (square_root(*mean_square) + s.epsilon), *value);
}

// ---- averages and norms of an arena

// The weight of the newest values in a moving average; step may be null.
FIGMENT_FORMULA float ema_weight(const int* step, double decay) {
  if (step == nullptr) return static_cast<float>(1.0 - decay);
  const double warm_up = (1.0 + *step) / (10.0 + *step);
  return static_cast<float>(1.0 - (warm_up < decay ? warm_up : decay));
}

// What brings a norm down to the largest one allowed; NaN of NaN.
FIGMENT_FORMULA float clip_factor(float norm, double max_norm) {
  return norm <= max_norm ? 1.0f : static_cast<float>(max_norm / norm);
}

}  // namespace figment

#endif  // FIGMENT_FORMULAS_H_

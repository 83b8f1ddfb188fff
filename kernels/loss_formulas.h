// Scalar formulas of losses and latent variables, value and derivatives together, shared by the
// CUDA kernels and the CPU as formulas.h is, and by its rules.
#ifndef FIGMENT_LOSS_FORMULAS_H_
#define FIGMENT_LOSS_FORMULAS_H_

#include "formulas.h"

namespace figment {

// ---- exponentials and logarithms of numbers that are known to lie in part of the range, by the
// rules of formulas.h

// exp(x) for |x| <= 87, where one factor reaches.
FIGMENT_FORMULA float exp_of_moderate(float x) {
  const ExpReduction e = reduce_exp(x);
  const float scale = power_of_two(e.n);
  return fma(scale, e.expm1_r, scale);
}

// exp(x) for x <= 0; 0 where it would be about to become subnormal, below -87.
FIGMENT_FORMULA float exp_of_negative(float x) {
  const float y = exp_of_moderate(x < -87.0f ? -87.0f : x);
  return x < -87.0f ? 0.0f : y;
}

// log(1 + x) for 0 <= x <= 1, as 2 atanh(s) = x - s (x - r) with s = x / (2 + x).
FIGMENT_FORMULA float log1p_of_unit(float x) {
  const float s = x / (2.0f + x);
  const float z = s * s;
  float r = 0x1.1ec906p-2f;
  r = fma(r, z, 0x1.1ec070p-2f);
  r = fma(r, z, 0x1.99d1cap-2f);
  r = fma(r, z, 0x1.555502p-1f);
  return fma(-s, x - z * r, x);
}

struct ValueAndGradient {
  float value, gradient;
};

// ---- generative adversarial networks, on one logit; sources: dev.figment.device.GanLoss

// The order of dev.figment.device.GanLoss.
enum GanLossKind { kMinimax, kNonSaturating, kLeastSquares, kWasserstein, kHinge };

FIGMENT_FORMULA ValueAndGradient half_square(float x, float target) {
  const float d = x - target;
  return {0.5f * d * d, d};
}

// The discriminator on a real sample. With targets t = 1 - s and s:
// -t log sigmoid(x) - s log(1 - sigmoid(x)) = softplus(-x) + s x.
FIGMENT_FORMULA ValueAndGradient gan_loss_of_real(int loss, float smoothing, float x) {
  switch (loss) {
    case kLeastSquares:
      return half_square(x, 1.0f - smoothing);
    case kWasserstein:
      return {-x, -1.0f};
    case kHinge:  // a NaN stays one
      return x >= 1.0f ? ValueAndGradient{0.0f, 0.0f} : ValueAndGradient{1.0f - x, -1.0f};
    default:
      // No 0 times infinity without smoothing.
      return {softplus(-x) + (smoothing > 0.0f ? smoothing * x : 0.0f), smoothing - sigmoid(-x)};
  }
}

// The discriminator on a generated sample.
FIGMENT_FORMULA ValueAndGradient gan_loss_of_fake(int loss, float x) {
  switch (loss) {
    case kLeastSquares:
      return half_square(x, 0.0f);
    case kWasserstein:
      return {x, 1.0f};
    case kHinge:
      return x <= -1.0f ? ValueAndGradient{0.0f, 0.0f} : ValueAndGradient{1.0f + x, 1.0f};
    default:
      return {softplus(x), sigmoid(x)};
  }
}

// The generator.
FIGMENT_FORMULA ValueAndGradient gan_loss_of_generator(int loss, float x) {
  switch (loss) {
    case kMinimax:
      return {-softplus(x), -sigmoid(x)};
    case kNonSaturating:
      return {softplus(-x), -sigmoid(-x)};
    case kLeastSquares:
      return half_square(x, 1.0f);
    default:
      return {-x, -1.0f};
  }
}

// What a discriminator's judgement is reported as.
FIGMENT_FORMULA float gan_score(int loss, float x) {
  return loss == kWasserstein || loss == kHinge ? x : sigmoid(x);
}

// ---- penalties on a gradient, by its squared norm; sources: dev.figment.device.GradientPenalty

// The order of dev.figment.device.GradientPenalty.
enum GradientPenaltyKind { kZeroCentred, kOneCentred };

// Of one sample: its value, and the factor that turns the gradient into the value's derivative with
// respect to it. At 0, where the norm has no derivative, the factor is 0.
FIGMENT_FORMULA ValueAndGradient gradient_penalty(int penalty, float square) {
  if (penalty == kZeroCentred) return {0.5f * square, 1.0f};
  const float norm = square_root(square);
  const float excess = norm - 1.0f;
  return {excess * excess, norm == 0.0f ? 0.0f : 2.0f * (excess / norm)};
}

// ---- Gaussians: mean and log variance

constexpr float kLogVarianceBound = 10.0f;  // Kernels.LOG_VARIANCE_BOUND

// A NaN stays one here, and counts as inside.
FIGMENT_FORMULA float clamp_log_variance(float v) {
  const float below = v > kLogVarianceBound ? kLogVarianceBound : v;
  return below < -kLogVarianceBound ? -kLogVarianceBound : below;
}

FIGMENT_FORMULA bool is_clamped(float v) { return magnitude(v) > kLogVarianceBound; }

struct MomentGradients {
  float value, mean, log_variance;
};

// A latent variable's deviation exp(v / 2) and its KL to the standard normal distribution.
struct StandardKl {
  float value, mean, log_variance, deviation;
};

// KL(N(mean, exp(v)) || N(0, 1)) = (exp(v) - 1 - v + mean^2) / 2, and its derivatives. From
// h = exp(v / 2) - 1 come both the deviation and exp(v) - 1 = h (h + 2).
FIGMENT_FORMULA StandardKl kl_to_standard_normal(float mean, float v) {
  const float c = clamp_log_variance(v);
  const float h = expm1(0.5f * c);
  const float growth = fma(h, h, 2.0f * h);
  float excess = growth - c;  // not below 0, but for rounding
  excess = excess < 0.0f ? 0.0f : excess;
  return {0.5f * fma(mean, mean, excess), mean, is_clamped(v) ? 0.0f : 0.5f * growth, 1.0f + h};
}

struct GaussianKl {
  float value, q_mean, q_log_variance, p_mean, p_log_variance;
};

// KL(q || p) = (exp(d) - 1 - d + (mq - mp)^2 exp(-vp)) / 2 with d = vq - vp, and its derivatives.
FIGMENT_FORMULA GaussianKl kl_of_gaussians(float q_mean, float q_v, float p_mean, float p_v) {
  const float p_clamped = clamp_log_variance(p_v);
  const float d = clamp_log_variance(q_v) - p_clamped;
  const float growth = expm1(d);
  float excess = growth - d;
  excess = excess < 0.0f ? 0.0f : excess;
  const float distance = q_mean - p_mean;
  const float slope = distance * exp_of_moderate(-p_clamped);
  return {0.5f * fma(distance, slope, excess), slope, is_clamped(q_v) ? 0.0f : 0.5f * growth,
          -slope, is_clamped(p_v) ? 0.0f : -0.5f * fma(distance, slope, growth)};
}

// ---- likelihoods: -log p(x | prediction)

// The order of dev.figment.device.Likelihood.Kind.
enum LikelihoodKind { kGaussian, kBernoulli, kGaussianLearned };

// precision (prediction - x)^2 / 2 + constant.
struct Gaussian {
  float precision, constant;
  FIGMENT_MEMBER ValueAndGradient loss(float prediction, float x) const {
    const float d = prediction - x;
    const float slope = precision * d;
    return {fma(0.5f * d, slope, constant), slope};
  }
};

// softplus(p) - x p = max(p, 0) - x p + log1p(exp(-|p|)); derivative sigmoid(p) - x, as (1 - x)
// sigmoid(p) - x sigmoid(-p), which keeps its digits where the two are nearly alike.
struct Bernoulli {
  FIGMENT_MEMBER ValueAndGradient loss(float p, float x) const {
    const float e = exp_of_negative(-magnitude(p));
    const float above = 1.0f / (1.0f + e);  // the larger sigmoid
    const float below = e * above;
    const bool positive = p > 0.0f;
    const float one = positive ? above : below;
    const float zero = positive ? below : above;
    return {fma(-x, p, positive ? p : 0.0f) + log1p_of_unit(e), fma(1.0f - x, one, -x * zero)};
  }
};

// ((mean - x)^2 / exp(v) + v + log(2 pi)) / 2.
FIGMENT_FORMULA MomentGradients loss_of_learned_gaussian(float mean, float v, float x) {
  const float c = clamp_log_variance(v);
  const float d = mean - x;
  const float slope = d * exp_of_moderate(-c);
  const float half_log_two_pi = 0x1.d67f1cp-1f;
  return {fma(0.5f, fma(d, slope, c), half_log_two_pi), slope,
          is_clamped(v) ? 0.0f : 0.5f * fma(-d, slope, 1.0f)};
}

}  // namespace figment

#endif  // FIGMENT_LOSS_FORMULAS_H_

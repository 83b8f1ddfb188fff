// Batch normalization against double precision over shapes that fold, split and leave remainders;
// constant channels, huge offsets; the same bits from every instruction set and team.
#include <math.h>

#include "formulas.h"
#include "loops_context.h"

namespace {

constexpr float kMomentum = 0.8f, kEpsilon = 1e-3f;

struct Case {
  int64_t rows;
  int32_t channels;
  int32_t activation;
  float offset;   // added to x, whose deviation is about 1
  bool constant;  // channel 0 holds one value
};

double forward(int32_t kind, double z) {
  switch (kind) {
    case figment::kRelu:
      return fmax(z, 0);
    case figment::kLeakyRelu:
      return z > 0 ? z : 0.2f * z;
    case figment::kTanh:
      return tanh(z);
    case figment::kSigmoid:
      return 1 / (1 + exp(-z));
    default:
      return z;
  }
}

double derivative(int32_t kind, double z) {
  const double y = forward(kind, z);
  switch (kind) {
    case figment::kRelu:
      return z > 0 ? 1 : 0;
    case figment::kLeakyRelu:
      return z > 0 ? 1 : 0.2f;
    case figment::kTanh:
      return 1 - y * y;
    case figment::kSigmoid:
      return y * (1 - y);
    default:
      return 1;
  }
}

struct Names {
  enum { kY, kMean, kInverse, kRunningMean, kRunningVariance, kInferred, kDx, kDgamma, kDbeta };
};

void run(const Case& t) {
  const auto n = static_cast<size_t>(t.rows * t.channels);
  const auto channels = static_cast<size_t>(t.channels);
  const float slope = t.activation == figment::kLeakyRelu ? 0.2f : 0;
  std::vector<float> x = numbers(n, 1.7f);
  for (size_t i = 0; i < n; ++i) {
    x[i] = t.constant && i % channels == 0 ? 0.7f + t.offset : x[i] + t.offset;
  }
  const std::vector<float> dy = numbers(n, 1, 2);
  const std::vector<float> beta = numbers(channels, 1, 4);
  const std::vector<float> running_mean = numbers(channels, 1, 5);
  std::vector<float> gamma = numbers(channels, 1, 3), running_variance = numbers(channels, 0.5f, 6);
  for (float& value : gamma) value += 1.5f;
  for (float& value : running_variance) value += 1;
  const std::vector<float> before = numbers(channels, 2, 7);

  const Outputs out = same_bits("batch_norm", [&](figment_context* ctx) {
    Guarded y(n), mean(channels), inverse(channels), new_mean(running_mean),
        new_variance(running_variance), inferred(n), dx(n), in_place(dy), dgamma(before),
        dbeta(before), unused(n);
    figment_batch_norm_forward(ctx, y.data(), mean.data(), inverse.data(), new_mean.data(),
                               new_variance.data(), x.data(), nullptr, gamma.data(), beta.data(),
                               kMomentum, kEpsilon, t.activation, slope, 0, 0, t.rows, t.channels);
    figment_batch_norm_infer(ctx, inferred.data(), x.data(), gamma.data(), beta.data(),
                             running_mean.data(), running_variance.data(), kEpsilon, t.activation,
                             slope, 0, t.rows, t.channels);
    figment_batch_norm_backward(ctx, dx.data(), dgamma.data(), dbeta.data(), dy.data(), x.data(),
                                gamma.data(), beta.data(), mean.data(), inverse.data(),
                                t.activation, slope, 1, 0, t.rows, t.channels);
    figment_batch_norm_backward(ctx, in_place.data(), nullptr, nullptr, in_place.data(), x.data(),
                                gamma.data(), beta.data(), mean.data(), inverse.data(),
                                t.activation, slope, 0, 0, t.rows, t.channels);
    for (Guarded* g : {&y, &mean, &inverse, &new_mean, &new_variance, &inferred, &dx, &in_place,
                       &dgamma, &dbeta}) {
      CHECK(g->intact(), "%ld x %d wrote outside", static_cast<long>(t.rows), t.channels);
    }
    CHECK(dx.values() == in_place.values(), "backward differs in place");
    return Outputs{y.values(),        mean.values(),         inverse.values(),
                   new_mean.values(), new_variance.values(), inferred.values(),
                   dx.values(),       dgamma.values(),       dbeta.values()};
  });

  const double rows = static_cast<double>(t.rows);
  const double magnitude = 1 + fabs(t.offset);
  for (size_t c = 0; c < channels; ++c) {
    double mean = 0, squares = 0;
    for (size_t i = c; i < n; i += channels) mean += x[i] / rows;
    for (size_t i = c; i < n; i += channels) squares += (x[i] - mean) * (x[i] - mean);
    const double variance = squares / rows;
    const double inverse = 1 / sqrt(variance + kEpsilon);
    const double unbiased = t.rows > 1 ? squares / (rows - 1) : variance;
    CHECK(fabs(out[Names::kMean][c] - mean) <= 1e-7 * magnitude, "mean %.9g, not %.9g",
          out[Names::kMean][c], mean);
    CHECK(fabs(out[Names::kInverse][c] - inverse) <= 2e-6 * inverse,
          "%ld x %d: inverse deviation of channel %zu is %.9g, not %.9g", static_cast<long>(t.rows),
          t.channels, c, out[Names::kInverse][c], inverse);
    CHECK(fabs(out[Names::kRunningMean][c] - (0.8 * running_mean[c] + 0.2 * mean)) <=
              2e-7 * magnitude,
          "running mean %zu", c);
    CHECK(fabs(out[Names::kRunningVariance][c] - (0.8 * running_variance[c] + 0.2 * unbiased)) <=
              1e-6,
          "running variance %zu is %f", c, out[Names::kRunningVariance][c]);

    // Backward takes the statistics as they were rounded.
    const double saved_mean = out[Names::kMean][c], saved = out[Names::kInverse][c];
    double sum_g = 0, sum_gx = 0, size = 0;
    for (size_t i = c; i < n; i += channels) {
      const double normalized = (x[i] - saved_mean) * saved;
      const double g = dy[i] * derivative(t.activation, gamma[c] * normalized + beta[c]);
      sum_g += g;
      sum_gx += g * normalized;
      size += fabs(g) * (1 + fabs(normalized));
    }
    CHECK(fabs(out[Names::kDbeta][c] - (before[c] + sum_g)) <= 5e-7 * (size + 2),
          "dbeta %zu is %f, not %f", c, out[Names::kDbeta][c], before[c] + sum_g);
    CHECK(fabs(out[Names::kDgamma][c] - (before[c] + sum_gx)) <= 5e-7 * (size + 2),
          "dgamma %zu is %f, not %f", c, out[Names::kDgamma][c], before[c] + sum_gx);
    for (size_t i = c; i < n; i += channels) {
      const double exact = (x[i] - mean) * inverse;
      const double y = forward(t.activation, gamma[c] * exact + beta[c]);
      CHECK(fabs(out[Names::kY][i] - y) <= 1e-5, "%ld x %d: y[%zu] is %f, not %f",
            static_cast<long>(t.rows), t.channels, i, out[Names::kY][i], y);
      const double inferred = forward(
          t.activation,
          gamma[c] * (x[i] - running_mean[c]) / sqrt(running_variance[c] + kEpsilon) + beta[c]);
      CHECK(fabs(out[Names::kInferred][i] - inferred) <= 5e-7 * (4 * magnitude + fabs(inferred)),
            "inferred[%zu] is %f, not %f", i, out[Names::kInferred][i], inferred);
      const double normalized = (x[i] - saved_mean) * saved;
      const double z = gamma[c] * normalized + beta[c];
      if (fabs(z) < 1e-5) continue;  // a mask may fall to either side here
      const double g = dy[i] * derivative(t.activation, z);
      const double dx = gamma[c] * saved * (g - (sum_g + normalized * sum_gx) / rows);
      CHECK(fabs(out[Names::kDx][i] - dx) <= 2e-6 * gamma[c] * saved * (1 + fabs(normalized)),
            "%ld x %d: dx[%zu] is %.9g, not %.9g", static_cast<long>(t.rows), t.channels, i,
            out[Names::kDx][i], dx);
    }
  }
}

}  // namespace

int main() {
  const int32_t kinds[] = {figment::kIdentity, figment::kRelu, figment::kLeakyRelu, figment::kTanh,
                           figment::kSigmoid};
  int i = 0;
  for (const int32_t channels : {1, 2, 3, 5, 16, 63, 64, 65, 128, 255, 256, 1000, 1025}) {
    for (const int64_t rows : {1, 2, 31, 500}) run({rows, channels, kinds[i++ % 5], 0, false});
  }
  for (const int32_t channels : {1, 3, 64, 300}) {
    run({channels < 100 ? 9001 : 200, channels, figment::kRelu, 0, false});
    run({1100, channels, figment::kIdentity, 0, true});
    run({1100, channels, figment::kTanh, 1e4f, false});
    run({1100, channels, figment::kRelu, -1e4f, true});
  }
  return report();
}

// Activations, layout, reductions, losses and Adam: against double precision, and the same bits
// from every instruction set and number of threads.
#include <math.h>

#include "formulas.h"
#include "loops_context.h"

namespace {

constexpr size_t kSizes[] = {1, 2, 15, 16, 17, 1000, 16384, 16385, 50001};

int64_t length(size_t n) { return static_cast<int64_t>(n); }

double exact_activation(int32_t kind, float slope, double x) {
  switch (kind) {
    case figment::kRelu:
      return fmax(x, 0);
    case figment::kLeakyRelu:
      return x > 0 ? x : slope * x;
    case figment::kTanh:
      return tanh(x);
    case figment::kSigmoid:
      return 1 / (1 + exp(-x));
    default:
      return x;
  }
}

double exact_derivative(int32_t kind, float slope, double y) {
  switch (kind) {
    case figment::kRelu:
      return y > 0 ? 1 : 0;
    case figment::kLeakyRelu:
      return y > 0 ? 1 : slope;
    case figment::kTanh:
      return 1 - y * y;
    case figment::kSigmoid:
      return y * (1 - y);
    default:
      return 1;
  }
}

void activations(size_t n) {
  const std::vector<float> x = numbers(n, 12), dy = numbers(n, 2, 5);
  for (int32_t kind = figment::kIdentity; kind <= figment::kSigmoid; ++kind) {
    const float slope = kind == figment::kLeakyRelu ? 0.2f : 0;
    const Outputs out = same_bits("activation", [&](figment_context* ctx) {
      Guarded y(n), in_place(x), dx(n), gradient(dy);
      figment_activation_forward(ctx, y.data(), x.data(), kind, slope, 0, length(n));
      figment_activation_forward(ctx, in_place.data(), in_place.data(), kind, slope, 0, length(n));
      figment_activation_backward(ctx, dx.data(), dy.data(), y.data(), kind, slope, 0, length(n));
      figment_activation_backward(ctx, gradient.data(), gradient.data(), y.data(), kind, slope, 0,
                                  length(n));
      CHECK(y.intact() && in_place.intact() && dx.intact(), "kind %d, n = %zu", kind, n);
      CHECK(y.values() == in_place.values() && dx.values() == gradient.values(),
            "kind %d differs in place, n = %zu", kind, n);
      return Outputs{y.values(), dx.values()};
    });
    for (size_t i = 0; i < n; ++i) {
      const double y = exact_activation(kind, slope, x[i]);
      const double dx = dy[i] * exact_derivative(kind, slope, out[0][i]);
      CHECK(fabs(out[0][i] - y) <= 3e-7 * fabs(y), "kind %d of %f is %f", kind, x[i], out[0][i]);
      CHECK(fabs(out[1][i] - dx) <= 3e-7, "kind %d: dx %f, not %f", kind, out[1][i], dx);
    }
  }
}

void layout(size_t n) {
  const std::vector<float> a = numbers(n, 5), b = numbers(n, 3, 2);
  std::vector<uint8_t> bytes(n);
  for (size_t i = 0; i < n; ++i) bytes[i] = static_cast<uint8_t>(i * 37);
  const Outputs out = same_bits("layout", [&](figment_context* ctx) {
    Guarded filled(n), copied(n), added(n), scaled(n), real(n);
    figment_fill(ctx, filled.data(), 2.5f, length(n));
    figment_copy(ctx, copied.data(), a.data(), 4 * length(n));
    figment_add(ctx, added.data(), a.data(), b.data(), length(n));
    figment_scale(ctx, scaled.data(), a.data(), -0.3f, length(n));
    figment_bytes_to_real(ctx, real.data(), bytes.data(), 1 / 127.5f, -1, length(n));
    CHECK(filled.intact() && copied.intact() && added.intact() && scaled.intact() && real.intact(),
          "n = %zu", n);
    return Outputs{filled.values(), copied.values(), added.values(), scaled.values(),
                   real.values()};
  });
  for (size_t i = 0; i < n; ++i) {
    CHECK(out[0][i] == 2.5f && out[1][i] == a[i], "fill or copy at %zu", i);
    CHECK(out[2][i] == a[i] + b[i] && out[3][i] == -0.3f * a[i], "add or scale at %zu", i);
    CHECK(fabs(out[4][i] - (bytes[i] / 127.5 - 1)) <= 2e-7, "byte %d is %f", bytes[i], out[4][i]);
  }
}

void transposes(int batch, int height, int width, int channels) {
  const size_t n = static_cast<size_t>(batch) * height * width * channels;
  const std::vector<float> x = numbers(n, 1);
  const Outputs out = same_bits("transpose", [&](figment_context* ctx) {
    Guarded nhwc(n), back(n);
    figment_nchw_to_nhwc(ctx, nhwc.data(), x.data(), batch, height, width, channels);
    figment_nhwc_to_nchw(ctx, back.data(), nhwc.data(), batch, height, width, channels);
    CHECK(nhwc.intact() && back.intact(), "%dx%dx%dx%d", batch, height, width, channels);
    return Outputs{nhwc.values(), back.values()};
  });
  CHECK(out[1] == x, "there and back differs: %dx%dx%dx%d", batch, height, width, channels);
  size_t i = 0;
  for (int b = 0; b < batch; ++b) {
    for (int p = 0; p < height * width; ++p) {
      for (int c = 0; c < channels; ++c, ++i) {
        const float expected = x[(static_cast<size_t>(b) * channels + c) * height * width + p];
        CHECK(out[0][i] == expected, "sample %d, pixel %d, channel %d", b, p, c);
      }
    }
  }
}

void columns(int rows, int y_columns, int y_from, int x_columns, int x_from, int count) {
  const std::vector<float> y = numbers(static_cast<size_t>(rows) * y_columns, 1);
  const std::vector<float> x = numbers(static_cast<size_t>(rows) * x_columns, 1, 2);
  const Outputs out = same_bits("copy_columns", [&](figment_context* ctx) {
    Guarded copied(y), added(y);
    figment_copy_columns(ctx, copied.data(), y_from, x.data(), x_from, count, 0, rows, y_columns,
                         x_columns);
    figment_copy_columns(ctx, added.data(), y_from, x.data(), x_from, count, 1, rows, y_columns,
                         x_columns);
    CHECK(copied.intact() && added.intact(), "%d rows of %d", rows, y_columns);
    return Outputs{copied.values(), added.values()};
  });
  for (int row = 0; row < rows; ++row) {
    for (int c = 0; c < y_columns; ++c) {
      const size_t at = static_cast<size_t>(row) * y_columns + c;
      const bool taken = c >= y_from && c < y_from + count;
      const float from =
          taken ? x[static_cast<size_t>(row) * x_columns + x_from + c - y_from] : 0.0f;
      CHECK(out[0][at] == (taken ? from : y[at]), "row %d, column %d is %f", row, c, out[0][at]);
      CHECK(out[1][at] == y[at] + from, "row %d, column %d is %f", row, c, out[1][at]);
    }
  }
}

void sums(size_t n) {
  std::vector<float> x = numbers(n, 1);
  for (float& value : x) value += 100;  // a sum of floats in one go would lose three digits
  const Outputs out = same_bits("sum", [&](figment_context* ctx) {
    Guarded sum(1), squares(1);
    figment_sum(ctx, sum.data(), x.data(), length(n));
    figment_sum_of_squares(ctx, squares.data(), x.data(), length(n));
    CHECK(sum.intact() && squares.intact(), "n = %zu", n);
    return Outputs{sum.values(), squares.values()};
  });
  double sum = 0, squares = 0;
  for (const double value : x) {
    sum += value;
    squares += value * value;
  }
  CHECK(fabs(out[0][0] - sum) <= 6e-8 * sum, "sum of %zu is %f, not %f", n, out[0][0], sum);
  CHECK(fabs(out[1][0] - squares) <= 6e-8 * squares, "squares of %zu: %f", n, out[1][0]);
}

void column_sums(int64_t rows, int32_t channels) {
  const std::vector<float> x = numbers(static_cast<size_t>(rows * channels), 1);
  const std::vector<float> before = numbers(static_cast<size_t>(channels), 10, 3);
  const Outputs out = same_bits("column_sum", [&](figment_context* ctx) {
    Guarded fresh(before), added(before);
    figment_column_sum(ctx, fresh.data(), x.data(), 0, 0, rows, channels);
    figment_column_sum(ctx, added.data(), x.data(), 1, 0, rows, channels);
    CHECK(fresh.intact() && added.intact(), "%ld x %d", static_cast<long>(rows), channels);
    return Outputs{fresh.values(), added.values()};
  });
  for (int32_t c = 0; c < channels; ++c) {
    double sum = 0, magnitude = 1;
    for (int64_t r = 0; r < rows; ++r) {
      sum += x[static_cast<size_t>(r * channels + c)];
      magnitude += fabs(x[static_cast<size_t>(r * channels + c)]);
    }
    CHECK(fabs(out[0][c] - sum) <= 2e-7 * magnitude, "%ld x %d, column %d: %f, not %f",
          static_cast<long>(rows), channels, c, out[0][c], sum);
    CHECK(fabs(out[1][c] - (before[c] + sum)) <= 2e-7 * (magnitude + 10), "added, column %d", c);
  }
}

double softplus(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }
double sigmoid(double x) { return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)); }

void losses(const std::vector<float>& logits) {
  const int32_t batch = static_cast<int32_t>(logits.size() / 2);
  const int32_t all = 2 * batch;
  const Outputs out = same_bits("gan loss", [&](figment_context* ctx) {
    Guarded d(3), dd(logits.size()), minimax(1), dm(logits.size()), saturating(1),
        ds(logits.size());
    figment_gan_discriminator_loss(ctx, d.data(), dd.data(), logits.data(), 1, 0, batch);
    figment_gan_generator_loss(ctx, minimax.data(), dm.data(), logits.data(), 0, all);
    figment_gan_generator_loss(ctx, saturating.data(), ds.data(), logits.data(), 1, all);
    CHECK(d.intact() && dd.intact() && minimax.intact() && dm.intact() && ds.intact(), "guards");
    return Outputs{d.values(),  dd.values(),         minimax.values(),
                   dm.values(), saturating.values(), ds.values()};
  });
  double d = 0, real = 0, fake = 0, minimax = 0, saturating = 0;
  for (int32_t i = 0; i < all; ++i) {
    const double x = logits[static_cast<size_t>(i)];
    const bool is_real = i < batch;
    d += softplus(is_real ? -x : x) / batch;
    (is_real ? real : fake) += sigmoid(x) / batch;
    minimax -= softplus(x) / all;
    saturating += softplus(-x) / all;
    const double gradient = (is_real ? -sigmoid(-x) : sigmoid(x)) / batch;
    CHECK(fabs(out[1][i] - gradient) <= 4e-7 * fabs(gradient) + 1e-45,
          "d gradient at %f: %a, not %a", x, out[1][i], gradient);
    CHECK(fabs(out[3][i] + sigmoid(x) / all) <= 4e-7 * sigmoid(x) / all + 1e-45, "minimax at %f",
          x);
    CHECK(fabs(out[5][i] + sigmoid(-x) / all) <= 4e-7 * sigmoid(-x) / all + 1e-45,
          "non-saturating at %f", x);
  }
  CHECK(fabs(out[0][0] - d) <= 2e-7 * d, "d loss %f, not %f", out[0][0], d);
  CHECK(fabs(out[0][1] - real) <= 2e-7 && fabs(out[0][2] - fake) <= 2e-7, "means %f %f", out[0][1],
        out[0][2]);
  CHECK(fabs(out[2][0] - minimax) <= 2e-7 * fabs(minimax), "minimax %f", out[2][0]);
  CHECK(fabs(out[4][0] - saturating) <= 2e-7 * saturating, "non-saturating %f", out[4][0]);
}

void infinite_logits() {
  const float inf = INFINITY;
  LoopsContext context(figment::Isa::kBaseline, 1);
  float result[3], gradient[2];
  float logits[] = {inf, -inf};
  figment_gan_discriminator_loss(&context.ctx, result, gradient, logits, 1, 0, 1);
  CHECK(result[0] == 0 && gradient[0] == 0 && gradient[1] == 0, "certain and right: %f", result[0]);
  logits[0] = -inf;
  figment_gan_discriminator_loss(&context.ctx, result, gradient, logits, 1, 0, 1);
  CHECK(result[0] == inf && gradient[0] == -1, "certain and wrong: %f", result[0]);
  logits[0] = NAN;
  figment_gan_discriminator_loss(&context.ctx, result, gradient, logits, 1, 0, 1);
  CHECK(isnan(result[0]) && isnan(gradient[0]), "NaN is lost: %f", result[0]);
}

void adam(size_t n, int32_t step) {
  const std::vector<float> values = numbers(n, 1), gradients = numbers(n, 0.1f, 2);
  const std::vector<float> m = numbers(n, 0.05f, 3);
  std::vector<float> v = numbers(n, 0.005f, 4);
  for (float& value : v) value = value * value;
  const float rate = 0.05f;
  const double beta1 = 0.5, beta2 = 0.999, epsilon = 1e-3, decay = 0.3;  // large enough to be seen
  const Outputs out = same_bits("adam", [&](figment_context* ctx) {
    Guarded new_values(values), new_m(m), new_v(v);
    figment_adam(ctx, new_values.data(), new_m.data(), new_v.data(), gradients.data(), &step, &rate,
                 beta1, beta2, epsilon, decay, length(n));
    CHECK(new_values.intact() && new_m.intact() && new_v.intact(), "n = %zu", n);
    return Outputs{new_values.values(), new_m.values(), new_v.values()};
  });
  for (size_t i = 0; i < n; ++i) {
    const double g = gradients[i];
    const double new_m = beta1 * m[i] + (1 - beta1) * g;
    const double new_v = beta2 * v[i] + (1 - beta2) * g * g;
    const double mean = new_m / (1 - pow(beta1, step));
    const double square = new_v / (1 - pow(beta2, step));
    const double update = rate * mean / (sqrt(square) + epsilon);
    CHECK(fabs(out[1][i] - new_m) <= 1e-8 && fabs(out[2][i] - new_v) <= 3e-7 * new_v + 1e-12,
          "moments %zu", i);
    const double value = values[i] * (1 - rate * decay) - update;
    CHECK(fabs(out[0][i] - value) <= 1.5e-7 + 1e-6 * fabs(update),
          "step %d, value %zu is %f, not %f", step, i, out[0][i], value);
  }
}

}  // namespace

int main() {
  for (const size_t n : kSizes) {
    activations(n);
    layout(n);
    sums(n);
    for (const int32_t step : {1, 2, 1000, 1000000}) adam(n, step);
  }
  transposes(1, 1, 1, 1);
  transposes(3, 5, 7, 3);
  transposes(2, 33, 2, 65);
  transposes(2, 3, 5, 16);
  transposes(1, 8, 13, 3);
  columns(1, 1, 0, 1, 0, 1);
  columns(50001, 4, 3, 1, 0, 1);
  columns(333, 300, 17, 200, 5, 190);
  for (const int32_t channels : {1, 2, 3, 5, 16, 63, 64, 65, 100, 255, 256, 700, 1025, 3000}) {
    for (const int64_t rows : {1, 2, 17, 300}) column_sums(rows, channels);
  }
  column_sums(70001, 1);
  column_sums(30011, 3);
  losses({0.0f, 0.5f, -2.0f, 3.0f});
  losses({80.0f, -80.0f, 80.0f, -80.0f, 100.0f, -100.0f, 1e-30f, -1e-6f, 20.0f, -20.0f});
  losses(numbers(256, 6));
  infinite_logits();
  return report();
}

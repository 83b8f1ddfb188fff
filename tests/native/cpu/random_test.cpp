// Philox against Random123's known answers, and the numbers and masks made of it.
#include <math.h>

#include <string>

#include "loops_context.h"
#include "philox.h"

namespace {

// tests/kat_vectors of Random123, lines "philox4x32 10": counter, key, result.
constexpr unsigned kKnown[3][10] = {
    {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
    {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e,
     0xa20bc7c6, 0x6d5451fd},
    {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb,
     0x5001e420, 0x24126ea1}};

void known_answers() {
  for (const auto& k : kKnown) {
    const figment::PhiloxBlock y = figment::philox({{k[0], k[1], k[2], k[3]}}, k[4], k[5]);
    for (int i = 0; i < 4; ++i) {
      CHECK(y.word[i] == k[6 + i], "word %d is %08x, not %08x", i, y.word[i], k[6 + i]);
    }
  }
  // The words' places: element index / 4 in 0 and 1, step, stream; the seed's low half first.
  const figment::PhiloxStream stream =
      figment::philox_stream(0x299f31d0a4093822, 0x13198a2e, 0x03707344);
  const figment::PhiloxBlock y = figment::philox_block(stream, 0x85a308d3243f6a88);
  for (int i = 0; i < 4; ++i) CHECK(y.word[i] == kKnown[2][6 + i], "%08x", y.word[i]);
}

constexpr int64_t kSeed = 0x123456789abcdef0;
constexpr int32_t kStep = -7, kStream = 16;

unsigned integer(size_t i) {
  const figment::PhiloxStream stream = figment::philox_stream(kSeed, kStep, kStream);
  return figment::philox_block(stream, i / 4).word[i % 4];
}

void uniforms(size_t n) {
  const Outputs y = same_bits("uniform", [=](figment_context* ctx) {
    Guarded unit(n), range(n);
    figment_uniform(ctx, unit.data(), 0, 1, kSeed, &kStep, kStream, static_cast<int64_t>(n));
    figment_uniform(ctx, range.data(), -3, 5, kSeed, &kStep, kStream, static_cast<int64_t>(n));
    CHECK(unit.intact() && range.intact(), "wrote outside its output, n = %zu", n);
    return Outputs{unit.values(), range.values()};
  });
  for (size_t i = 0; i < n; ++i) {
    const float u = fmaf(static_cast<float>(integer(i)), 0x1p-32f, 0x1p-33f);
    CHECK(y[0][i] == u && u > 0 && u <= 1, "element %zu is %a, not %a", i, y[0][i], u);
    CHECK(fabs(y[1][i] - (-3 + 8.0 * u)) <= 5e-7, "element %zu is %f, u %f", i, y[1][i], u);
  }
}

void normals(size_t n) {
  const Outputs y = same_bits("normal", [=](figment_context* ctx) {
    Guarded unit(n), shifted(n);
    figment_normal(ctx, unit.data(), 0, 1, kSeed, &kStep, kStream, static_cast<int64_t>(n));
    figment_normal(ctx, shifted.data(), 2, 3, kSeed, &kStep, kStream, static_cast<int64_t>(n));
    CHECK(unit.intact() && shifted.intact(), "wrote outside its output, n = %zu", n);
    return Outputs{unit.values(), shifted.values()};
  });
  double sum = 0, squares = 0;
  for (size_t i = 0; i < n; ++i) {
    const double u0 = figment::uniform_of(integer(i / 2 * 2));
    const double u1 = figment::uniform_of(integer(i / 2 * 2 + 1));
    const double angle = 2 * M_PI * u1;
    const double exact = sqrt(-2 * log(u0)) * (i % 2 == 0 ? cos(angle) : sin(angle));
    CHECK(fabs(y[0][i] - exact) <= 5e-7 * fabs(exact) + 1e-15, "element %zu is %a, not %a", i,
          y[0][i], exact);
    CHECK(fabs(y[1][i] - (2 + 3 * exact)) <= 2e-6, "element %zu is %f", i, y[1][i]);
    sum += y[0][i];
    squares += static_cast<double>(y[0][i]) * y[0][i];
  }
  if (n < 10000) return;
  CHECK(fabs(sum / n) < 5 / sqrt(n), "mean %f", sum / n);
  CHECK(fabs(squares / n - 1) < 8 / sqrt(n), "variance %f", squares / n);
}

void bernoullis(size_t n) {
  std::vector<float> p(n);
  for (size_t i = 0; i < n; ++i) p[i] = static_cast<float>(i % 5) / 4;
  p[n / 2] = NAN;
  const Outputs y = same_bits("bernoulli", [&](figment_context* ctx) {
    Guarded out(n), in_place(p);
    figment_bernoulli(ctx, out.data(), p.data(), kSeed, &kStep, kStream, static_cast<int64_t>(n));
    figment_bernoulli(ctx, in_place.data(), in_place.data(), kSeed, &kStep, kStream,
                      static_cast<int64_t>(n));
    CHECK(out.intact() && in_place.intact(), "wrote outside its output, n = %zu", n);
    for (size_t i = 0; i < n; ++i) {
      const float a = out.values()[i], b = in_place.values()[i];
      CHECK(a == b || (isnan(a) && isnan(b)), "element %zu is %f, and %f in place", i, a, b);
    }
    std::vector<float> known = out.values();
    known[n / 2] = isnan(known[n / 2]) ? 2 : known[n / 2];  // a NaN equals nothing
    return Outputs{known};
  });
  for (size_t i = 0; i < n; ++i) {
    const float u = fmaf(static_cast<float>(integer(i)), 0x1p-32f, 0x1p-33f);
    const float drawn = i == n / 2 ? 2 : u <= p[i] ? 1 : 0;
    CHECK(y[0][i] == drawn, "element %zu is %f at p = %f, u = %a", i, y[0][i], p[i], u);
  }
}

void dropout(size_t n, double p, int32_t activation, float slope) {
  const std::vector<float> x = numbers(n, 3), dy = numbers(n, 1, 2);
  const auto threshold = static_cast<unsigned>(floor(p * 4294967296.0));
  const auto size = static_cast<int64_t>(n);
  const Outputs y = same_bits("dropout", [&](figment_context* ctx) {
    Guarded out(n), in_place(x), dx(n), gradient(dy);
    figment_dropout_forward(ctx, out.data(), x.data(), activation, slope, p, kSeed, &kStep, kStream,
                            0, size);
    figment_dropout_forward(ctx, in_place.data(), in_place.data(), activation, slope, p, kSeed,
                            &kStep, kStream, 0, size);
    figment_dropout_backward(ctx, dx.data(), dy.data(), out.data(), activation, slope, p, kSeed,
                             &kStep, kStream, 0, size);
    figment_dropout_backward(ctx, gradient.data(), gradient.data(), out.data(), activation, slope,
                             p, kSeed, &kStep, kStream, 0, size);
    CHECK(out.intact() && in_place.intact() && dx.intact() && gradient.intact(), "n = %zu", n);
    CHECK(out.values() == in_place.values(), "forward differs in place, n = %zu", n);
    CHECK(dx.values() == gradient.values(), "backward differs in place, n = %zu", n);
    return Outputs{out.values(), dx.values()};
  });
  size_t kept = 0;
  for (size_t i = 0; i < n; ++i) {
    const bool keep = integer(i) >= threshold;
    const double f = activation == figment::kTanh ? tanh(x[i]) : x[i] > 0 ? x[i] : slope * x[i];
    const double derivative = activation == figment::kTanh ? 1 - f * f : x[i] > 0 ? 1 : slope;
    const double forward = keep ? f / (1 - p) : 0;
    const double backward = keep ? dy[i] * derivative / (1 - p) : 0;
    CHECK(fabs(y[0][i] - forward) <= 2e-6, "element %zu is %f, not %f", i, y[0][i], forward);
    CHECK(fabs(y[1][i] - backward) <= 2e-6, "gradient %zu is %f, not %f", i, y[1][i], backward);
    kept += keep ? 1 : 0;
  }
  const double expected = static_cast<double>(n) * (1 - p);
  CHECK(fabs(static_cast<double>(kept) - expected) <= 5 * sqrt(n) + 1e-9, "kept %zu of %zu", kept,
        n);
}

void increment() {
  LoopsContext context(figment::Isa::kBaseline, 1);
  int32_t counter = 41;
  figment_increment(&context.ctx, &counter);
  CHECK(counter == 42, "%d", counter);
  counter = INT32_MAX;
  figment_increment(&context.ctx, &counter);
  CHECK(counter == INT32_MIN, "%d", counter);
}

}  // namespace

int main() {
  known_answers();
  for (const size_t n : {1, 3, 4, 255, 257, 1000, 16384, 40001}) {
    uniforms(n);
    normals(n);
    bernoullis(n);
    dropout(n, 0.25, figment::kLeakyRelu, 0.2f);
    dropout(n, 0.9, figment::kTanh, 0);
    dropout(n, 0, figment::kLeakyRelu, 0.5f);
    dropout(n, integer(0) * 0x1p-32, figment::kLeakyRelu, 0.2f);  // element 0 is just kept
  }
  increment();
  return report();
}

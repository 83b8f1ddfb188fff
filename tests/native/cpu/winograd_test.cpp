// Winograd's fast convolution: every pass against plain double loops, and the same bits on every
// instruction set and number of threads.
#include <cmath>

#include "loops_context.h"

namespace {

using figment::loops;
using Reals = std::vector<float>;
using Doubles = std::vector<double>;

struct Case {
  const char* name;
  int batch;
  figment_conv geometry;
};

const Case kCases[] = {
    // H W C, P Q K, R S, strides, padding top bottom left right
    {"5x5", 3, {7, 7, 32, 7, 7, 64, 5, 5, 1, 1, 2, 2, 2, 2}},
    {"5x5 without padding", 7, {9, 12, 64, 5, 8, 32, 5, 5, 1, 1, 0, 0, 0, 0}},
    {"4x4", 2, {6, 6, 32, 6, 6, 32, 4, 4, 1, 1, 1, 2, 1, 2}},
    {"3x3", 2, {8, 5, 32, 8, 5, 32, 3, 3, 1, 1, 1, 1, 1, 1}},
    {"3x5, a wide padding", 1, {5, 9, 32, 9, 9, 32, 3, 5, 1, 1, 3, 3, 2, 2}},
    {"5x5 stride 2", 2, {14, 14, 32, 7, 7, 64, 5, 5, 2, 2, 1, 2, 1, 2}},
    {"5x5 stride 2, odd padding", 2, {13, 15, 32, 7, 8, 32, 5, 5, 2, 2, 2, 2, 2, 2}},
    {"4x4 stride 2", 2, {16, 16, 64, 8, 8, 32, 4, 4, 2, 2, 1, 1, 1, 1}},
    {"6x6 stride 2", 2, {12, 12, 32, 6, 6, 32, 6, 6, 2, 2, 2, 2, 2, 2}},
    {"4x5 stride 1 and 2", 1, {6, 11, 32, 6, 6, 32, 4, 5, 1, 2, 2, 1, 2, 2}},
    {"rows out of reach", 1, {9, 9, 32, 4, 4, 32, 2, 2, 2, 2, 0, 0, 0, 0}},
};

// Calls body(large index, small index, weight index, channels) for every tap: `channels` values of
// the large image and the weights lie one behind the other.
template <class Body>
void taps(const figment_conv& g, int batch, Body body) {
  for (int n = 0; n < batch; ++n)
    for (int p = 0; p < g.small_height; ++p)
      for (int q = 0; q < g.small_width; ++q)
        for (int r = 0; r < g.kernel_height; ++r)
          for (int s = 0; s < g.kernel_width; ++s) {
            const int h = p * g.stride_height + r - g.pad_top;
            const int w = q * g.stride_width + s - g.pad_left;
            if (h < 0 || h >= g.height || w < 0 || w >= g.width) continue;
            for (int k = 0; k < g.small_channels; ++k)
              body(((size_t(n) * g.height + h) * g.width + w) * g.channels,
                   ((size_t(n) * g.small_height + p) * g.small_width + q) * g.small_channels + k,
                   ((size_t(k) * g.kernel_height + r) * g.kernel_width + s) * g.channels);
          }
}

double norm(const Doubles& x) {
  double sum = 0;
  for (double value : x) sum += value * value;
  return std::sqrt(sum);
}

// The distance, relative to the norm of what is expected.
void check(const char* name, const char* what, const Reals& found, const Doubles& expected) {
  Doubles difference(expected.size());
  for (size_t i = 0; i < expected.size(); ++i) difference[i] = found[i] - expected[i];
  const double error = norm(difference) / norm(expected);
  CHECK(error < 1e-5, "%s, %s: error %g", name, what, error);
}

void convolution(const Case& c) {
  const figment_conv& g = c.geometry;
  const size_t large = size_t(c.batch) * g.height * g.width * g.channels;
  const size_t small = size_t(c.batch) * g.small_height * g.small_width * g.small_channels;
  const size_t weights = size_t(g.small_channels) * g.kernel_height * g.kernel_width * g.channels;
  const Reals x = numbers(large, 1, 1), y = numbers(small, 1, 2), w = numbers(weights, 1, 3);
  const Reals bias = numbers(std::max(g.channels, g.small_channels), 1, 4);
  const Reals start = numbers(weights, 1, 5);

  const Outputs found = same_bits(c.name, [&](figment_context* ctx) {
    Guarded to_small(small), to_large(large), biased(large), gradient(weights), sum(start);
    const figment::Loops& table = loops(ctx->isa);
    table.winograd_to_small(ctx, to_small.data(), x.data(), w.data(), bias.data(), c.batch, &g);
    table.winograd_to_large(ctx, to_large.data(), y.data(), w.data(), nullptr, c.batch, &g);
    table.winograd_to_large(ctx, biased.data(), y.data(), w.data(), bias.data(), c.batch, &g);
    table.winograd_weight_gradient(ctx, gradient.data(), x.data(), y.data(), 0, c.batch, &g);
    table.winograd_weight_gradient(ctx, sum.data(), x.data(), y.data(), 1, c.batch, &g);
    CHECK(to_small.intact() && to_large.intact() && biased.intact() && gradient.intact() &&
              sum.intact(),
          "%s: wrote outside an output", c.name);
    return Outputs{to_small.values(), to_large.values(), biased.values(), gradient.values(),
                   sum.values()};
  });

  Doubles to_small(small), to_large(large), gradient(weights);
  taps(g, c.batch, [&](size_t l, size_t s, size_t k) {
    for (int i = 0; i < g.channels; ++i) {
      to_small[s] += double(x[l + i]) * w[k + i];
      to_large[l + i] += double(y[s]) * w[k + i];
      gradient[k + i] += double(x[l + i]) * y[s];
    }
  });
  Doubles biased = to_large, sum = gradient;
  for (size_t i = 0; i < small; ++i) to_small[i] += bias[i % g.small_channels];
  for (size_t i = 0; i < large; ++i) biased[i] += bias[i % g.channels];
  for (size_t i = 0; i < weights; ++i) sum[i] += start[i];
  check(c.name, "to small", found[0], to_small);
  check(c.name, "to large", found[1], to_large);
  check(c.name, "to large with bias", found[2], biased);
  check(c.name, "weight gradient", found[3], gradient);
  check(c.name, "accumulated", found[4], sum);
}

}  // namespace

int main() {
  for (const Case& c : kCases) convolution(c);
  return report();
}

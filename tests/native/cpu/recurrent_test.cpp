// Recurrent cells give the same bits from every instruction set and team, and a step at a time the
// bits of the whole sequence. Whether the numbers are right is the contract tests' to say.
#include <math.h>

#include "loops_context.h"

namespace {

struct Sizes {
  int32_t steps, batch, units;
  bool reverse;

  size_t states() const { return static_cast<size_t>((steps + 1) * batch * units); }
  size_t gates(int each) const { return static_cast<size_t>(steps * batch * each * units); }
  size_t row(int each) const { return static_cast<size_t>(batch * each * units); }
};

std::vector<int32_t> lengths_of(const Sizes& s) {
  std::vector<int32_t> lengths(static_cast<size_t>(s.batch));
  for (size_t n = 0; n < lengths.size(); ++n) {
    lengths[n] = static_cast<int32_t>(n * 5 + 3) % (s.steps + 2);
  }
  return lengths;
}

void check_intact(std::initializer_list<Guarded*> all, const Sizes& s) {
  for (Guarded* g : all) {
    CHECK(g->intact(), "%d x %d x %d wrote outside", s.steps, s.batch, s.units);
  }
}

Outputs gru(figment_context* ctx, const Sizes& s, const int32_t* lengths) {
  Guarded states(numbers(s.states(), 1, 1)), gates(s.gates(4)), dinput(s.gates(3)),
      dhidden(s.gates(3)), dstate(numbers(s.row(1), 1, 2));
  std::vector<float> input = numbers(s.gates(3), 2, 3), constant = numbers(s.row(3), 1, 4),
                     w = numbers(static_cast<size_t>(3 * s.units * s.units), 0.3f, 5),
                     bias = numbers(static_cast<size_t>(3 * s.units), 1, 6),
                     dy = numbers(s.gates(1), 1, 7);
  figment_gru_forward(ctx, states.data(), gates.data(), input.data(), constant.data(), w.data(),
                      bias.data(), lengths, s.reverse, s.steps, s.batch, s.units);
  figment_gru_backward(ctx, dinput.data(), dhidden.data(), dstate.data(), dy.data(), states.data(),
                       gates.data(), w.data(), lengths, s.reverse, s.steps, s.batch, s.units);
  check_intact({&states, &gates, &dinput, &dhidden, &dstate}, s);
  return {states.values(), gates.values(), dinput.values(), dhidden.values(), dstate.values()};
}

Outputs lstm(figment_context* ctx, const Sizes& s, const int32_t* lengths) {
  Guarded states(numbers(s.states(), 1, 1)), cells(numbers(s.states(), 1, 2)), gates(s.gates(4)),
      dgates(s.gates(4)), dstate(numbers(s.row(1), 1, 3)), dcell(numbers(s.row(1), 1, 4));
  std::vector<float> input = numbers(s.gates(4), 2, 5), constant = numbers(s.row(4), 1, 6),
                     w = numbers(static_cast<size_t>(4 * s.units * s.units), 0.3f, 7),
                     dy = numbers(s.gates(1), 1, 8);
  figment_lstm_forward(ctx, states.data(), cells.data(), gates.data(), input.data(),
                       constant.data(), w.data(), lengths, s.reverse, s.steps, s.batch, s.units);
  figment_lstm_backward(ctx, dgates.data(), dstate.data(), dcell.data(), dy.data(), cells.data(),
                        gates.data(), w.data(), lengths, s.reverse, s.steps, s.batch, s.units);
  check_intact({&states, &cells, &gates, &dgates, &dstate, &dcell}, s);
  return {states.values(), cells.values(),  gates.values(),
          dgates.values(), dstate.values(), dcell.values()};
}

// The forward pass again, a step at a time, without what backward needs.
Outputs gru_steps(figment_context* ctx, const Sizes& s) {
  Guarded states(numbers(s.states(), 1, 1));
  std::vector<float> input = numbers(s.gates(3), 2, 3),
                     w = numbers(static_cast<size_t>(3 * s.units * s.units), 0.3f, 5);
  Guarded whole(states.values());
  figment_gru_forward(ctx, whole.data(), nullptr, input.data(), nullptr, w.data(), nullptr, nullptr,
                      0, s.steps, s.batch, s.units);
  for (int32_t t = 0; t < s.steps; ++t) {
    figment_gru_forward(ctx, states.data() + static_cast<size_t>(t) * s.row(1), nullptr,
                        input.data() + static_cast<size_t>(t) * s.row(3), nullptr, w.data(),
                        nullptr, nullptr, 0, 1, s.batch, s.units);
  }
  check_intact({&states, &whole}, s);
  CHECK(states.values() == whole.values(), "%d x %d x %d: steps one at a time differ", s.steps,
        s.batch, s.units);
  return {states.values()};
}

void run(const Sizes& s) {
  const std::vector<int32_t> lengths = lengths_of(s);
  const Outputs outputs = same_bits("gru", [&](figment_context* ctx) {
    return gru(ctx, s, s.reverse ? lengths.data() : nullptr);
  });
  for (const float value : outputs[0]) CHECK(fabsf(value) <= 1, "a state is %f", value);
  same_bits("lstm", [&](figment_context* ctx) { return lstm(ctx, s, lengths.data()); });
  same_bits("gru, a step at a time", [&](figment_context* ctx) { return gru_steps(ctx, s); });
}

}  // namespace

int main() {
  // Batches around the samples that go together, units around a panel's columns.
  for (const bool reverse : {false, true}) {
    run({1, 1, 1, reverse});
    run({3, 15, 31, reverse});
    run({2, 16, 32, reverse});
    run({5, 37, 33, reverse});
    run({2, 65, 100, reverse});
  }
  return report();
}

// One unit of a recurrent cell at one step, forward and backward, for CPU and GPU alike. Formulas
// and sources: dev.figment.device.Kernels and docs/rnn.md.
#ifndef FIGMENT_RECURRENT_FORMULAS_H_
#define FIGMENT_RECURRENT_FORMULAS_H_

#include "formulas.h"

namespace figment {

// A gate's derivative, from its value.
FIGMENT_FORMULA float sigmoid_slope(float y) { return y * (1.0f - y); }
FIGMENT_FORMULA float tanh_slope(float y) { return fma(-y, y, 1.0f); }

// ---- gated recurrent unit, the reset gate after the hidden product

// The new state's proposal, and the new state.
FIGMENT_FORMULA float gru_proposal(float r, float a_n, float p_n) { return tanh(fma(r, p_n, a_n)); }
FIGMENT_FORMULA float gru_state(float z, float n, float before) {
  return fma(z, before, (1.0f - z) * n);
}

struct GruUnit {
  float r, z, n, state;
};

// From the input's part a and the hidden product p of each gate, and the state before.
FIGMENT_FORMULA GruUnit gru_unit(float a_r, float a_z, float a_n, float p_r, float p_z, float p_n,
                                 float before) {
  const float r = sigmoid(a_r + p_r);
  const float z = sigmoid(a_z + p_z);
  const float n = gru_proposal(r, a_n, p_n);
  return {r, z, n, gru_state(z, n, before)};
}

// The gradients to the three gates, to p_n, and to the state before where it goes past the gates.
struct GruGradient {
  float r, z, n, p_n, past;
};

FIGMENT_FORMULA GruGradient gru_gradient(float dstate, float r, float z, float n, float p_n,
                                         float before) {
  const float dn = dstate * (1.0f - z) * tanh_slope(n);
  return {dn * p_n * sigmoid_slope(r), dstate * (before - n) * sigmoid_slope(z), dn, dn * r,
          dstate * z};
}

// ---- long short-term memory

FIGMENT_FORMULA float lstm_cell(float i, float f, float g, float before) {
  return fma(f, before, i * g);
}
FIGMENT_FORMULA float lstm_state(float o, float cell) { return o * tanh(cell); }

struct LstmUnit {
  float i, f, g, o, cell, state;
};

// From the sums a + p of each gate, and the cell before.
FIGMENT_FORMULA LstmUnit lstm_unit(float a_i, float a_f, float a_g, float a_o, float before) {
  const float i = sigmoid(a_i);
  const float f = sigmoid(a_f);
  const float g = tanh(a_g);
  const float o = sigmoid(a_o);
  const float cell = lstm_cell(i, f, g, before);
  return {i, f, g, o, cell, lstm_state(o, cell)};
}

// The gradients to the four gates and to the cell before.
struct LstmGradient {
  float i, f, g, o, cell;
};

FIGMENT_FORMULA LstmGradient lstm_gradient(float dstate, float dcell, float i, float f, float g,
                                           float o, float before, float cell) {
  const float shown = tanh(cell);
  const float d = fma(dstate * o, tanh_slope(shown), dcell);
  return {d * g * sigmoid_slope(i), d * before * sigmoid_slope(f), d * i * tanh_slope(g),
          dstate * shown * sigmoid_slope(o), d * f};
}

}  // namespace figment

#endif  // FIGMENT_RECURRENT_FORMULAS_H_

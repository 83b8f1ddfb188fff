// Activations, y = f(x), and their gradients from the output, dx = dy f'(y). Bound by memory: 8
// bytes an element forward, 12 backward. The kind is the same for a whole launch, so the switch
// costs one uniform branch.
#include "common.cuh"

using namespace figment;

FIGMENT_KERNEL activation_forward(Real* y, const Real* x, int kind, float slope, int64 n) {
  with_activation(kind, slope, [=](auto f) {
    map_elements(
        y, n, [=](float value) { return f.forward(value); }, x);
  });
}

FIGMENT_KERNEL activation_backward(Real* dx, const Real* dy, const Real* y, int kind, float slope,
                                   int64 n) {
  with_activation(kind, slope, [=](auto f) {
    map_elements(
        dx, n, [=](float gradient, float output) { return f.backward(gradient, output); }, dy, y);
  });
}

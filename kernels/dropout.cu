// Inverted dropout after an activation (Srivastava et al., JMLR 2014): y = f(x) / (1 - p) where the
// element's integer is at least floor(p 2^32), else 0. Backward draws the mask again. 8 bytes an
// element forward, 12 backward, and a quarter of a Philox block.
#include "random_draws.cuh"

using namespace figment;

FIGMENT_KERNEL dropout_forward(Real* y, const Real* x, int kind, float slope, unsigned threshold,
                               float factor, long long seed, const int* counter, int stream,
                               int64 n) {
  with_activation(kind, slope, [=](auto f) FIGMENT_INLINE {
    map_draws(y, {x}, n, seed, counter, stream,
              [=](unsigned word, const float(&in)[1])
                  FIGMENT_INLINE { return word >= threshold ? f.forward(in[0]) * factor : 0.0f; });
  });
}

// keep = 1 - p: the activation left keep y.
FIGMENT_KERNEL dropout_backward(Real* dx, const Real* dy, const Real* y, int kind, float slope,
                                unsigned threshold, float factor, float keep, long long seed,
                                const int* counter, int stream, int64 n) {
  with_activation(kind, slope, [=](auto f) FIGMENT_INLINE {
    map_draws(dx, {dy, y}, n, seed, counter, stream,
              [=](unsigned word, const float(&in)[2]) FIGMENT_INLINE {
                return word >= threshold ? f.backward(in[0], in[1] * keep) * factor : 0.0f;
              });
  });
}

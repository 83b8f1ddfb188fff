// Inverted dropout after an activation (Srivastava et al., JMLR 2014): y = f(x) / (1 - p) where the
// element's integer is at least floor(p 2^32), else 0. Backward draws the mask again. 8 bytes an
// element forward, 12 backward, and a quarter of a Philox block.
#include "random_draws.cuh"

using namespace figment;

FIGMENT_KERNEL dropout_forward(float* y, const float* x, int kind, float slope, unsigned threshold,
                               float factor, long long seed, const int* counter, int stream,
                               int64 n) {
  with_activation(kind, slope, [=](auto f) {
    for_draws(n, seed, counter, stream, [=](int64 i, const PhiloxBlock& bits) {
      const Float4 in = load_up_to_4(x, i, n);
      Float4 out;
      out.x = bits.word[0] >= threshold ? f.forward(in.x) * factor : 0.0f;
      out.y = bits.word[1] >= threshold ? f.forward(in.y) * factor : 0.0f;
      out.z = bits.word[2] >= threshold ? f.forward(in.z) * factor : 0.0f;
      out.w = bits.word[3] >= threshold ? f.forward(in.w) * factor : 0.0f;
      store_up_to_4(y, i, n, out);
    });
  });
}

FIGMENT_KERNEL dropout_backward(float* dx, const float* dy, const float* y, int kind, float slope,
                                unsigned threshold, float factor, float keep, long long seed,
                                const int* counter, int stream, int64 n) {
  with_activation(kind, slope, [=](auto f) {
    for_draws(n, seed, counter, stream, [=](int64 i, const PhiloxBlock& bits) {
      const Float4 g = load_up_to_4(dy, i, n);
      const Float4 o = load_up_to_4(y, i, n);
      Float4 d;
      d.x = bits.word[0] >= threshold ? f.backward(g.x, o.x * keep) * factor : 0.0f;
      d.y = bits.word[1] >= threshold ? f.backward(g.y, o.y * keep) * factor : 0.0f;
      d.z = bits.word[2] >= threshold ? f.backward(g.z, o.z * keep) * factor : 0.0f;
      d.w = bits.word[3] >= threshold ? f.backward(g.w, o.w * keep) * factor : 0.0f;
      store_up_to_4(dx, i, n, d);
    });
  });
}

// What a product is finished with, element by element: an activation and perhaps dropout after it,
// or the way back through those of the layer before. So neither takes a pass of its own.
#ifndef FIGMENT_ENDING_CUH_
#define FIGMENT_ENDING_CUH_

#include "common.cuh"
#include "philox.h"

namespace figment {

// In the order in which dev.figment.cuda.CudaEnding passes it.
struct Ending {
  const float* output;  // null: v becomes f(v). Else what f has made: v, a gradient, becomes that
                        // of what f was given
  const int* counter;   // of the dropout that f ends with; null without
  long long seed;
  int activation;  // dev.figment.device.Activation.Kind
  float slope;
  unsigned threshold;  // of an element's integer, from which on it is kept
  int stream;
  float factor;  // 1 / (1 - p)
  float keep;    // 1 - p
};

// The random integers of elements i .. i + 3, which need not begin a block.
__device__ inline FIGMENT_INLINE PhiloxBlock draws_from(const Ending& e, int64 i) {
  const PhiloxStream s = philox_stream(e.seed, *e.counter, e.stream);
  const uint64 block = static_cast<uint64>(i) / kLane4;
  const int shift = static_cast<int>(i % kLane4);
  PhiloxBlock draws = philox_block(s, block);
  if (shift != 0) {
    const PhiloxBlock next = philox_block(s, block + 1);
    // By selections, since registers have no index.
    FIGMENT_UNROLL
    for (int k = 0; k < kLane4; ++k) {
      const unsigned one = k + 1 < 4 ? draws.word[(k + 1) % 4] : next.word[(k + 1) % 4];
      const unsigned two = k + 2 < 4 ? draws.word[(k + 2) % 4] : next.word[(k + 2) % 4];
      const unsigned three = k + 3 < 4 ? draws.word[(k + 3) % 4] : next.word[(k + 3) % 4];
      // Words are only taken from places that no earlier round has written.
      draws.word[k] = shift == 1 ? one : shift == 2 ? two : three;
    }
  }
  return draws;
}

// Elements i .. i + 3 of a product, of which the first `count` are there; `vectors`: whether all
// four are, at a 16-byte boundary of `output`.
__device__ inline FIGMENT_INLINE Float4 finish(const Ending& e, Float4 v, int64 i, int count,
                                               bool vectors) {
  Float4 output = {};
  if (e.output != nullptr) {
    if (vectors) {
      output = load4(e.output + i);
    } else {
      if (count > 0) output.x = e.output[i];
      if (count > 1) output.y = e.output[i + 1];
      if (count > 2) output.z = e.output[i + 2];
      if (count > 3) output.w = e.output[i + 3];
    }
  }
  with_activation(e.activation, e.slope, [&](auto f) FIGMENT_INLINE {
    if (e.output != nullptr) {
      v = map4([&](float g, float y)
                   FIGMENT_INLINE { return f.backward(g, y * e.keep) * e.factor; },
               v, output);
    } else {
      v = map4([&](float x) FIGMENT_INLINE { return f.forward(x) * e.factor; }, v);
    }
  });
  if (e.counter != nullptr) {
    const PhiloxBlock draws = draws_from(e, i);
    v.x = draws.word[0] >= e.threshold ? v.x : 0.0f;
    v.y = draws.word[1] >= e.threshold ? v.y : 0.0f;
    v.z = draws.word[2] >= e.threshold ? v.z : 0.0f;
    v.w = draws.word[3] >= e.threshold ? v.w : 0.0f;
  }
  return v;
}

}  // namespace figment

#endif  // FIGMENT_ENDING_CUH_

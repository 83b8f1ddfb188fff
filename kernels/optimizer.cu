// Adam (Kingma and Ba, 2015) over a flat arena: formulas.h has the update of one parameter. Bound
// by memory: reads values, m, v and gradients, writes values, m and v, 28 bytes a parameter. Step
// and learning rate are read from memory, so that a recorded graph can be replayed while they
// change.
#include "common.cuh"

using namespace figment;

// The update of four neighbouring parameters.
__device__ inline void adam_update4(const AdamStep& s, Float4 gradient, Float4* value, Float4* m,
                                    Float4* v) {
  float p[kLane4] = {value->x, value->y, value->z, value->w};
  float mean[kLane4] = {m->x, m->y, m->z, m->w};
  float square[kLane4] = {v->x, v->y, v->z, v->w};
  const float g[kLane4] = {gradient.x, gradient.y, gradient.z, gradient.w};
  FIGMENT_UNROLL
  for (int k = 0; k < kLane4; ++k) adam_update(s, g[k], p + k, mean + k, square + k);
  *value = vector_of(p);
  *m = vector_of(mean);
  *v = vector_of(square);
}

// Blocks: ceil(n / kBlockElements).
FIGMENT_KERNEL adam(float* values, float* m, float* v, const float* gradients, const int* step,
                    const float* learning_rate, double beta1, double beta2, double epsilon,
                    int64 n) {
  // A power and two divisions in double: once a block.
  __shared__ AdamStep shared;
  if (threadIdx.x == 0) shared = adam_step(*learning_rate, beta1, beta2, epsilon, *step);
  sync_block();
  const AdamStep s = shared;

  // Arenas that all begin at a 16-byte boundary go in vectors, but for their last elements.
  const bool aligned =
      head_of(values) == 0 && head_of(m) == 0 && head_of(v) == 0 && head_of(gradients) == 0;
  const int64 vectors = aligned ? n / kLane4 : 0;
  const int64 first = static_cast<int64>(blockIdx.x) * kBlockVectors + threadIdx.x;
  FIGMENT_UNROLL
  for (int k = 0; k < kVectors; ++k) {
    const int64 vector = first + k * kThreads;
    if (vector >= vectors) break;
    const int64 i = vector * kLane4;
    const Float4 g = load4(gradients + i);
    Float4 value = load4(values + i), mean = load4(m + i), square = load4(v + i);
    adam_update4(s, g, &value, &mean, &square);
    store4(values + i, value);
    store4(m + i, mean);
    store4(v + i, square);
  }
  const int64 element = static_cast<int64>(blockIdx.x) * kBlockElements + threadIdx.x;
  for (int k = 0; k < kThreadElements; ++k) {
    const int64 i = element + k * kThreads;
    if (i >= vectors * kLane4 && i < n) adam_update(s, gradients[i], values + i, m + i, v + i);
  }
}

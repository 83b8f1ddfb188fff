// Adam (Kingma and Ba, 2015) over a flat arena. Bound by memory: reads values, m, v and gradients,
// writes values, m and v: 28 bytes a parameter. Step and learning rate are read from memory, so
// that a recorded graph can be replayed while they change.
#include "common.cuh"

using namespace figment;

FIGMENT_KERNEL adam(float* values, float* m, float* v, const float* gradients, const int* step,
                    const float* learning_rate, double beta1, double beta2, double epsilon,
                    int64 n) {
  __shared__ AdamStep constants;
  if (threadIdx.x == 0) constants = adam_step(*learning_rate, beta1, beta2, epsilon, *step);
  sync_block();
  const AdamStep s = constants;
  const bool aligned = head_of(values) == 0 && head_of(m) == 0 && head_of(v) == 0 && head_of(gradients) == 0;
  const int64 vectors = aligned ? n / kLane4 : 0;
  const int64 first = static_cast<int64>(blockIdx.x) * (kThreads * kVectors) + threadIdx.x;
  FIGMENT_UNROLL
  for (int k = 0; k < kVectors; ++k) {
    const int64 vector = first + k * kThreads;
    if (vector < vectors) {
      const int64 i = vector * kLane4;
      const Float4 g = load4(gradients + i);
      Float4 value = load4(values + i);
      Float4 mean = load4(m + i);
      Float4 square = load4(v + i);
      float* parts[3] = {reinterpret_cast<float*>(&value), reinterpret_cast<float*>(&mean),
                         reinterpret_cast<float*>(&square)};
      const float gradient[kLane4] = {g.x, g.y, g.z, g.w};
      FIGMENT_UNROLL
      for (int j = 0; j < kLane4; ++j) {
        adam_update(s, gradient[j], parts[0] + j, parts[1] + j, parts[2] + j);
      }
      store4(values + i, value);
      store4(m + i, mean);
      store4(v + i, square);
    }
  }
  // What no vector covers: the last elements, or all where the arenas are not aligned.
  const int64 covered = vectors * kLane4;
  const int64 base = static_cast<int64>(blockIdx.x) * kBlockElements + threadIdx.x;
  for (int k = 0; k < kLane4 * kVectors; ++k) {
    const int64 i = base + k * kThreads;
    if (i >= covered && i < n) adam_update(s, gradients[i], values + i, m + i, v + i);
  }
}

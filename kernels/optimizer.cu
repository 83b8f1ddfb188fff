// Optimizers over a flat arena: formulas.h has the update of one parameter. Bound by memory: Adam
// reads values, m, v and gradients and writes values, m and v, 28 bytes a parameter; RMSProp and
// SGD with momentum keep one number less, 20 bytes; plain SGD and the moving average take 12;
// clipping 8, or nothing where the norm is small enough. Steps and learning rates are read from
// memory, so that a recorded graph can be replayed while they change.
#include "common.cuh"

using namespace figment;

// f(gradient, state) for this block's parameters, where state[a] is the parameter's number in the
// a-th of N arenas, updated in place. Arenas that all begin at a 16-byte boundary go in vectors,
// but for their last elements. Blocks: ceil(n / kBlockElements).
template <int N, class T, class F>
FIGMENT_INLINE __device__ inline void update_arenas(float* const (&arenas)[N], const T* gradients,
                                                    int64 n, F f) {
  bool aligned = head_of(gradients) == 0;
  FIGMENT_UNROLL
  for (int a = 0; a < N; ++a) aligned = aligned && head_of(arenas[a]) == 0;
  const int64 vectors = aligned ? n / kLane4 : 0;
  const int64 first = static_cast<int64>(blockIdx.x) * kBlockVectors + threadIdx.x;
  FIGMENT_UNROLL
  for (int k = 0; k < kVectors; ++k) {
    const int64 vector = first + k * kThreads;
    if (vector >= vectors) break;
    const int64 i = vector * kLane4;
    const Float4 g = load4(gradients + i);
    Float4 state[N];
    FIGMENT_UNROLL
    for (int a = 0; a < N; ++a) state[a] = load4(arenas[a] + i);
    float x[N], y[N], z[N], w[N];
    FIGMENT_UNROLL
    for (int a = 0; a < N; ++a) {
      x[a] = state[a].x;
      y[a] = state[a].y;
      z[a] = state[a].z;
      w[a] = state[a].w;
    }
    f(g.x, x);
    f(g.y, y);
    f(g.z, z);
    f(g.w, w);
    FIGMENT_UNROLL
    for (int a = 0; a < N; ++a) store4(arenas[a] + i, vector_of({x[a], y[a], z[a], w[a]}));
  }
  const int64 element = static_cast<int64>(blockIdx.x) * kBlockElements + threadIdx.x;
  for (int k = 0; k < kThreadElements; ++k) {
    const int64 i = element + k * kThreads;
    if (i < vectors * kLane4 || i >= n) continue;
    float state[N];
    FIGMENT_UNROLL
    for (int a = 0; a < N; ++a) state[a] = arenas[a][i];
    f(load(gradients + i), state);
    FIGMENT_UNROLL
    for (int a = 0; a < N; ++a) arenas[a][i] = state[a];
  }
}

FIGMENT_KERNEL adam(float* values, float* m, float* v, const Real* gradients, const int* step,
                    const float* learning_rate, double beta1, double beta2, double epsilon,
                    double weight_decay, int64 n) {
  // Powers and divisions in double: once a block.
  __shared__ AdamStep shared;
  if (threadIdx.x == 0) {
    shared = adam_step(*learning_rate, beta1, beta2, epsilon, weight_decay, *step);
  }
  sync_block();
  const AdamStep s = shared;
  update_arenas({values, m, v}, gradients, n, [&](float gradient, float(&state)[3]) FIGMENT_INLINE {
    adam_update(s, gradient, state, state + 1, state + 2);
  });
}

FIGMENT_KERNEL sgd(float* values, const Real* gradients, const float* learning_rate,
                   float weight_decay, int64 n) {
  const SgdStep s = {*learning_rate, 0.0f, weight_decay, false};
  update_arenas({values}, gradients, n, [&](float gradient, float(&state)[1]) FIGMENT_INLINE {
    sgd_update(s, gradient, state);
  });
}

FIGMENT_KERNEL sgd_momentum(float* values, float* velocity, const Real* gradients,
                            const float* learning_rate, float momentum, int nesterov,
                            float weight_decay, int64 n) {
  const SgdStep s = {*learning_rate, momentum, weight_decay, nesterov != 0};
  update_arenas({values, velocity}, gradients, n,
                [&](float gradient, float(&state)[2])
                    FIGMENT_INLINE { sgd_update(s, gradient, state, state + 1); });
}

FIGMENT_KERNEL rms_prop(float* values, float* mean_square, const Real* gradients,
                        const float* learning_rate, double decay, double epsilon, int64 n) {
  const RmsPropStep s = rms_prop_step(*learning_rate, decay, epsilon);
  update_arenas({values, mean_square}, gradients, n,
                [&](float gradient, float(&state)[2])
                    FIGMENT_INLINE { rms_prop_update(s, gradient, state, state + 1); });
}

// average += weight (values - average). step may be null.
FIGMENT_KERNEL ema(float* average, const float* values, const int* step, double decay, int64 n) {
  __shared__ float weight;
  if (threadIdx.x == 0) weight = ema_weight(step, decay);
  sync_block();
  const float w = weight;
  map_elements(
      average, n, [=](float old, float value) { return lerp(old, value, w); }, average, values);
}

// gradients *= min(1, max_norm / norm).
FIGMENT_KERNEL clip(Real* gradients, const float* norm, double max_norm, int64 n) {
  const float factor = clip_factor(*norm, max_norm);
  if (factor == 1.0f) return;
  map_elements(
      gradients, n, [=](float value) { return factor * value; }, gradients);
}

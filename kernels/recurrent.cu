// One step of a recurrent cell, forward: h' = cell(a, w h), and backward. The hidden product of all
// gates of a unit is in one thread's registers when the gates are computed, so that a step is one
// launch and leaves nothing in between. Steps are so short that a GPU's latencies bound them:
// blocks are small, to have many.
#include "common.cuh"
#include "recurrent_formulas.h"

using namespace figment;

constexpr int kTile = 16;          // samples and units of a block, a thread for each pair
constexpr int kStep = 32;          // of the product's depth that is in shared memory at a time
constexpr int kPitch = kStep + 4;  // floats of a row there: eight rows begin in different banks
constexpr int kWarp = 32;
constexpr int kWarps = kThreads / kWarp;
constexpr int kSaved = 4;  // numbers a unit and step that backward gets

// Where a thread stands: its sample and unit, which may be past the last.
struct Place {
  int lane, warp, sample, unit;

  FIGMENT_MEMBER Place() {
    lane = static_cast<int>(threadIdx.x) % kWarp;
    warp = static_cast<int>(threadIdx.x) / kWarp;
    sample = first_sample() + static_cast<int>(threadIdx.x) / kTile;
    unit = first_unit() + static_cast<int>(threadIdx.x) % kTile;
  }

  FIGMENT_MEMBER static int first_sample() { return static_cast<int>(blockIdx.y) * kTile; }
  FIGMENT_MEMBER static int first_unit() { return static_cast<int>(blockIdx.x) * kTile; }
};

// The rows of the left factor [batch][depth] that a block needs, kStep columns at a time: a warp
// reads a row. A thread holds its numbers of the next step while the present one is multiplied.
struct LeftRows {
  const float* a;
  int batch, depth;
  float next[kTile / kWarps];

  FIGMENT_MEMBER void load(const Place& place, int k) {
    FIGMENT_UNROLL
    for (int i = 0; i < kTile / kWarps; ++i) {
      const int row = Place::first_sample() + place.warp + i * kWarps;
      const int column = k + place.lane;
      const bool there = row < batch && column < depth;
      next[i] = there ? a[static_cast<int64>(row) * depth + column] : 0.0f;
    }
  }

  FIGMENT_MEMBER void store(const Place& place, float* shared) const {
    FIGMENT_UNROLL
    for (int i = 0; i < kTile / kWarps; ++i) {
      shared[(place.warp + i * kWarps) * kPitch + place.lane] = next[i];
    }
  }
};

// The rows of w [kGates][units][depth] for a block's units, alike.
template <int kGates>
struct GateRows {
  static constexpr int kSums = kGates;
  const float* w;
  int units, depth;
  float next[kGates * kTile / kWarps];

  FIGMENT_MEMBER void load(const Place& place, int k) {
    FIGMENT_UNROLL
    for (int i = 0; i < kGates * kTile / kWarps; ++i) {
      const int row = place.warp + i * kWarps;
      const int unit = Place::first_unit() + row % kTile;
      const int column = k + place.lane;
      const bool there = unit < units && column < depth;
      next[i] = there ? w[(static_cast<int64>(row / kTile) * units + unit) * depth + column] : 0.0f;
    }
  }

  FIGMENT_MEMBER void store(const Place& place, float* shared) const {
    FIGMENT_UNROLL
    for (int i = 0; i < kGates * kTile / kWarps; ++i) {
      shared[(place.warp + i * kWarps) * kPitch + place.lane] = next[i];
    }
  }
};

// The columns of w [depth][units] for a block's units, as rows in shared memory. A warp reads a
// sector of each of four rows, whose stores meet no bank twice.
struct UnitColumns {
  static constexpr int kSums = 1;
  static constexpr int kSector = 8;
  const float* w;
  int units, depth;
  float next[kTile / kSector];

  FIGMENT_MEMBER static int depth_of(const Place& place) {
    return place.warp * (kWarp / kSector) + place.lane / kSector;
  }

  FIGMENT_MEMBER void load(const Place& place, int k) {
    FIGMENT_UNROLL
    for (int i = 0; i < kTile / kSector; ++i) {
      const int row = k + depth_of(place);
      const int unit = Place::first_unit() + i * kSector + place.lane % kSector;
      const bool there = row < depth && unit < units;
      next[i] = there ? w[static_cast<int64>(row) * units + unit] : 0.0f;
    }
  }

  FIGMENT_MEMBER void store(const Place& place, float* shared) const {
    FIGMENT_UNROLL
    for (int i = 0; i < kTile / kSector; ++i) {
      shared[(i * kSector + place.lane % kSector) * kPitch + depth_of(place)] = next[i];
    }
  }
};

// sums[g] = the thread's row of the left factor times its row of the g-th group of the right one,
// in the order of depth. All threads of the block take part.
template <class Right>
FIGMENT_MEMBER void multiply(float (&sums)[Right::kSums], const Place& place, LeftRows left,
                             Right right) {
  __shared__ __attribute__((aligned(16))) float a[kTile * kPitch];
  __shared__ __attribute__((aligned(16))) float b[Right::kSums * kTile * kPitch];
  const float* own_a = a + static_cast<int>(threadIdx.x) / kTile * kPitch;
  const float* own_b = b + static_cast<int>(threadIdx.x) % kTile * kPitch;
  left.load(place, 0);
  right.load(place, 0);
  FIGMENT_NO_UNROLL
  for (int k = 0; k < left.depth; k += kStep) {
    sync_block();  // the step before is done with
    left.store(place, a);
    right.store(place, b);
    sync_block();
    left.load(place, k + kStep);
    right.load(place, k + kStep);
    FIGMENT_UNROLL
    for (int i = 0; i < kStep; i += kLane4) {
      const Float4 x = load4(own_a + i);
      FIGMENT_UNROLL
      for (int g = 0; g < Right::kSums; ++g) {
        const Float4 y = load4(own_b + g * kTile * kPitch + i);
        sums[g] = figment::fma(x.x, y.x, sums[g]);
        sums[g] = figment::fma(x.y, y.y, sums[g]);
        sums[g] = figment::fma(x.z, y.z, sums[g]);
        sums[g] = figment::fma(x.w, y.w, sums[g]);
      }
    }
  }
}

// Sizes, and which samples are past their end.
struct Step {
  const int* lengths;  // or null
  int step, batch, units;

  FIGMENT_MEMBER bool has(const Place& place) const {
    return place.sample < batch && place.unit < units;
  }
  FIGMENT_MEMBER bool holds(int sample) const {
    return lengths != nullptr && step >= lengths[sample];
  }
  // The first of `gates` numbers of a thread's unit, `units` apart.
  FIGMENT_MEMBER int64 at(const Place& place, int gates) const {
    return static_cast<int64>(place.sample) * gates * units + place.unit;
  }
};

// What the input and the constant gates give a unit.
template <int kGates>
FIGMENT_MEMBER void add_given(float (&a)[kGates], const float* input, const float* constant,
                              const Step& s, int64 at) {
  FIGMENT_UNROLL
  for (int g = 0; g < kGates; ++g) {
    a[g] = input[at + g * s.units];
    if (constant != nullptr) a[g] += constant[at + g * s.units];
  }
}

FIGMENT_MEMBER void keep(float* gates, const Step& s, int64 at, float v0, float v1, float v2,
                         float v3) {
  if (gates == nullptr) return;
  gates[at] = v0;
  gates[at + s.units] = v1;
  gates[at + 2 * s.units] = v2;
  gates[at + 3 * s.units] = v3;
}

// ---- forward. Grids: ceil(units / kTile) x ceil(batch / kTile); pointers are to the step's rows.

FIGMENT_KERNEL gru_forward(float* after, float* gates, const float* before, const float* input,
                           const float* constant, const float* w, const float* bias,
                           const int* lengths, int step, int batch, int units) {
  const Step s = {lengths, step, batch, units};
  const Place place;
  float p[3] = {};
  multiply(p, place, LeftRows{before, s.batch, s.units, {}}, GateRows<3>{w, s.units, s.units, {}});
  if (!s.has(place)) return;
  const float old = before[s.at(place, 1)];
  if (s.holds(place.sample)) {
    after[s.at(place, 1)] = old;
    keep(gates, s, s.at(place, kSaved), 0, 0, 0, 0);
    return;
  }
  float a[3];
  add_given(a, input, constant, s, s.at(place, 3));
  if (bias != nullptr) {
    FIGMENT_UNROLL
    for (int g = 0; g < 3; ++g) p[g] += bias[g * s.units + place.unit];
  }
  const GruUnit unit = gru_unit(a[0], a[1], a[2], p[0], p[1], p[2], old);
  after[s.at(place, 1)] = unit.state;
  keep(gates, s, s.at(place, kSaved), unit.r, unit.z, unit.n, p[2]);
}

FIGMENT_KERNEL lstm_forward(float* after, float* cell_after, float* gates, const float* before,
                            const float* cell_before, const float* input, const float* constant,
                            const float* w, const int* lengths, int step, int batch, int units) {
  const Step s = {lengths, step, batch, units};
  const Place place;
  float p[4] = {};
  multiply(p, place, LeftRows{before, s.batch, s.units, {}}, GateRows<4>{w, s.units, s.units, {}});
  if (!s.has(place)) return;
  const float old = cell_before[s.at(place, 1)];
  if (s.holds(place.sample)) {
    after[s.at(place, 1)] = before[s.at(place, 1)];
    cell_after[s.at(place, 1)] = old;
    keep(gates, s, s.at(place, kSaved), 0, 0, 0, 0);
    return;
  }
  float a[4];
  add_given(a, input, constant, s, s.at(place, 4));
  const LstmUnit unit = lstm_unit(a[0] + p[0], a[1] + p[1], a[2] + p[2], a[3] + p[3], old);
  after[s.at(place, 1)] = unit.state;
  cell_after[s.at(place, 1)] = unit.cell;
  keep(gates, s, s.at(place, kSaved), unit.i, unit.f, unit.g, unit.o);
}

// ---- backward, the same grids. A launch first finishes the step that comes later in time: what of
// its gates' gradients `later` goes to the state before it, added to dstate, which holds what went
// past them. The first launch has no later step; the last has no step of its own.

// The gradient to a unit's state after the step, from everything that depends on it.
template <int kGates>
FIGMENT_MEMBER float gathered(const Place& place, const float* dstate, const float* dy,
                              const float* later, const float* w, const Step& s) {
  float sum[1] = {};
  if (later != nullptr) {
    multiply(sum, place, LeftRows{later, s.batch, kGates * s.units, {}},
             UnitColumns{w, s.units, kGates * s.units, {}});
  }
  if (!s.has(place)) return 0.0f;
  if (dy != nullptr) sum[0] += dy[s.at(place, 1)];
  return dstate[s.at(place, 1)] + sum[0];
}

FIGMENT_KERNEL gru_backward(float* dinput, float* dhidden, float* dstate, const float* dy,
                            const float* later, const float* before, const float* gates,
                            const float* w, const int* lengths, int step, int batch, int units) {
  const Step s = {lengths, step, batch, units};
  const Place place;
  const float d = gathered<3>(place, dstate, dy, later, w, s);
  if (!s.has(place)) return;
  GruGradient g = {0, 0, 0, 0, d};
  if (gates != nullptr && !s.holds(place.sample)) {
    const float* kept = gates + s.at(place, kSaved);
    g = gru_gradient(d, kept[0], kept[s.units], kept[2 * s.units], kept[3 * s.units],
                     before[s.at(place, 1)]);
  }
  dstate[s.at(place, 1)] = g.past;
  if (gates == nullptr) return;
  const int64 at = s.at(place, 3);
  dinput[at] = dhidden[at] = g.r;
  dinput[at + s.units] = dhidden[at + s.units] = g.z;
  dinput[at + 2 * s.units] = g.n;
  dhidden[at + 2 * s.units] = g.p_n;
}

FIGMENT_KERNEL lstm_backward(float* dgates, float* dstate, float* dcell, const float* dy,
                             const float* later, const float* cell_before, const float* cell_after,
                             const float* gates, const float* w, const int* lengths, int step,
                             int batch, int units) {
  const Step s = {lengths, step, batch, units};
  const Place place;
  const float d = gathered<4>(place, dstate, dy, later, w, s);
  if (!s.has(place)) return;
  const int64 own = s.at(place, 1);
  if (gates == nullptr) {
    dstate[own] = d;
    return;
  }
  const bool held = s.holds(place.sample);
  LstmGradient g = {};
  if (!held) {
    const float* kept = gates + s.at(place, kSaved);
    g = lstm_gradient(d, dcell[own], kept[0], kept[s.units], kept[2 * s.units], kept[3 * s.units],
                      cell_before[own], cell_after[own]);
    dcell[own] = g.cell;
  }
  dstate[own] = held ? d : 0.0f;
  const int64 at = s.at(place, 4);
  dgates[at] = g.i;
  dgates[at + s.units] = g.f;
  dgates[at + 2 * s.units] = g.g;
  dgates[at + 3 * s.units] = g.o;
}

// z = mean + exp(v / 2) epsilon, and each latent dimension's KL to the standard normal
// distribution, its mean over the batch: KL_j = mean (exp(v) - 1 - v + mean^2) / 2. Epsilon comes
// from Philox by element and is drawn again backward. Bound by memory: 12 bytes a latent forward,
// 20 backward.
#include "loss_formulas.h"
#include "philox.h"
#include "rows.cuh"

using namespace figment;

constexpr int kUnits = 32;                 // packs of a row that a block takes, at most
constexpr int kRowsEach = 8;               // rows a thread takes
constexpr int kLineOfSums = kThreads + 8;  // so that the four sums of a pack lie in four banks

// The normal numbers of elements first .. first + kWidth - 1.
template <int kWidth>
FIGMENT_MEMBER Pack<kWidth> normals(const PhiloxStream& s, int64 first) {
  const PhiloxBlock x = philox_block(s, static_cast<uint64>(first) / 4);
  Pack<kWidth> epsilon;
  if (kWidth == kLane4) {
    const NormalPair a = box_muller(uniform_of(x.word[0]), uniform_of(x.word[1]));
    const NormalPair b = box_muller(uniform_of(x.word[2]), uniform_of(x.word[3]));
    epsilon.v[0] = a.first;
    epsilon.v[1 % kWidth] = a.second;
    epsilon.v[2 % kWidth] = b.first;
    epsilon.v[3 % kWidth] = b.second;
  } else {
    const bool second = (first & 2) != 0;
    const NormalPair pair = box_muller(uniform_of(second ? x.word[2] : x.word[0]),
                                       uniform_of(second ? x.word[3] : x.word[1]));
    epsilon.v[0] = (first & 1) != 0 ? pair.second : pair.first;
  }
  return epsilon;
}

// How a block lies on [batch][latent]: `units` packs wide, `lines` rows at a time, kRowsEach times.
// Grid: ceil(batch / (kRowsEach lines)) x ceil(packs of a row / kUnits).
template <int kWidth>
struct LatentTile {
  int units, lines, unit, line, column;
  int64 first_row;
  bool mine;

  FIGMENT_MEMBER explicit LatentTile(int latent) {
    const int packs = latent / kWidth;
    units = packs < kUnits ? packs : kUnits;
    lines = kThreads / units;
    line = static_cast<int>(threadIdx.x) / units;
    unit = static_cast<int>(threadIdx.x) - line * units;
    column = (static_cast<int>(blockIdx.y) * kUnits + unit) * kWidth;
    first_row = static_cast<int64>(blockIdx.x) * (kRowsEach * lines) + line;
    mine = line < lines && column < latent;
  }
};

template <int kWidth, class T>
FIGMENT_MEMBER void forward(T* z, float* kl, const T* moments, const PhiloxStream& s,
                            double* partial, unsigned* ticket, int batch, int latent,
                            float (*shared)[kLineOfSums]) {
  const LatentTile<kWidth> tile(latent);
  Pack<kWidth> sum = {};
  if (tile.mine) {
    FIGMENT_UNROLL_4
    for (int i = 0; i < kRowsEach; ++i) {
      const int64 row = tile.first_row + i * tile.lines;
      if (row >= batch) break;
      const int64 at = row * latent + tile.column;
      const Pack<kWidth> mean = load_pack<kWidth>(moments + at + row * latent);
      const Pack<kWidth> v = load_pack<kWidth>(moments + at + (row + 1) * latent);
      const Pack<kWidth> epsilon = normals<kWidth>(s, at);
      Pack<kWidth> out;
      FIGMENT_UNROLL
      for (int k = 0; k < kWidth; ++k) {
        const StandardKl latent = kl_to_standard_normal(mean.v[k], v.v[k]);
        sum.v[k] += latent.value;
        out.v[k] = figment::fma(latent.deviation, epsilon.v[k], mean.v[k]);
      }
      store_pack<kWidth>(z + at, out);
    }
  }
  FIGMENT_UNROLL
  for (int k = 0; k < kWidth; ++k) shared[k][threadIdx.x] = sum.v[k];
  sync_block();

  // From here on a thread has a column.
  const int own = static_cast<int>(threadIdx.x);
  const int column = static_cast<int>(blockIdx.y) * kUnits * kWidth + own;
  const bool mine = own < tile.units * kWidth && column < latent;
  if (mine) {
    double block = 0;
    for (int i = 0; i < tile.lines; ++i) {
      block += shared[own % kWidth][own / kWidth + i * tile.units];
    }
    partial[static_cast<int64>(blockIdx.x) * latent + column] = block;
  }
  if (!last_block(ticket + blockIdx.y, gridDim.x) || !mine) return;
  double total = 0;
  for (unsigned i = 0; i < gridDim.x; ++i) {
    total += partial[static_cast<int64>(i) * latent + column];
  }
  kl[column] = static_cast<float>(total / batch);
}

// partial: gridDim.x x latent doubles; ticket: gridDim.y zeros.
FIGMENT_KERNEL reparameterize_forward(Real* z, float* kl, const Real* moments, long long seed,
                                      const int* counter, int stream, double* partial,
                                      unsigned* ticket, int batch, int latent) {
  __shared__ float shared[kLane4][kLineOfSums];
  const PhiloxStream s = philox_stream(seed, *counter, stream);
  if (latent % kLane4 == 0) {
    forward<kLane4>(z, kl, moments, s, partial, ticket, batch, latent, shared);
  } else {
    forward<1>(z, kl, moments, s, partial, ticket, batch, latent, shared);
  }
}

template <int kWidth, class T>
FIGMENT_MEMBER void backward(T* dmoments, const T* dz, const T* moments, const float* kl,
                             float share, float free_bits, const PhiloxStream& s, int batch,
                             int latent) {
  const LatentTile<kWidth> tile(latent);
  if (!tile.mine) return;
  const Pack<kWidth> level = load_pack<kWidth>(kl + tile.column);
  FIGMENT_UNROLL_4
  for (int i = 0; i < kRowsEach; ++i) {
    const int64 row = tile.first_row + i * tile.lines;
    if (row >= batch) break;
    const int64 at = row * latent + tile.column;
    const int64 mean_at = at + row * latent, v_at = mean_at + latent;
    const Pack<kWidth> mean = load_pack<kWidth>(moments + mean_at);
    const Pack<kWidth> v = load_pack<kWidth>(moments + v_at);
    const Pack<kWidth> d = load_pack<kWidth>(dz + at);
    const Pack<kWidth> epsilon = normals<kWidth>(s, at);
    Pack<kWidth> dmean, dv;
    FIGMENT_UNROLL
    for (int k = 0; k < kWidth; ++k) {
      const float factor = level.v[k] < free_bits ? 0.0f : share;
      const StandardKl term = kl_to_standard_normal(mean.v[k], v.v[k]);
      const float noise = 0.5f * term.deviation * epsilon.v[k];
      dmean.v[k] = figment::fma(factor, term.mean, d.v[k]);
      dv.v[k] = is_clamped(v.v[k]) ? 0.0f : figment::fma(d.v[k], noise, factor * term.log_variance);
    }
    store_pack<kWidth>(dmoments + mean_at, dmean);
    store_pack<kWidth>(dmoments + v_at, dv);
  }
}

// Of a loss of z plus beta sum_j max(free_bits, kl_j).
FIGMENT_KERNEL reparameterize_backward(Real* dmoments, const Real* dz, const Real* moments,
                                       const float* kl, const float* beta, float free_bits,
                                       long long seed, const int* counter, int stream, int batch,
                                       int latent) {
  const PhiloxStream s = philox_stream(seed, *counter, stream);
  const float share = *beta / static_cast<float>(batch);
  if (latent % kLane4 == 0) {
    backward<kLane4>(dmoments, dz, moments, kl, share, free_bits, s, batch, latent);
  } else {
    backward<1>(dmoments, dz, moments, kl, share, free_bits, s, batch, latent);
  }
}

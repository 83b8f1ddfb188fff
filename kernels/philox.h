// Philox4x32-10, shared by the CUDA kernels and the CPU: Salmon et al., "Parallel random numbers:
// as easy as 1, 2, 3" (SC 2011). Counter words as in dev.figment.device.RandomStream.
#ifndef FIGMENT_PHILOX_H_
#define FIGMENT_PHILOX_H_

#include "formulas.h"

namespace figment {

constexpr unsigned kPhiloxMultiplier0 = 0xD2511F53u;
constexpr unsigned kPhiloxMultiplier1 = 0xCD9E8D57u;
constexpr unsigned kPhiloxWeyl0 = 0x9E3779B9u;
constexpr unsigned kPhiloxWeyl1 = 0xBB67AE85u;
constexpr int kPhiloxRounds = 10;

struct PhiloxBlock {
  unsigned word[4];
};

FIGMENT_FORMULA PhiloxBlock philox(PhiloxBlock c, unsigned key0, unsigned key1) {
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const unsigned long long product0 = 1ull * kPhiloxMultiplier0 * c.word[0];
    const unsigned long long product1 = 1ull * kPhiloxMultiplier1 * c.word[2];
    c = {{static_cast<unsigned>(product1 >> 32) ^ c.word[1] ^ key0, static_cast<unsigned>(product1),
          static_cast<unsigned>(product0 >> 32) ^ c.word[3] ^ key1,
          static_cast<unsigned>(product0)}};
    key0 += kPhiloxWeyl0;
    key1 += kPhiloxWeyl1;
  }
  return c;
}

// What a kernel draws from: the words that are the same for all elements.
struct PhiloxStream {
  unsigned key0, key1, step, stream;
};

FIGMENT_FORMULA PhiloxStream philox_stream(long long seed, int step, int stream) {
  return {static_cast<unsigned>(seed),
          static_cast<unsigned>(static_cast<unsigned long long>(seed) >> 32),
          static_cast<unsigned>(step), static_cast<unsigned>(stream)};
}

// The random integers of elements 4 index .. 4 index + 3.
FIGMENT_FORMULA PhiloxBlock philox_block(const PhiloxStream& s, unsigned long long index) {
  return philox(
      {{static_cast<unsigned>(index), static_cast<unsigned>(index >> 32), s.step, s.stream}},
      s.key0, s.key1);
}

// (x + 0.5) 2^-32, in (0, 1].
FIGMENT_FORMULA float uniform_of(unsigned x) {
  return fma(static_cast<float>(x), 0x1p-32f, 0x1p-33f);
}

// 1 with probability p, else 0; NaN where p is one.
FIGMENT_FORMULA float bernoulli_of(unsigned x, float p) {
  const float drawn = uniform_of(x) <= p ? 1.0f : 0.0f;
  return p == p ? drawn : p;
}

struct NormalPair {
  float first, second;
};

// Box and Muller (1958): two normals from two uniforms.
FIGMENT_FORMULA NormalPair box_muller(float u0, float u1) {
  const float radius = square_root(-2.0f * log(u0));
  const SinCos direction = sin_cos_turns(u1);
  return {radius * direction.cos, radius * direction.sin};
}

}  // namespace figment

#endif  // FIGMENT_PHILOX_H_

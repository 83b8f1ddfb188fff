// Philox4x32-10 for many blocks at once.
#ifndef FIGMENT_CPU_LOOPS_RANDOM_BITS_H_
#define FIGMENT_CPU_LOOPS_RANDOM_BITS_H_

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "parallel.h"
#include "philox.h"

namespace figment::FIGMENT_ISA {

#if defined(__AVX512F__)
#define FIGMENT_VECTOR_BYTES 64
#elif defined(__AVX2__)
#define FIGMENT_VECTOR_BYTES 32
#else
#define FIGMENT_VECTOR_BYTES 16
#endif

// A lane holds one block's word in its low half; what its high half holds does not matter.
typedef unsigned long long Lanes __attribute__((vector_size(FIGMENT_VECTOR_BYTES)));
constexpr int kLanes = FIGMENT_VECTOR_BYTES / 8;

// The 64-bit product of the low halves. Compilers do not find this instruction by themselves.
FIGMENT_FORMULA Lanes multiply_low_halves(Lanes a, Lanes b) {
#if defined(__AVX512F__)
  // All lanes kept: g++ 12 warns of the plain form's undefined operand.
  return (Lanes)_mm512_maskz_mul_epu32(0xff, (__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
  return (Lanes)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
  return (Lanes)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
  return (a & 0xffffffffull) * (b & 0xffffffffull);
#endif
}

// Integers drawn at a time: they stay in the first-level cache.
constexpr int kDraws = 256;

// The integers of the elements first .. first + kDraws - 1; first is a multiple of 4.
inline void draw(unsigned* bits, const PhiloxStream& stream, int64_t first) {
  constexpr int kBlocks = kDraws / 4;
  alignas(64) unsigned long long low[kBlocks], high[kBlocks];  // words 0, 1 and 2, 3 of a block
  Lanes index;
  for (int lane = 0; lane < kLanes; ++lane) {
    index[lane] = static_cast<unsigned long long>(first) / 4 + static_cast<unsigned>(lane);
  }
  const Lanes zero = {};
  const Lanes multiplier0 = zero + kPhiloxMultiplier0, multiplier1 = zero + kPhiloxMultiplier1;
  const Lanes low_half = zero + 0xffffffffull;
  for (int block = 0; block < kBlocks; block += kLanes, index += kLanes) {
    Lanes c0 = index, c1 = index >> 32, c2 = zero + stream.step, c3 = zero + stream.stream;
    unsigned key0 = stream.key0, key1 = stream.key1;
    for (int round = 0; round < kPhiloxRounds; ++round) {
      const Lanes product0 = multiply_low_halves(c0, multiplier0);
      const Lanes product1 = multiply_low_halves(c2, multiplier1);
      c0 = (product1 >> 32) ^ c1 ^ (zero + key0);
      c1 = product1;
      c2 = (product0 >> 32) ^ c3 ^ (zero + key1);
      c3 = product0;
      key0 += kPhiloxWeyl0;
      key1 += kPhiloxWeyl1;
    }
    *(Lanes*)(low + block) = (c0 & low_half) | (c1 << 32);
    *(Lanes*)(high + block) = (c2 & low_half) | (c3 << 32);
  }
  for (int block = 0; block < kBlocks; ++block) {
    bits[4 * block] = static_cast<unsigned>(low[block]);
    bits[4 * block + 1] = static_cast<unsigned>(low[block] >> 32);
    bits[4 * block + 2] = static_cast<unsigned>(high[block]);
    bits[4 * block + 3] = static_cast<unsigned>(high[block] >> 32);
  }
}

// body(begin, end, bits): bits[i - begin] is element i's integer; at most kDraws at a time.
template <class Body>
void for_draws(figment_context* ctx, int64_t n, const PhiloxStream& stream, Body body) {
  for_chunks(ctx, n, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i += kDraws) {
      alignas(64) unsigned bits[kDraws];
      draw(bits, stream, i);
      body(i, smaller(end, i + kDraws), bits);
    }
  });
}

}  // namespace figment::FIGMENT_ISA

#endif  // FIGMENT_CPU_LOOPS_RANDOM_BITS_H_

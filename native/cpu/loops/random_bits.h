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
typedef unsigned long long Lanes __attribute__((vector_size(FIGMENT_VECTOR_BYTES), may_alias));
// Random integers are written two at a time.
typedef unsigned Bits __attribute__((may_alias));
typedef unsigned long long BitsPair __attribute__((may_alias));
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
// Vectors of blocks in flight, as each round waits for the last.
constexpr int kInterleave = 4;

// The integers of the elements first .. first + kDraws - 1; first is a multiple of 4.
inline void draw(Bits* bits, const PhiloxStream& stream, int64_t first) {
  constexpr int kBlocks = kDraws / 4;
  const Lanes zero = {};
  const Lanes multiplier0 = zero + kPhiloxMultiplier0, multiplier1 = zero + kPhiloxMultiplier1;
  const Lanes low_half = zero + 0xffffffffull;
  Lanes key0[kPhiloxRounds], key1[kPhiloxRounds];
  for (unsigned round = 0; round < kPhiloxRounds; ++round) {
    key0[round] = zero + (stream.key0 + round * kPhiloxWeyl0);
    key1[round] = zero + (stream.key1 + round * kPhiloxWeyl1);
  }
  Lanes index;
  for (int lane = 0; lane < kLanes; ++lane) {
    index[lane] = static_cast<unsigned long long>(first) / 4 + static_cast<unsigned>(lane);
  }
  alignas(64) unsigned long long low[kBlocks], high[kBlocks];  // words 0, 1 and 2, 3 of a block
  for (int block = 0; block < kBlocks; block += kInterleave * kLanes) {
    Lanes c0[kInterleave], c1[kInterleave], c2[kInterleave], c3[kInterleave];
    for (int i = 0; i < kInterleave; ++i, index += kLanes) {
      c0[i] = index;
      c1[i] = index >> 32;
      c2[i] = zero + stream.step;
      c3[i] = zero + stream.stream;
    }
#pragma GCC unroll 10
    for (int round = 0; round < kPhiloxRounds; ++round) {
      for (int i = 0; i < kInterleave; ++i) {
        const Lanes product0 = multiply_low_halves(c0[i], multiplier0);
        const Lanes product1 = multiply_low_halves(c2[i], multiplier1);
        c0[i] = (product1 >> 32) ^ c1[i] ^ key0[round];
        c1[i] = product1;
        c2[i] = (product0 >> 32) ^ c3[i] ^ key1[round];
        c3[i] = product0;
      }
    }
    for (int i = 0; i < kInterleave; ++i) {
      *(Lanes*)(low + block + i * kLanes) = (c0[i] & low_half) | (c1[i] << 32);
      *(Lanes*)(high + block + i * kLanes) = (c2[i] & low_half) | (c3[i] << 32);
    }
  }
  BitsPair* pairs = reinterpret_cast<BitsPair*>(bits);
  for (int block = 0; block < kBlocks; ++block) {
    pairs[2 * block] = low[block];
    pairs[2 * block + 1] = high[block];
  }
}

// body(begin, end, bits): bits[i - begin] is element i's integer; at most kDraws at a time.
template <class Body>
void for_draws(figment_context* ctx, int64_t n, const PhiloxStream& stream, Body body) {
  for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
    for (int64_t i = begin; i < end; i += kDraws) {
      alignas(64) Bits bits[kDraws];
      draw(bits, stream, i);
      body(i, smaller(end, i + kDraws), bits);
    }
  });
}

}  // namespace figment::FIGMENT_ISA

#endif  // FIGMENT_CPU_LOOPS_RANDOM_BITS_H_

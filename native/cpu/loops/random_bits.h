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

// The order of the integers drawn: by element, or those of even elements before those of odd ones.
enum class Order { kElements, kPairs };

// The integers of the elements first .. first + kDraws - 1; first is a multiple of kDraws.
template <Order kOrder>
inline void draw(Bits* bits, const PhiloxStream& stream, int64_t first) {
  constexpr int kBlocks = kDraws / 4;
  const uint64_t first_block = static_cast<uint64_t>(first) / 4;
  const Lanes zero = {};
  const Lanes multiplier0 = zero + kPhiloxMultiplier0, multiplier1 = zero + kPhiloxMultiplier1;
  const Lanes low_half = zero + 0xffffffffull;
  uint32_t key0[kPhiloxRounds], key1[kPhiloxRounds];
  for (unsigned round = 0; round < kPhiloxRounds; ++round) {
    key0[round] = stream.key0 + round * kPhiloxWeyl0;
    key1[round] = stream.key1 + round * kPhiloxWeyl1;
  }
  // All blocks share the counter's words but the lowest. What the first rounds make of those words
  // alone joins the keys: three of the first six products are of no block.
  const uint64_t shared1 = uint64_t{kPhiloxMultiplier1} * stream.step;
  const uint32_t word = static_cast<uint32_t>((shared1 >> 32) ^ (first_block >> 32)) ^ key0[0];
  const uint64_t shared0 = uint64_t{kPhiloxMultiplier0} * word;
  key1[0] ^= stream.stream;
  key0[1] ^= static_cast<uint32_t>(shared1);
  key1[1] ^= static_cast<uint32_t>(shared0 >> 32);
  key1[2] ^= static_cast<uint32_t>(shared0);
  Lanes keys0[kPhiloxRounds], keys1[kPhiloxRounds];
  for (int round = 0; round < kPhiloxRounds; ++round) {
    keys0[round] = zero + key0[round];
    keys1[round] = zero + key1[round];
  }
  Lanes index;
  for (int lane = 0; lane < kLanes; ++lane) index[lane] = first_block + static_cast<unsigned>(lane);
  // Words 0, 1 and 2, 3 of a block, or 0, 2 and 1, 3.
  alignas(64) unsigned long long low[kBlocks], high[kBlocks];
  for (int block = 0; block < kBlocks; block += kInterleave * kLanes) {
    Lanes c0[kInterleave], c1[kInterleave], c2[kInterleave], c3[kInterleave];
    for (int i = 0; i < kInterleave; ++i, index += kLanes) {
      const Lanes product0 = multiply_low_halves(index, multiplier0);
      const Lanes product1 = multiply_low_halves((product0 >> 32) ^ keys1[0], multiplier1);
      c0[i] = (product1 >> 32) ^ keys0[1];
      c1[i] = product1;
      c2[i] = product0 ^ keys1[1];
      c3[i] = zero;
    }
#pragma GCC unroll 10
    for (int round = 2; round < kPhiloxRounds; ++round) {
      for (int i = 0; i < kInterleave; ++i) {
        const Lanes product0 = multiply_low_halves(c0[i], multiplier0);
        const Lanes product1 = multiply_low_halves(c2[i], multiplier1);
        c0[i] = (product1 >> 32) ^ (c1[i] ^ keys0[round]);
        c1[i] = product1;
        c2[i] = (product0 >> 32) ^ (c3[i] ^ keys1[round]);
        c3[i] = product0;
      }
    }
    for (int i = 0; i < kInterleave; ++i) {
      const Lanes second = kOrder == Order::kPairs ? c2[i] : c1[i];
      const Lanes third = kOrder == Order::kPairs ? c1[i] : c2[i];
      *(Lanes*)(low + block + i * kLanes) = (c0[i] & low_half) | (second << 32);
      *(Lanes*)(high + block + i * kLanes) = (third & low_half) | (c3[i] << 32);
    }
  }
  BitsPair* pairs = reinterpret_cast<BitsPair*>(bits);
  for (int block = 0; block < kBlocks; ++block) {
    pairs[kOrder == Order::kPairs ? block : 2 * block] = low[block];
    pairs[kOrder == Order::kPairs ? kBlocks + block : 2 * block + 1] = high[block];
  }
}

// normals[i] = the normal number of element first + i, for kDraws of them; first is a multiple of
// kDraws.
inline void draw_normals(float* normals, const PhiloxStream& stream, int64_t first) {
  constexpr int kPairs = kDraws / 2;
  alignas(64) Bits bits[kDraws];
  draw<Order::kPairs>(bits, stream, first);
#pragma omp simd
  for (int i = 0; i < kPairs; ++i) {
    const NormalPair pair = box_muller(uniform_of(bits[i]), uniform_of(bits[kPairs + i]));
    normals[2 * i] = pair.first;
    normals[2 * i + 1] = pair.second;
  }
}

// body(begin, end, bits): bits[i - begin] is element i's integer; at most kDraws at a time.
template <class Body>
void for_draws(figment_context* ctx, int64_t n, const PhiloxStream& stream, Body body) {
  for_chunks(ctx, n, [=](int64_t begin, int64_t end) FIGMENT_INLINE {
    for (int64_t i = begin; i < end; i += kDraws) {
      alignas(64) Bits bits[kDraws];
      draw<Order::kElements>(bits, stream, i);
      body(i, smaller(end, i + kDraws), bits);
    }
  });
}

}  // namespace figment::FIGMENT_ISA

#endif  // FIGMENT_CPU_LOOPS_RANDOM_BITS_H_

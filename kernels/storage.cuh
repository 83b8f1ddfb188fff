// Numbers as memory holds them, float32 or bfloat16, by one, by four and by packs. Arithmetic is
// float32 whatever the storage: a bfloat16 is widened when it is loaded and rounded, to the
// nearest, when it is stored.
#ifndef FIGMENT_STORAGE_CUH_
#define FIGMENT_STORAGE_CUH_

#include "block.cuh"

namespace figment {

// The upper half of a float32.
struct Bfloat16 {
  unsigned short bits;
};

// How a kernel keeps layers' inputs, outputs and their gradients: a module a family and storage
// type, so the file is compiled once for each. Parameters, statistics and losses are float32.
#if defined(FIGMENT_BF16)
typedef Bfloat16 Real;
#else
typedef float Real;
#endif

#if defined(__clang__)
typedef float Float4 __attribute__((ext_vector_type(4)));
typedef unsigned Word2 __attribute__((ext_vector_type(2)));
#else
typedef float4 Float4;
typedef uint2 Word2;
#endif

// ---- rounding

// The same bits of every number on every architecture.
FIGMENT_MEMBER unsigned bfloat16_bits(float x) {
#if __CUDA_ARCH__ >= 800
  unsigned short bits;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  return bits;
#else
  return bfloat16_of(x);
#endif
}

// Two of them in a word, the first below.
FIGMENT_MEMBER unsigned bfloat16_pair(float first, float second) {
#if __CUDA_ARCH__ >= 800
  unsigned pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(second), "f"(first));
  return pair;
#else
  return bfloat16_bits(second) << 16 | bfloat16_bits(first);
#endif
}

FIGMENT_MEMBER float first_of_pair(unsigned pair) { return float_of(pair << 16); }
FIGMENT_MEMBER float second_of_pair(unsigned pair) { return float_of(pair & 0xffff0000u); }

// ---- one element

FIGMENT_MEMBER float load(const float* p) { return *p; }
FIGMENT_MEMBER float load(const Bfloat16* p) {
  return float_of(static_cast<unsigned>(p->bits) << 16);
}
FIGMENT_MEMBER void store(float* p, float value) { *p = value; }
FIGMENT_MEMBER void store(Bfloat16* p, float value) {
  p->bits = static_cast<unsigned short>(bfloat16_bits(value));
}

// ---- four elements: one access of 16 bytes or 8, at such a boundary

// Elements from p to the next boundary of four.
template <class T>
FIGMENT_MEMBER int head_of(const T* p) {
  constexpr uint64 kBytes = kLane4 * sizeof(T);
  return static_cast<int>((kBytes - (reinterpret_cast<uint64>(p) & (kBytes - 1))) & (kBytes - 1)) /
         static_cast<int>(sizeof(T));
}

FIGMENT_MEMBER Float4 load4(const float* p) { return *reinterpret_cast<const Float4*>(p); }
FIGMENT_MEMBER Float4 load4(const Bfloat16* p) {
  const Word2 words = *reinterpret_cast<const Word2*>(p);
  Float4 v;
  v.x = first_of_pair(words.x);
  v.y = second_of_pair(words.x);
  v.z = first_of_pair(words.y);
  v.w = second_of_pair(words.y);
  return v;
}

FIGMENT_MEMBER void store4(float* p, Float4 v) { *reinterpret_cast<Float4*>(p) = v; }
FIGMENT_MEMBER void store4(Bfloat16* p, Float4 v) {
  Word2 words;
  words.x = bfloat16_pair(v.x, v.y);
  words.y = bfloat16_pair(v.z, v.w);
  *reinterpret_cast<Word2*>(p) = words;
}

FIGMENT_MEMBER Float4 vector_of(const float (&p)[kLane4]) {
  Float4 v;
  v.x = p[0];
  v.y = p[1];
  v.z = p[2];
  v.w = p[3];
  return v;
}

// f of each component.
template <class F, class... Vector>
FIGMENT_MEMBER Float4 map4(F f, Vector... in) {
  Float4 y;
  y.x = f(in.x...);
  y.y = f(in.y...);
  y.z = f(in.z...);
  y.w = f(in.w...);
  return y;
}

// ---- packs: neighbouring elements that a thread takes at a time, 4 where the sizes allow it, else
// 1

template <int kWidth>
struct Pack {
  float v[kWidth];
};

// Four elements of memory that the kernel does not write before, in PTX, for clang 19 takes a
// vector's load whose elements are used apart for four loads.
FIGMENT_MEMBER void load_vector(const float* p, float (&v)[kLane4]) {
  asm volatile("ld.global.v4.f32 {%0, %1, %2, %3}, [%4];"
               : "=f"(v[0]), "=f"(v[1]), "=f"(v[2]), "=f"(v[3])
               : "l"(p));
}

FIGMENT_MEMBER void load_vector(const Bfloat16* p, float (&v)[kLane4]) {
  unsigned first, second;
  asm volatile("ld.global.v2.u32 {%0, %1}, [%2];" : "=r"(first), "=r"(second) : "l"(p));
  v[0] = first_of_pair(first);
  v[1] = second_of_pair(first);
  v[2] = first_of_pair(second);
  v[3] = second_of_pair(second);
}

// From global memory at a boundary of the pack; not of what the kernel writes before.
template <int kWidth, class T>
FIGMENT_MEMBER Pack<kWidth> load_aligned(const T* p) {
  Pack<kWidth> pack;
  if constexpr (kWidth == kLane4) {
    load_vector(p, pack.v);
  } else {
    pack.v[0] = load(p);
  }
  return pack;
}

template <int kWidth, class T>
FIGMENT_MEMBER void store_aligned(T* p, const Pack<kWidth>& pack) {
  if constexpr (kWidth == kLane4) {
    store4(p, vector_of(pack.v));
  } else {
    store(p, pack.v[0]);
  }
}

// The same from anywhere.
template <int kWidth, class T>
FIGMENT_MEMBER Pack<kWidth> load_pack(const T* p) {
  if constexpr (kWidth == 1) {
    return load_aligned<kWidth>(p);
  } else {
    if (head_of(p) == 0) return load_aligned<kWidth>(p);
    Pack<kWidth> pack;
    FIGMENT_UNROLL
    for (int k = 0; k < kWidth; ++k) pack.v[k] = load(p + k);
    return pack;
  }
}

template <int kWidth, class T>
FIGMENT_MEMBER void store_pack(T* p, const Pack<kWidth>& pack) {
  if constexpr (kWidth == 1) {
    store_aligned(p, pack);
  } else {
    if (head_of(p) == 0) return store_aligned(p, pack);
    FIGMENT_UNROLL
    for (int k = 0; k < kWidth; ++k) store(p + k, pack.v[k]);
  }
}

}  // namespace figment

#endif  // FIGMENT_STORAGE_CUH_

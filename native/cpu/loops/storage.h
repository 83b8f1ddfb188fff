// Numbers as memory holds them, float32 or bfloat16. Arithmetic is float32 whatever the storage: a
// bfloat16 is widened when it is loaded and rounded, to the nearest, when it is stored.
#ifndef FIGMENT_CPU_LOOPS_STORAGE_H_
#define FIGMENT_CPU_LOOPS_STORAGE_H_

#include "parallel.h"

namespace figment::FIGMENT_ISA {

// The upper half of a float32.
struct Bfloat16 {
  uint16_t bits;
};

FIGMENT_INLINE inline float load(const float* p) { return *p; }
FIGMENT_INLINE inline float load(const Bfloat16* p) {
  return float_of(static_cast<unsigned>(p->bits) << 16);
}
FIGMENT_INLINE inline void store(float* p, float value) { *p = value; }
FIGMENT_INLINE inline void store(Bfloat16* p, float value) {
  p->bits = static_cast<uint16_t>(bfloat16_of(value));
}

// body(the tensors with their type): what a layer reads, or writes and reads, all of one type.
template <class Body>
void with_storage(int32_t bfloat16, const void* x, Body body) {
  if (bfloat16 != 0) return body(static_cast<const Bfloat16*>(x));
  body(static_cast<const float*>(x));
}
template <class Body>
void with_storage(int32_t bfloat16, void* y, const void* x, Body body) {
  if (bfloat16 != 0) return body(static_cast<Bfloat16*>(y), static_cast<const Bfloat16*>(x));
  body(static_cast<float*>(y), static_cast<const float*>(x));
}
template <class Body>
void with_storage(int32_t bfloat16, void* dx, const void* dy, const void* x, Body body) {
  with_storage(bfloat16, dx, dy,
               [=](auto* dx, auto* dy) { body(dx, dy, static_cast<decltype(dy)>(x)); });
}

}  // namespace figment::FIGMENT_ISA

#endif  // FIGMENT_CPU_LOOPS_STORAGE_H_

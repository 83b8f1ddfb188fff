// A context for the loops alone, and the ways in which one call must give the same bits.
#ifndef FIGMENT_TESTS_NATIVE_CPU_LOOPS_CONTEXT_H_
#define FIGMENT_TESTS_NATIVE_CPU_LOOPS_CONTEXT_H_

#include <stdint.h>
#include <string.h>

#include <functional>
#include <vector>

#include "check.h"
#include "loops.h"

constexpr const char* kIsaNames[] = {"baseline", "avx2", "avx512"};

// The instruction sets of this processor, baseline first.
std::vector<figment::Isa> available_isas();

// A context without oneDNN.
struct LoopsContext {
  LoopsContext(figment::Isa isa, int threads);
  ~LoopsContext();
  figment_context ctx;
};

// Floats with guard zones around them, at an odd address: kernels may count on no alignment.
class Guarded {
 public:
  explicit Guarded(size_t n) : size_(n), floats_(n + 2 * kGuard + 1, kMark) {}
  Guarded(const std::vector<float>& values) : Guarded(values.size()) {
    for (size_t i = 0; i < size_; ++i) data()[i] = values[i];
  }
  float* data() { return floats_.data() + kGuard + 1; }
  float& operator[](size_t i) { return data()[i]; }
  size_t size() const { return size_; }
  std::vector<float> values() { return std::vector<float>(data(), data() + size_); }
  bool intact() {
    for (size_t i = 0; i < kGuard; ++i) {
      if (data()[-1 - static_cast<int>(i)] != kMark || data()[size_ + i] != kMark) return false;
    }
    return true;
  }

 private:
  static constexpr size_t kGuard = 64;
  static constexpr float kMark = 31415.0f;
  size_t size_;
  std::vector<float> floats_;
};

// Pseudo-random floats, about evenly in (-range, range).
std::vector<float> numbers(size_t n, float range, uint32_t seed = 1);

// Runs `operation` on every instruction set and on 1 and 3 threads; it fills `outputs` anew each
// time. All must give the bits of the baseline on one thread, which are returned.
using Outputs = std::vector<std::vector<float>>;
Outputs same_bits(const char* name, const std::function<Outputs(figment_context*)>& operation);

#endif  // FIGMENT_TESTS_NATIVE_CPU_LOOPS_CONTEXT_H_

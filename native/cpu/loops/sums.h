// Sums in a fixed order: lanes within a run of terms.
#ifndef FIGMENT_CPU_LOOPS_SUMS_H_
#define FIGMENT_CPU_LOOPS_SUMS_H_

#include "parallel.h"

namespace figment::FIGMENT_ISA {

constexpr int kSumLanes = 16;

// The sum of term(i) for begin <= i < end, lane by lane.
template <class Term>
inline double sum_over(int64_t begin, int64_t end, Term term) {
  double lane[kSumLanes] = {};
  int64_t i = begin;
  for (; i + kSumLanes <= end; i += kSumLanes) {
    for (int j = 0; j < kSumLanes; ++j) lane[j] += term(i + j);
  }
  for (int j = 0; i < end; ++i, ++j) lane[j] += term(i);
  for (int width = kSumLanes / 2; width > 0; width /= 2) {
    for (int j = 0; j < width; ++j) lane[j] += lane[j + width];
  }
  return lane[0];
}

// The sum of term(i) over i < n, chunk by chunk; partial has room for divide_up(n, kChunk).
template <class Term>
double sum_of_chunks(figment_context* ctx, double* partial, int64_t n, Term term) {
  const int64_t chunks = divide_up(n, kChunk);
  parallel_for(ctx, chunks, [=](int64_t chunk) {
    partial[chunk] = sum_over(chunk * kChunk, smaller(n, (chunk + 1) * kChunk), term);
  });
  double total = 0;
  for (int64_t i = 0; i < chunks; ++i) total += partial[i];
  return total;
}

}  // namespace figment::FIGMENT_ISA

#endif  // FIGMENT_CPU_LOOPS_SUMS_H_

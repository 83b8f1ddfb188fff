// What the losses over rows [rows][columns] share: rows in parallel, and sums in a fixed order.
#ifndef FIGMENT_CPU_LOOPS_ROW_LOSSES_H_
#define FIGMENT_CPU_LOOPS_ROW_LOSSES_H_

#include "parallel.h"

namespace figment::FIGMENT_ISA {

// Columns of a row whose terms are computed before they are added up: they stay in cache.
constexpr int kTerms = 1024;
constexpr int kTermLanes = 16;

// The sum of n terms, the same for all instruction sets.
inline double sum_of_terms(const float* terms, int64_t n) {
  double lane[kTermLanes] = {};
  int64_t i = 0;
  for (; i + kTermLanes <= n; i += kTermLanes) {
    for (int j = 0; j < kTermLanes; ++j) lane[j] += terms[i + j];
  }
  for (int j = 0; i < n; ++i, ++j) lane[j] += terms[i];
  for (int width = kTermLanes / 2; width > 0; width /= 2) {
    for (int j = 0; j < width; ++j) lane[j] += lane[j + width];
  }
  return lane[0];
}

// The sum of a row's terms: body(terms, first, count) writes the terms of columns first .. first +
// count - 1.
template <class Body>
double sum_of_row(int64_t columns, Body body) {
  alignas(64) float terms[kTerms];
  double sum = 0;
  for (int64_t first = 0; first < columns; first += kTerms) {
    const int64_t count = smaller(kTerms, columns - first);
    body(terms, first, count);
    sum += sum_of_terms(terms, count);
  }
  return sum;
}

// result = the sum over rows of row_loss(row) / batch; row_losses, if not NULL, gets each.
template <class RowLoss>
int sum_of_row_losses(figment_context* ctx, float* result, float* row_losses, int64_t rows,
                      int64_t columns, int32_t batch, RowLoss row_loss) {
  double* sums = static_cast<double*>(scratch(ctx, sizeof(double) * static_cast<size_t>(rows)));
  if (sums == nullptr) return 1;
  const int64_t height = divide_up(kChunk, columns);
  parallel_for(ctx, divide_up(rows, height), [=](int64_t chunk) {
    const int64_t end = smaller(rows, (chunk + 1) * height);
    for (int64_t row = chunk * height; row < end; ++row) sums[row] = row_loss(row);
  });
  double total = 0;
  for (int64_t row = 0; row < rows; ++row) {
    total += sums[row];
    if (row_losses != nullptr) row_losses[row] = static_cast<float>(sums[row]);
  }
  *result = static_cast<float>(total / batch);
  return 0;
}

}  // namespace figment::FIGMENT_ISA

#endif  // FIGMENT_CPU_LOOPS_ROW_LOSSES_H_

// Sums in a fixed order, one launch each: every block leaves a partial sum, and the block that
// finishes last adds them in index order (the ticket of common.cuh). Bound by memory: 4 bytes an
// element. A thread adds at most 64 numbers in float32; everything above is float64.
#include "common.cuh"

using namespace figment;

constexpr int kSumElements = 64 * kThreads;  // a block

// result = sum of term(x_i). partial: a double a block; ticket: 0.
// Blocks: ceil(n / kSumElements).
template <class Term>
__device__ inline void reduce(float* result, const float* x, double* partial, unsigned* ticket,
                              int64 n, Term term) {
  __shared__ double shared[kThreads];
  const int64 first = static_cast<int64>(blockIdx.x) * kSumElements + threadIdx.x;
  float sums[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  FIGMENT_UNROLL
  for (int k = 0; k < kSumElements / kThreads; ++k) {
    const int64 i = first + k * kThreads;
    if (i < n) sums[k % 4] += term(x[i]);
  }
  const double mine = (static_cast<double>(sums[0]) + sums[1]) + (static_cast<double>(sums[2]) + sums[3]);
  const double block = block_sum(mine, shared);
  if (threadIdx.x == 0) partial[blockIdx.x] = block;
  if (!last_block(ticket, gridDim.x)) return;
  double total = 0;
  for (unsigned i = threadIdx.x; i < gridDim.x; i += kThreads) total += partial[i];
  total = block_sum(total, shared);
  if (threadIdx.x == 0) *result = static_cast<float>(total);
}

FIGMENT_KERNEL sum(float* result, const float* x, double* partial, unsigned* ticket, int64 n) {
  reduce(result, x, partial, ticket, n, [](float value) { return value; });
}

FIGMENT_KERNEL sum_of_squares(float* result, const float* x, double* partial, unsigned* ticket,
                              int64 n) {
  reduce(result, x, partial, ticket, n, [](float value) { return value * value; });
}

constexpr int kColumns = 32;                            // a block
constexpr int kColumnLines = kThreads / kColumns;       // rows a block reads at a time
constexpr int kColumnRows = 32 * kColumnLines;          // rows a block

// result [columns] (+)= sums of x [rows][columns]. Grid: ceil(columns / 32) x ceil(rows / 256).
// partial: gridDim.y x columns doubles; ticket: gridDim.x zeros.
FIGMENT_KERNEL column_sum(float* result, const float* x, double* partial, unsigned* ticket,
                          int accumulate, int64 rows, int columns) {
  __shared__ float shared[kColumnLines][kColumns];
  const int lane = static_cast<int>(threadIdx.x) % kColumns;
  const int line = static_cast<int>(threadIdx.x) / kColumns;
  const int column = static_cast<int>(blockIdx.x) * kColumns + lane;
  const int64 row0 = static_cast<int64>(blockIdx.y) * kColumnRows + line;
  float sum = 0.0f;
  if (column < columns) {
    FIGMENT_UNROLL
    for (int k = 0; k < kColumnRows; k += kColumnLines) {
      if (row0 + k < rows) sum += x[(row0 + k) * columns + column];
    }
  }
  shared[line][lane] = sum;
  sync_block();
  if (line == 0 && column < columns) {
    double block = 0;
    FIGMENT_UNROLL
    for (int k = 0; k < kColumnLines; ++k) block += shared[k][lane];
    partial[static_cast<int64>(blockIdx.y) * columns + column] = block;
  }
  if (!last_block(ticket + blockIdx.x, gridDim.y)) return;
  if (line == 0 && column < columns) {
    double total = 0;
    for (unsigned i = 0; i < gridDim.y; ++i) {
      total += partial[static_cast<int64>(i) * columns + column];
    }
    const float value = static_cast<float>(total);
    result[column] = accumulate != 0 ? result[column] + value : value;
  }
}

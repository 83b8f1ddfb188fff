// Sums in a fixed order, one launch each: every block leaves a partial sum, and the block that
// finishes last adds them in index order (last_block of block.cuh). Bound by memory: 4 bytes an
// element. A thread adds at most 64 numbers in float32; everything above is float64.
#include "common.cuh"

using namespace figment;

// ---- the whole of x

constexpr int kSumTerms = 64;                       // a thread
constexpr int kSumElements = kSumTerms * kThreads;  // a block
constexpr int kSumChains = 4;                       // independent additions in flight

// result = finish(sum of term(x_i)). Blocks: ceil(n / kSumElements); partial: a double a block;
// ticket: 0.
template <class T, class Term, class Finish>
__device__ inline void reduce(float* result, const T* x, double* partial, unsigned* ticket, int64 n,
                              Term term, Finish finish) {
  __shared__ double shared[kThreads];
  const int64 first = static_cast<int64>(blockIdx.x) * kSumElements + threadIdx.x;
  float chain[kSumChains] = {};
  FIGMENT_UNROLL
  for (int k = 0; k < kSumTerms; ++k) {
    const int64 i = first + k * kThreads;
    if (i < n) chain[k % kSumChains] += term(load(x + i));
  }
  double thread_sum = 0;
  FIGMENT_UNROLL
  for (int k = 0; k < kSumChains; ++k) thread_sum += chain[k];
  const double block = block_sum(thread_sum, shared);
  if (threadIdx.x == 0) partial[blockIdx.x] = block;

  if (!last_block(ticket, gridDim.x)) return;
  double total = 0;
  for (unsigned i = threadIdx.x; i < gridDim.x; i += kThreads) total += partial[i];
  total = block_sum(total, shared);
  if (threadIdx.x == 0) *result = static_cast<float>(finish(total));
}

FIGMENT_KERNEL sum(float* result, const Real* x, double* partial, unsigned* ticket, int64 n) {
  reduce(
      result, x, partial, ticket, n, [](float value) { return value; },
      [](double total) { return total; });
}

FIGMENT_KERNEL sum_of_squares(float* result, const Real* x, double* partial, unsigned* ticket,
                              int64 n) {
  reduce(
      result, x, partial, ticket, n, [](float value) { return value * value; },
      [](double total) { return total; });
}

// The square root of the sum of squares.
FIGMENT_KERNEL euclidean_norm(float* result, const Real* x, double* partial, unsigned* ticket,
                              int64 n) {
  reduce(
      result, x, partial, ticket, n, [](float value) { return value * value; },
      [](double total) { return __builtin_sqrt(total); });
}

// ---- the columns of x

constexpr int kColumns = 32;                       // a block: a warp reads 128 bytes of a row
constexpr int kColumnLines = kThreads / kColumns;  // rows a block reads at a time
constexpr int kColumnTerms = 32;                   // a thread
constexpr int kColumnRows = kColumnTerms * kColumnLines;  // a block

// result [columns] (+)= sums of x [rows][columns]. Grid: ceil(rows / kColumnRows) x ceil(columns /
// kColumns). partial: gridDim.x x columns doubles; ticket: gridDim.y zeros.
FIGMENT_KERNEL column_sum(float* result, const Real* x, double* partial, unsigned* ticket,
                          int accumulate, int64 rows, int columns) {
  __shared__ float shared[kColumnLines][kColumns];
  const int lane = static_cast<int>(threadIdx.x) % kColumns;
  const int line = static_cast<int>(threadIdx.x) / kColumns;
  const int column = static_cast<int>(blockIdx.y) * kColumns + lane;
  const bool mine = column < columns;
  const int64 first = static_cast<int64>(blockIdx.x) * kColumnRows + line;
  float thread_sum = 0.0f;
  if (mine) {
    FIGMENT_UNROLL
    for (int k = 0; k < kColumnTerms; ++k) {
      const int64 row = first + k * kColumnLines;
      if (row < rows) thread_sum += load(x + row * columns + column);
    }
  }
  shared[line][lane] = thread_sum;
  sync_block();
  if (line == 0 && mine) {
    double block = 0;
    FIGMENT_UNROLL
    for (int k = 0; k < kColumnLines; ++k) block += shared[k][lane];
    partial[static_cast<int64>(blockIdx.x) * columns + column] = block;
  }

  if (!last_block(ticket + blockIdx.y, gridDim.x)) return;
  if (line == 0 && mine) {
    double total = 0;
    for (unsigned i = 0; i < gridDim.x; ++i) {
      total += partial[static_cast<int64>(i) * columns + column];
    }
    const float value = static_cast<float>(total);
    result[column] = accumulate != 0 ? result[column] + value : value;
  }
}

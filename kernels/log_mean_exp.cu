// The logarithm of the mean exponential down each column of x [count][columns], and its gradient,
// the softmax: value = max + log(sum exp(x - max) / count), weights = exp(x - max) / sum. Bound by
// memory: 8 bytes an element, for a column's elements stay in registers; of columns longer than
// kLines * kHeld the rest is read three times.
#include "common.cuh"

using namespace figment;

constexpr int kColumns = 32;                 // a block: a warp reads 128 bytes of a row
constexpr int kLines = kThreads / kColumns;  // rows that a block reads at a time
constexpr int kHeld = 8;                     // elements of a column in a thread's registers

// A thread's share of a column: every kLines-th element.
struct ColumnShare {
  const float* x;  // of the column's first element
  int64 count, columns;
  int line;
  float held[kHeld];

  FIGMENT_MEMBER ColumnShare(const float* x, int64 count, int64 columns, int line)
      : x(x), count(count), columns(columns), line(line) {
    FIGMENT_UNROLL
    for (int i = 0; i < kHeld; ++i) {
      const int64 row = line + i * kLines;
      if (row < count) held[i] = x[row * columns];
    }
  }

  // f(row, element) for each.
  template <class F>
  FIGMENT_MEMBER void for_rows(F f) const {
    FIGMENT_UNROLL
    for (int i = 0; i < kHeld; ++i) {
      const int64 row = line + i * kLines;
      if (row < count) f(row, held[i]);
    }
    for (int64 row = line + kHeld * kLines; row < count; row += kLines) f(row, x[row * columns]);
  }
};

// Blocks: ceil(columns / kColumns).
FIGMENT_KERNEL log_mean_exp(float* value, float* weights, const float* x, int64 count,
                            int columns) {
  __shared__ float shared[kLines][kColumns];
  const int lane = static_cast<int>(threadIdx.x) % kColumns;
  const int line = static_cast<int>(threadIdx.x) / kColumns;
  const int column = static_cast<int>(blockIdx.x) * kColumns + lane;
  const bool mine = column < columns;
  const ColumnShare share(x + column, mine ? count : 0, columns, line);

  float most = -infinity();
  share.for_rows([&](int64, float element) { most = element > most ? element : most; });
  shared[line][lane] = most;
  sync_block();
  FIGMENT_UNROLL
  for (int i = 0; i < kLines; ++i) most = shared[i][lane] > most ? shared[i][lane] : most;

  float part = 0;
  share.for_rows([&](int64, float element) { part += figment::exp(element - most); });
  sync_block();
  shared[line][lane] = part;
  sync_block();
  double sum = 0;
  FIGMENT_UNROLL
  for (int i = 0; i < kLines; ++i) sum += shared[i][lane];

  const float total = static_cast<float>(sum);
  share.for_rows([&](int64 row, float element) {
    weights[row * columns + column] = figment::exp(element - most) / total;
  });
  if (mine && line == 0) {
    value[column] = most + figment::log(static_cast<float>(sum / static_cast<double>(count)));
  }
}

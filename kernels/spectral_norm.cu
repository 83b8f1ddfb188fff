// Spectral normalisation of weights w [rows][columns] (Miyato et al., 2018): a step of the power
// iteration towards w's largest singular value sigma, and the gradient of w / sigma; the division
// is scale_by of elementwise.cu. Bound by memory: 4 bytes an element for each of two passes over w,
// then 8 and 8 an element for the gradient.
#include "common.cuh"

using namespace figment;

constexpr double kSmallest = 1e-12;  // a norm below it counts as 0

// ---- the power iteration

constexpr int kColumns = 32;                 // a block: a warp reads 128 bytes of a row
constexpr int kLines = kThreads / kColumns;  // rows a block reads at a time
constexpr int kChains = 4;                   // independent additions in flight

// v [columns] = w^T u, in float32 by thread and float64 above. Blocks: ceil(columns / kColumns).
FIGMENT_KERNEL spectral_columns(float* v, const float* w, const float* u, int rows, int columns) {
  __shared__ double shared[kLines][kColumns];
  const int lane = static_cast<int>(threadIdx.x) % kColumns;
  const int line = static_cast<int>(threadIdx.x) / kColumns;
  const int column = static_cast<int>(blockIdx.x) * kColumns + lane;
  const bool mine = column < columns;
  float chain[kChains] = {};
  if (mine) {
    for (int begin = line; begin < rows; begin += kChains * kLines) {
      FIGMENT_UNROLL
      for (int k = 0; k < kChains; ++k) {
        const int row = begin + k * kLines;
        if (row < rows)
          chain[k] = figment::fma(u[row], w[static_cast<int64>(row) * columns + column], chain[k]);
      }
    }
  }
  shared[line][lane] =
      (static_cast<double>(chain[0]) + chain[1]) + (static_cast<double>(chain[2]) + chain[3]);
  sync_block();
  if (line == 0 && mine) {
    double sum = 0;
    FIGMENT_UNROLL
    for (int k = 0; k < kLines; ++k) sum += shared[k][lane];
    v[column] = static_cast<float>(sum);
  }
}

// From v = w^T u: u [rows] = w v / |w v|, then v = v / |v| and inverse [1] = |v| / |w v|, which is
// 1 / sigma. Where a norm is 0: v = 0, inverse = 1, and u stays. Blocks: rows; partial: a double a
// block; ticket: 0.
FIGMENT_KERNEL spectral_rows(float* inverse, float* u, float* v, const float* w, double* partial,
                             unsigned* ticket, int columns) {
  __shared__ double shared[kThreads];
  const float* row = w + static_cast<int64>(blockIdx.x) * columns;
  double product = 0, square = 0;
  for (int begin = static_cast<int>(threadIdx.x); begin < columns; begin += kChains * kThreads) {
    float products[kChains], squares[kChains];
    FIGMENT_UNROLL
    for (int k = 0; k < kChains; ++k) {
      const int i = begin + k * kThreads;
      const float x = i < columns ? v[i] : 0.0f;
      products[k] = i < columns ? row[i] * x : 0.0f;
      squares[k] = x * x;
    }
    product += (products[0] + products[1]) + (products[2] + products[3]);
    square += (squares[0] + squares[1]) + (squares[2] + squares[3]);
  }
  product = block_sum(product, shared);
  sync_block();
  const double v_norm = __builtin_sqrt(block_sum(square, shared));  // the same in all blocks
  if (threadIdx.x == 0) partial[blockIdx.x] = product;

  if (!last_block(ticket, gridDim.x)) return;
  double total = 0;
  for (unsigned i = threadIdx.x; i < gridDim.x; i += kThreads) total += partial[i] * partial[i];
  const double u_norm = __builtin_sqrt(block_sum(total, shared));
  const bool zero = v_norm < kSmallest || u_norm < kSmallest * v_norm;
  const double by_u = 1.0 / u_norm, by_v = 1.0 / v_norm;
  for (unsigned i = threadIdx.x; !zero && i < gridDim.x; i += kThreads) {
    u[i] = static_cast<float>(partial[i] * by_u);
  }
  for (int i = static_cast<int>(threadIdx.x); i < columns; i += kThreads) {
    v[i] = zero ? 0.0f : static_cast<float>(v[i] * by_v);
  }
  if (threadIdx.x == 0) *inverse = zero ? 1.0f : static_cast<float>(v_norm * by_u);
}

// ---- the gradient

constexpr int kDotTerms = 16;                       // a thread
constexpr int kDotElements = kDotTerms * kThreads;  // a block

// product [1] = the sum of dw_i w_i. Blocks: ceil(n / kDotElements); partial: a double a block;
// ticket: 0.
FIGMENT_KERNEL spectral_dot(double* product, const float* dw, const float* w, double* partial,
                            unsigned* ticket, int64 n) {
  __shared__ double shared[kThreads];
  const int64 first = static_cast<int64>(blockIdx.x) * kDotElements + threadIdx.x;
  float chain[kChains] = {};
  FIGMENT_UNROLL
  for (int k = 0; k < kDotTerms; ++k) {
    const int64 i = first + k * kThreads;
    if (i < n) chain[k % kChains] = figment::fma(dw[i], w[i], chain[k % kChains]);
  }
  const double thread_sum =
      (static_cast<double>(chain[0]) + chain[1]) + (static_cast<double>(chain[2]) + chain[3]);
  const double block = block_sum(thread_sum, shared);
  if (threadIdx.x == 0) partial[blockIdx.x] = block;

  if (!last_block(ticket, gridDim.x)) return;
  double total = 0;
  for (unsigned i = threadIdx.x; i < gridDim.x; i += kThreads) total += partial[i];
  total = block_sum(total, shared);
  if (threadIdx.x == 0) *product = total;
}

// dw = inverse (dw - inverse product u v^T). Grid: ceil(columns / kBlockElements) x rows.
FIGMENT_KERNEL spectral_gradient(float* dw, const float* u, const float* v, const float* inverse,
                                 const double* product, int64 columns) {
  const double by = *inverse;
  const float scale = static_cast<float>(by);
  const float shift = static_cast<float>(by * by * *product * u[blockIdx.y]);
  float* row = dw + blockIdx.y * columns;
  map_block(
      blockIdx.x, row, columns,
      [=](float g, float x) { return figment::fma(-shift, x, scale * g); }, row, v);
}

// Dense layers of few inputs over many rows, as one that reads the features of every step is: y
// [batch][out] = activation(x w^T + bias) for x [batch][in] and w [out][in], and the gradients to w
// and bias. Bound by the memory of y and dy, which each pass goes through once.
#include "many_rows.h"
#include "panels.h"

namespace figment::FIGMENT_ISA {
namespace {

constexpr int kInputs = 8;         // of a tile of sums
constexpr int64_t kRows = 32;      // of a block of dy, which is copied,
constexpr int64_t kColumns = 128;  // as lines that are a power of two apart would not stay in cache

// Columns of some rows, whole vectors: zeros past the last column.
struct Block {
  float numbers[kRows * kColumns];
  int64_t rows;

  void copy(const float* from, int64_t stride, int64_t columns) {
    for (int64_t row = 0; row < rows; ++row) {
      const float* y = from + row * stride;
      float* to = numbers + row * kColumns;
      int64_t c = 0;
      for (; c + kLanes <= columns; c += kLanes) store(to + c, load(y + c));
      for (; c % kLanes != 0 || c < columns; ++c) to[c] = c < columns ? y[c] : 0.0f;
    }
  }
};

// sums [kCount][..] += x^T dy for a vector of columns from `column` on, each number one chain in
// the order of rows; totals += the columns' sums, where there are any to add to.
template <int kCount>
inline void add_tile(float* sums, int64_t stride, double* totals, const float* x, int64_t in,
                     const Block& dy, int64_t column) {
  Vector tile[kCount], total = {};
  for (int i = 0; i < kCount; ++i) tile[i] = load(sums + i * stride);
  for (int64_t row = 0; row < dy.rows; ++row) {
    const Vector d = load(dy.numbers + row * kColumns + column);
    for (int i = 0; i < kCount; ++i) tile[i] = multiply_add(spread(x[row * in + i]), d, tile[i]);
    total = total + d;
  }
  for (int i = 0; i < kCount; ++i) store(sums + i * stride, tile[i]);
  if (totals == nullptr) return;
  float lanes[kLanes];
  store(lanes, total);
  for (int i = 0; i < kLanes; ++i) totals[i] += static_cast<double>(lanes[i]);
}

// The same for 0 < count <= kCount inputs.
template <int kCount>
inline void add_inputs(int64_t count, float* sums, int64_t stride, double* totals, const float* x,
                       int64_t in, const Block& dy, int64_t column) {
  if constexpr (kCount > 1) {
    if (count < kCount) {
      return add_inputs<kCount - 1>(count, sums, stride, totals, x, in, dy, column);
    }
  }
  add_tile<kCount>(sums, stride, totals, x, in, dy, column);
}

}  // namespace

int narrow_forward(figment_context* ctx, float* y, const float* x, const float* w,
                   const float* bias, int32_t activation, float slope, int32_t batch, int32_t in,
                   int32_t out) {
  const Panels panels = {in, out};
  const int64_t floats = panels.size() + panels.stride();
  float* packed = static_cast<float*>(scratch(ctx, sizeof(float) * static_cast<size_t>(floats)));
  if (packed == nullptr) return 1;
  float* offset = packed + panels.size();
  for (int64_t u = 0; u < panels.stride(); ++u) {
    offset[u] = bias != nullptr && u < out ? bias[u] : 0.0f;
  }
  pack_transposed(ctx, packed, w, panels);
  with_activation(activation, slope, [=](auto function) FIGMENT_INLINE {
    parallel_for(ctx, divide_up(batch, kTile), [=](int64_t tile) {
      const int64_t first = tile * kTile, rows = smaller(kTile, batch - first);
      const float* from = x + first * in;
      float* to = y + first * out;
      for (int64_t j = 0; j < out; j += kPanel) {
        const int64_t width = smaller(kPanel, out - j);
        const Start start = {offset + j, 0};
        if (width == kPanel) {
          multiply_rows<kTile, true>(rows, to + j, out, start, from, in, packed + j * in, in);
          continue;
        }
        float product[kTile * kPanel];
        multiply_rows<kTile, true>(rows, product, kPanel, start, from, in, packed + j * in, in);
        for (int64_t row = 0; row < rows; ++row) {
          for (int64_t u = 0; u < width; ++u) to[row * out + j + u] = product[row * kPanel + u];
        }
      }
      if (activation == kIdentity) return;
#pragma omp simd
      for (int64_t i = 0; i < rows * out; ++i) to[i] = function.forward(to[i]);
    });
  });
  return 0;
}

int narrow_weight_gradient(figment_context* ctx, float* dw, float* dbias, const float* dy,
                           const float* x, int32_t accumulate, int32_t batch, int32_t in,
                           int32_t out) {
  const int64_t vectors = divide_up(out, kLanes), stride = vectors * kLanes;
  // The bias' sums in double [stride], then those of w's columns [in][stride].
  const int64_t bytes = stride * static_cast<int64_t>(sizeof(double) + sizeof(float) * in);
  double* totals = static_cast<double*>(scratch(ctx, static_cast<size_t>(bytes)));
  if (totals == nullptr) return 1;
  float* sums = reinterpret_cast<float*>(totals + stride);
  const int64_t threads = ctx->threads;
  parallel_for(ctx, threads, [=](int64_t thread) {
    const int64_t begin = vectors * thread / threads * kLanes;
    const int64_t end = vectors * (thread + 1) / threads * kLanes;
    for (int64_t u = begin; u < end; ++u) {
      totals[u] = 0;
      for (int64_t i = 0; i < in; ++i) sums[i * stride + u] = 0.0f;
    }
    Block block;
    for (int64_t first = 0; first < batch; first += kRows) {
      block.rows = smaller(kRows, batch - first);
      for (int64_t column = begin; column < end; column += kColumns) {
        const int64_t width = smaller(kColumns, end - column);
        const float* from = dy + first * out + column;
        block.copy(from, out, smaller(width, out - column));
        for (int64_t u = 0; u < width; u += kLanes) {
          // This tile's share of the rows that are copied next; past the end it does nothing.
          const int64_t next = kRows + kRows * u / width,
                        last = kRows + kRows * (u + kLanes) / width;
          for (int64_t row = next; row < last; ++row) {
            for (int64_t c = 0; c < width; c += kLine) __builtin_prefetch(from + row * out + c);
          }
          for (int64_t i = 0; i < in; i += kInputs) {
            add_inputs<kInputs>(smaller(kInputs, in - i), sums + i * stride + column + u, stride,
                                i == 0 ? totals + column + u : nullptr, x + first * in + i, in,
                                block, u);
          }
        }
      }
    }
    for (int64_t u = begin; u < smaller(end, out); ++u) {
      for (int64_t i = 0; i < in; ++i) {
        const float sum = sums[i * stride + u];
        dw[u * in + i] = accumulate != 0 ? dw[u * in + i] + sum : sum;
      }
      if (dbias == nullptr) continue;
      const float sum = static_cast<float>(totals[u]);
      dbias[u] = accumulate != 0 ? dbias[u] + sum : sum;
    }
  });
  return 0;
}

}  // namespace figment::FIGMENT_ISA

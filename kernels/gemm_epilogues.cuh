// What a GEMM (implicit_gemm.cuh) does with the sums of a tile of C: where they go, what is added
// to them and what is known of them.
#ifndef FIGMENT_GEMM_EPILOGUES_CUH_
#define FIGMENT_GEMM_EPILOGUES_CUH_

#include "ending.cuh"
#include "implicit_gemm.cuh"

namespace figment {

// ---- rows of C

// Calls f(row of the tile, sums of the row) for each of this thread's rows. The loop is not
// unrolled, for f is long; the rows move up instead, since registers have no index.
template <class T, class F>
__device__ inline FIGMENT_INLINE void each_row(Sums<T>& sums, F f) {
  FIGMENT_NO_UNROLL
  for (int i = 0; i < T::kThreadRows; ++i) {
    f(T::row(i), sums.of[0]);
    FIGMENT_UNROLL
    for (int k = 0; k + 1 < T::kThreadRows; ++k) {
      FIGMENT_UNROLL
      for (int j = 0; j < T::kColumnGroups; ++j) sums.of[k][j] = sums.of[k + 1][j];
    }
  }
}

// Writes 4 columns of a row of `columns`: those that are there.
__device__ inline void store_columns(float* row, int column, int columns, bool vector, Float4 y) {
  if (vector && column < columns) {
    store4(row + column, y);
  } else {
    if (column < columns) row[column] = y.x;
    if (column + 1 < columns) row[column + 1] = y.y;
    if (column + 2 < columns) row[column + 2] = y.z;
    if (column + 3 < columns) row[column + 3] = y.w;
  }
}

// Reads 4 columns likewise, zeros for those that are not there.
__device__ inline Float4 load_columns(const float* row, int column, int columns) {
  Float4 y = {};
  if (column < columns) y.x = row[column];
  if (column + 1 < columns) y.y = row[column + 1];
  if (column + 2 < columns) y.z = row[column + 2];
  if (column + 3 < columns) y.w = row[column + 3];
  return y;
}

// row of y = ending(sums + bias) for the rows that offset_of(row of the tile) puts somewhere: at y
// + offset, nowhere when it is negative. bias may be null.
template <class T, class OffsetOf>
__device__ inline FIGMENT_INLINE void store_finished(float* y, Sums<T>& sums, const GemmProblem& p,
                                                     const Ending& ending, const float* bias,
                                                     int first_column, int columns,
                                                     OffsetOf offset_of) {
  each_row(sums, [&](int row, Float4(&values)[T::kColumnGroups]) FIGMENT_INLINE {
    const int offset = offset_of(row);
    if (offset < 0) return;
    FIGMENT_UNROLL
    for (int j = 0; j < T::kColumnGroups; ++j) {
      const int column = first_column + T::column(j);
      if (column >= columns) continue;
      Float4 v = values[j];
      // Read again for each row, from the cache: registers are what is short here.
      if (bias != nullptr) {
        v = map4([](float s, float b) { return s + b; }, v, load_columns(bias, column, columns));
      }
      v = finish(ending, v, offset + column, columns - column, p.vector_output != 0);
      store_columns(y + offset, column, columns, p.vector_output != 0, v);
    }
  });
}

// ---- what batch normalization wants to know of C

// Where sums over the rows of a tile meet in the shared memory of B: a line for each of the threads
// that have the same columns, and the columns' means in that of A. Neighbouring lines lie 4 apart,
// so that 8 threads, of 2 lines, meet no bank twice.
template <class T>
struct ColumnLines {
  static constexpr int kLines = T::kRowWarps * 8;
  static constexpr int kPitch = SharedOperand<T, T::kColumns>::kPitch * kLane4;
  static_assert(kLines <= 2 * T::kDepth, "the lines fit in B's shared memory");
  float* lines;
  float* means;

  __device__ explicit ColumnLines(SharedTiles<T>& shared)
      : lines(shared.b.at(0, 0, 0)), means(shared.a.at(0, 0, 0)) {}

  __device__ void put(const Float4 (&sum)[T::kColumnGroups]) {
    const int line = T::first_row() / T::kWarpRows * 8 + T::lane() / 4 % 2 * 4 + T::lane() / 8;
    FIGMENT_UNROLL
    for (int j = 0; j < T::kColumnGroups; ++j) store4(lines + line * kPitch + T::column(j), sum[j]);
  }

  __device__ double sum(int column) const {
    double sum = 0.0;
    FIGMENT_UNROLL_4
    for (int line = 0; line < kLines; ++line) sum += lines[line * kPitch + column];
    return sum;
  }
};

// Of this block's rows of C + bias, for each column: count, mean and the sum of squared deviations
// from it, at statistics [row tiles][3][columns]. rows_left: those of the tile and after it, none
// or fewer where a tile is empty. bias may be null. Squares are taken around the tile's mean, so
// none is large without a reason.
template <class T>
__device__ inline void write_statistics(float* statistics, const Sums<T>& sums,
                                        SharedTiles<T>& shared, const float* bias, int row_tile,
                                        int rows_left, int first_column, int columns) {
  const int rows = rows_left > T::kRows ? T::kRows : rows_left > 0 ? rows_left : 0;
  ColumnLines<T> lines(shared);
  Float4 sum[T::kColumnGroups];
  FIGMENT_UNROLL
  for (int j = 0; j < T::kColumnGroups; ++j) {
    sum[j] = Float4{};
    FIGMENT_UNROLL
    for (int i = 0; i < T::kThreadRows; ++i) {
      if (T::row(i) < rows) {
        sum[j] = map4([](float s, float x) { return s + x; }, sum[j], sums.of[i][j]);
      }
    }
  }
  sync_block();  // the last stage has been read
  lines.put(sum);
  sync_block();
  const int mine = static_cast<int>(threadIdx.x);  // the column that this thread adds up
  if (mine < T::kColumns)
    lines.means[mine] = static_cast<float>(lines.sum(mine) / (rows > 0 ? rows : 1));
  sync_block();
  FIGMENT_UNROLL
  for (int j = 0; j < T::kColumnGroups; ++j) {
    const Float4 mean = load4(lines.means + T::column(j));
    sum[j] = Float4{};
    FIGMENT_UNROLL
    for (int i = 0; i < T::kThreadRows; ++i) {
      if (T::row(i) < rows) {
        sum[j] = map4([](float s, float x, float m) { return fma(x - m, x - m, s); }, sum[j],
                      sums.of[i][j], mean);
      }
    }
  }
  lines.put(sum);
  sync_block();
  const int column = first_column + mine;
  if (mine < T::kColumns && column < columns) {
    float* to = statistics + static_cast<int64>(row_tile) * 3 * columns + column;
    to[0] = static_cast<float>(rows);
    to[columns] = lines.means[mine] + (bias != nullptr ? bias[column] : 0.0f);
    to[2 * columns] = static_cast<float>(lines.sum(mine));
  }
}

}  // namespace figment

#endif  // FIGMENT_GEMM_EPILOGUES_CUH_

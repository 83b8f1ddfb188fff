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

// Calls vector(place, column, 4 values) for each 4 columns of the tile that are there, where
// `vectors` says that they begin at 16-byte boundaries, else number(place, column, value) for each.
// The place of a row's column is row_place(row of the tile) + column; a negative row_place is
// nowhere.
//
// Numbers go by way of shared memory, so that the lanes of a warp have the 32 columns of a row and
// ask for no sector twice: 8 rows of each warp lie there at a time, 48 floats apart, that neither
// the vectors of two rows nor the numbers of one meet a bank twice.
template <class T, class RowPlace, class Vector, class Number>
__device__ inline FIGMENT_INLINE void store_rows(Sums<T>& sums, SharedTiles<T>& shared,
                                                 bool vectors, int first_column, int columns,
                                                 RowPlace row_place, Vector vector, Number number) {
  constexpr int kPitch = 48;
  static_assert(T::kWarpColumns == 32, "a lane has a column");
  static_assert(T::kWarps * 8 * kPitch * sizeof(float) <= sizeof(shared), "a warp has 8 rows");
  float* const rows = shared.floats() + T::warp() * 8 * kPitch;
  const int lane_column = first_column + T::lane_column();
  if (!vectors) sync_block();  // the last stage has been read
  each_row(sums, [&](int row, Float4(&values)[T::kColumnGroups]) FIGMENT_INLINE {
    const int place = row_place(row);
    if (vectors) {
      if (place < 0) return;
      FIGMENT_UNROLL
      for (int j = 0; j < T::kColumnGroups; ++j) {
        const int column = first_column + T::column(j);
        if (column < columns) vector(place + column, column, values[j]);
      }
      return;
    }
    sync_warp();  // the last rows have been read
    FIGMENT_UNROLL
    for (int j = 0; j < T::kColumnGroups; ++j) {
      store4(rows + T::lane() / 4 * kPitch + T::lane() % 4 * kLane4 + j * 16, values[j]);
    }
    sync_warp();
    FIGMENT_NO_UNROLL
    for (int i = 0; i < 8; ++i) {
      const int to = lane_value(place, i * 4);
      if (to >= 0 && lane_column < columns) {
        number(to + lane_column, lane_column, rows[i * kPitch + T::lane()]);
      }
    }
  });
}

// y = ending(sums + bias) at row_place(row of the tile) + column; bias may be null.
template <class T, class RowPlace>
__device__ inline FIGMENT_INLINE void store_finished(float* y, Sums<T>& sums,
                                                     SharedTiles<T>& shared, const GemmProblem& p,
                                                     const Ending& ending, const float* bias,
                                                     int first_column, int columns,
                                                     RowPlace row_place) {
  // The bias is read again for each row, from the cache: registers are what is short here. In a
  // wide tile they are not, and a lane that writes by number has one column.
  const int lane_column = first_column + T::lane_column();
  const bool keeps_bias = T::kWide && bias != nullptr && lane_column < columns;
  const float lane_bias = keeps_bias ? bias[lane_column] : 0.0f;
  store_rows<T>(
      sums, shared, p.vector_output != 0, first_column, columns, row_place,
      [&](int i, int column, Float4 v) FIGMENT_INLINE {
        if (bias != nullptr) {
          v.x += bias[column];
          v.y += bias[column + 1];
          v.z += bias[column + 2];
          v.w += bias[column + 3];
        }
        store4(y + i, finish(ending, v, i, kLane4, true));
      },
      [&](int i, int column, float sum) FIGMENT_INLINE {
        Float4 v = {};
        v.x = bias == nullptr ? sum : sum + (T::kWide ? lane_bias : bias[column]);
        y[i] = finish(ending, v, i, 1, false).x;
      });
}

// ---- what batch normalization wants to know of C

// Where sums over the rows of a tile meet in shared memory: a line for each of the threads that
// have the same columns, and behind them the columns' means. Neighbouring lines lie 4 apart, so
// that 8 threads, of 2 lines, meet no bank twice.
template <class T>
struct ColumnLines {
  static constexpr int kLines = T::kRowWarps * 8;
  static constexpr int kPitch = T::kColumns + kLane4;
  static_assert((kLines + 1) * kPitch * sizeof(float) <= sizeof(SharedTiles<T>), "they fit");
  float* lines;
  float* means;

  __device__ explicit ColumnLines(SharedTiles<T>& shared)
      : lines(shared.floats()), means(lines + kLines * kPitch) {}

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

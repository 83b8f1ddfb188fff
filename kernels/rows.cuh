// Losses over rows [rows][columns]: a group of threads shares a row, a block takes several rows,
// and all sums have a fixed order.
#ifndef FIGMENT_ROWS_CUH_
#define FIGMENT_ROWS_CUH_

#include "common.cuh"

namespace figment {

// A weight of 0 leaves a number out, whatever it is.
FIGMENT_MEMBER float weighted(float weight, float x) { return weight == 0.0f ? 0.0f : weight * x; }

// The threads of a row: a power of two up to kThreads. Blocks needed: ceil(rows / rows_a_block).
struct RowGroup {
  int size;   // threads of a row
  int lane;   // this thread's place among them
  int64 row;  // this thread's row; it may be past the last

  FIGMENT_MEMBER explicit RowGroup(int threads) : size(threads) {
    lane = static_cast<int>(threadIdx.x) & (size - 1);
    row = static_cast<int64>(blockIdx.x) * (kThreads / size) + static_cast<int>(threadIdx.x) / size;
  }

  // combine() of the group's values in a fixed tree, for every thread of the group; `shared` has
  // kThreads elements and may be used again after the next sync_block().
  template <class T, class Combine>
  FIGMENT_MEMBER T combined(T value, T* shared, Combine combine) const {
    shared[threadIdx.x] = value;
    sync_block();
    for (int width = size / 2; width > 0; width /= 2) {
      if (lane < width) {
        shared[threadIdx.x] = combine(shared[threadIdx.x], shared[threadIdx.x + width]);
      }
      sync_block();
    }
    return shared[static_cast<int>(threadIdx.x) - lane];
  }

  template <class T>
  FIGMENT_MEMBER T sum(T value, T* shared) const {
    return combined(value, shared, [](T a, T b) { return a + b; });
  }
};

// Where a loss over rows is left, and what it needs besides.
struct RowLossOutputs {
  float* result;      // [1]: the sum over rows / batch
  float* row_losses;  // [rows], or null
  double* partial;    // a double a block
  unsigned* ticket;   // 0
  int64 rows;
  int batch;
};

// Ends a kernel: row_loss is the loss of the group's row, in each of its threads.
FIGMENT_MEMBER void finish_row_losses(const RowLossOutputs& out, const RowGroup& group,
                                      double row_loss, double* shared) {
  const bool first = group.lane == 0 && group.row < out.rows;
  if (first && out.row_losses != nullptr) {
    out.row_losses[group.row] = static_cast<float>(row_loss);
  }
  sync_block();
  const double block = block_sum(first ? row_loss : 0.0, shared);
  if (threadIdx.x == 0) out.partial[blockIdx.x] = block;
  if (!last_block(out.ticket, gridDim.x)) return;
  double total = 0;
  for (unsigned i = threadIdx.x; i < gridDim.x; i += kThreads) total += out.partial[i];
  total = block_sum(total, shared);
  if (threadIdx.x == 0) *out.result = static_cast<float>(total / out.batch);
}

}  // namespace figment

#endif  // FIGMENT_ROWS_CUH_

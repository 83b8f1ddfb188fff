package dev.figment.cuda;

import static dev.figment.cuda.CudaCalls.blocks;

import dev.figment.device.GradientMode;
import dev.figment.device.ReductionKernels;
import dev.figment.device.Tensor;

/** The reductions of {@link CudaKernels}. */
interface CudaReductions extends ReductionKernels, CudaCalls {
  /** Elements that a block sums: kSumElements of reduction.cu. */
  long SUM_ELEMENTS = 64L * CudaLaunch.THREADS;

  /** Rows and columns that a block sums: kColumnRows and kColumns of reduction.cu. */
  long COLUMN_ROWS = 256;

  long COLUMNS = 32;

  @Override
  default void sum(Tensor result, Tensor x) {
    reduce("sum", result, x);
  }

  @Override
  default void sumOfSquares(Tensor result, Tensor x) {
    reduce("sum_of_squares", result, x);
  }

  /** result [1] = a sum over all of x, or its root. */
  default void reduce(String kernel, Tensor result, Tensor x) {
    long blocks = blocks(x.count(), SUM_ELEMENTS);
    device()
        .launch("reduction", kernel)
        .grid(blocks)
        .address(at(result))
        .address(at(x))
        .address(device().partials(blocks))
        .address(device().tickets(1))
        .wide(x.count())
        .on(device().stream());
  }

  @Override
  default void columnSum(Tensor result, Tensor x, GradientMode mode) {
    int columns = x.shape().size(-1);
    long rows = x.count() / columns;
    long rowBlocks = blocks(rows, COLUMN_ROWS);
    long columnBlocks = blocks(columns, COLUMNS);
    device()
        .launch("reduction", "column_sum")
        .grid(rowBlocks, columnBlocks)
        .address(at(result))
        .address(at(x))
        .address(device().partials(rowBlocks * columns))
        .address(device().tickets(columnBlocks))
        .integer(mode == GradientMode.ACCUMULATE ? 1 : 0)
        .wide(rows)
        .integer(columns)
        .on(device().stream());
  }
}

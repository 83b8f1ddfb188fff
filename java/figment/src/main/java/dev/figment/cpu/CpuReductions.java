package dev.figment.cpu;

import static dev.figment.cpu.CpuCalls.accumulate;
import static dev.figment.cpu.CpuCalls.bfloat16;
import static dev.figment.cpu.CpuCalls.channels;
import static dev.figment.cpu.CpuCalls.check;
import static dev.figment.cpu.CpuCalls.rows;

import dev.figment.device.GradientMode;
import dev.figment.device.ReductionKernels;
import dev.figment.device.Tensor;

/** The reductions of {@link CpuKernels}. */
interface CpuReductions extends ReductionKernels, CpuCalls {
  @Override
  default void sum(Tensor result, Tensor x) {
    long ctx = device().context("sum");
    check(ctx, CpuNative.sum(ctx, at(result), at(x), x.count()));
  }

  @Override
  default void sumOfSquares(Tensor result, Tensor x) {
    long ctx = device().context("sumOfSquares");
    check(ctx, CpuNative.sumOfSquares(ctx, at(result), at(x), x.count()));
  }

  @Override
  default void columnSum(Tensor result, Tensor x, GradientMode mode) {
    long ctx = device().context("columnSum");
    check(
        ctx,
        CpuNative.columnSum(
            ctx, at(result), at(x), accumulate(mode), bfloat16(x), rows(x), channels(x)));
  }
}

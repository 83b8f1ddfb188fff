package dev.figment.device;

import static dev.figment.device.Checks.activations;
import static dev.figment.device.Checks.channels;
import static dev.figment.device.Checks.reals;
import static dev.figment.device.Checks.vector;
import static dev.figment.device.Checks.wanted;

/** {@link ReductionKernels} of {@link CheckedKernels}. */
interface CheckedReductions extends ReductionKernels {
  Kernels kernels();

  @Override
  default void sum(Tensor result, Tensor x) {
    reals("sum", result, x);
    vector("sum", "result", result, 1);
    kernels().sum(result, x);
  }

  @Override
  default void sumOfSquares(Tensor result, Tensor x) {
    reals("sumOfSquares", result, x);
    vector("sumOfSquares", "result", result, 1);
    kernels().sumOfSquares(result, x);
  }

  @Override
  default void columnSum(Tensor result, Tensor x, GradientMode mode) {
    reals("columnSum", result);
    activations("columnSum", x);
    channels("columnSum", x, result);
    wanted("columnSum", mode);
    kernels().columnSum(result, x, mode);
  }
}

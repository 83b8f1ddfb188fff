package dev.figment.reference;

import static dev.figment.reference.Reals.start;

import dev.figment.device.GradientMode;
import dev.figment.device.ReductionKernels;
import dev.figment.device.Tensor;

/** The reductions of {@link ReferenceKernels}, in plain loops. */
interface ReferenceReductions extends ReductionKernels {
  @Override
  default void sum(Tensor result, Tensor x) {
    sumColumns(result, x, GradientMode.OVERWRITE);
  }

  @Override
  default void sumOfSquares(Tensor result, Tensor x) {
    Reals in = Reals.of(x);
    double sum = 0;
    for (int i = 0; i < in.count(); i++) {
      sum += in.get(i) * in.get(i);
    }
    Reals.of(result).set(0, sum);
  }

  @Override
  default void columnSum(Tensor result, Tensor x, GradientMode mode) {
    sumColumns(result, x, mode);
  }

  /** result [C] (+)= sums of x [rows][C] over rows; result may be null. */
  static void sumColumns(Tensor result, Tensor x, GradientMode mode) {
    if (result != null) {
      Reals sums = start(result, mode);
      Reals in = Reals.of(x);
      for (int i = 0; i < in.count(); i++) {
        sums.add(i % sums.count(), in.get(i));
      }
    }
  }
}

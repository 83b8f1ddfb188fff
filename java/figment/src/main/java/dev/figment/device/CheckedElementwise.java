package dev.figment.device;

import static dev.figment.device.Checks.alike;
import static dev.figment.device.Checks.counter;
import static dev.figment.device.Checks.probability;
import static dev.figment.device.Checks.reals;
import static dev.figment.device.Checks.rows;
import static dev.figment.device.Checks.same;
import static dev.figment.device.Checks.swapped;
import static dev.figment.device.Checks.type;
import static dev.figment.device.Checks.vector;

/** {@link ElementwiseKernels} of {@link CheckedKernels}. */
interface CheckedElementwise extends ElementwiseKernels {
  Kernels kernels();

  @Override
  default void fill(Tensor y, double value) {
    type("fill", "y", y, DataType.REAL);
    kernels().fill(y, value);
  }

  @Override
  default void copy(Tensor y, Tensor x) {
    type("copy", "y", y, x.type());
    same("copy", "y", y, "x", x);
    if (y.overlaps(x)) {
      throw new FigmentException("copy was asked between overlapping tensors of one memory.");
    }
    kernels().copy(y, x);
  }

  @Override
  default void add(Tensor y, Tensor a, Tensor b) {
    reals("add", y, a, b);
    same("add", "y", y, "a", a);
    same("add", "y", y, "b", b);
    kernels().add(y, a, b);
  }

  @Override
  default void scale(Tensor y, Tensor x, double factor) {
    reals("scale", y, x);
    same("scale", "y", y, "x", x);
    kernels().scale(y, x, factor);
  }

  @Override
  default void scaleBy(Tensor y, Tensor x, Tensor factor) {
    reals("scaleBy", y, x, factor);
    same("scaleBy", "y", y, "x", x);
    vector("scaleBy", "factor", factor, 1);
    kernels().scaleBy(y, x, factor);
  }

  @Override
  default void clamp(Tensor y, Tensor x, double low, double high) {
    reals("clamp", y, x);
    same("clamp", "y", y, "x", x);
    if (!(low <= high)) {
      throw new FigmentException("clamp takes low <= high and got %s, %s.".formatted(low, high));
    }
    kernels().clamp(y, x, low, high);
  }

  @Override
  default void rowSumOfSquares(Tensor result, Tensor x) {
    reals("rowSumOfSquares", result, x);
    rows("rowSumOfSquares", "result", result, x);
    kernels().rowSumOfSquares(result, x);
  }

  @Override
  default void scaleRows(Tensor y, Tensor x, Tensor factor) {
    reals("scaleRows", y, x, factor);
    same("scaleRows", "y", y, "x", x);
    rows("scaleRows", "factor", factor, x);
    kernels().scaleRows(y, x, factor);
  }

  @Override
  default void lerpRows(Tensor y, Tensor a, Tensor b, Tensor weight) {
    reals("lerpRows", y, a, b, weight);
    same("lerpRows", "y", y, "a", a);
    same("lerpRows", "y", y, "b", b);
    rows("lerpRows", "weight", weight, a);
    kernels().lerpRows(y, a, b, weight);
  }

  @Override
  default void bytesToReal(Tensor y, Tensor x, double scale, double shift) {
    reals("bytesToReal", y);
    type("bytesToReal", "x", x, DataType.UINT8);
    same("bytesToReal", "y", y, "x", x);
    kernels().bytesToReal(y, x, scale, shift);
  }

  @Override
  default void nchwToNhwc(Tensor y, Tensor x) {
    reals("nchwToNhwc", y, x);
    swapped("nchwToNhwc", "y", y, "x", x);
    kernels().nchwToNhwc(y, x);
  }

  @Override
  default void nhwcToNchw(Tensor y, Tensor x) {
    reals("nhwcToNchw", y, x);
    swapped("nhwcToNchw", "x", x, "y", y);
    kernels().nhwcToNchw(y, x);
  }

  @Override
  default void copyColumns(
      Tensor y, int yFrom, Tensor x, int xFrom, int columns, GradientMode mode) {
    ColumnChecks.copyColumns(y, yFrom, x, xFrom, columns, mode);
    kernels().copyColumns(y, yFrom, x, xFrom, columns, mode);
  }

  @Override
  default void increment(Tensor counter) {
    counter("increment", counter);
    kernels().increment(counter);
  }

  @Override
  default void uniform(Tensor y, double low, double high, RandomStream stream) {
    reals("uniform", y);
    counter("uniform", stream.counter());
    kernels().uniform(y, low, high, stream);
  }

  @Override
  default void normal(Tensor y, double mean, double deviation, RandomStream stream) {
    reals("normal", y);
    counter("normal", stream.counter());
    kernels().normal(y, mean, deviation, stream);
  }

  @Override
  default void bernoulli(Tensor y, Tensor p, RandomStream stream) {
    reals("bernoulli", y, p);
    same("bernoulli", "y", y, "p", p);
    counter("bernoulli", stream.counter());
    kernels().bernoulli(y, p, stream);
  }

  @Override
  default void activationForward(Tensor y, Tensor x, Activation activation) {
    alike("activationForward", y, x);
    same("activationForward", "y", y, "x", x);
    kernels().activationForward(y, x, activation);
  }

  @Override
  default void activationBackward(Tensor dx, Tensor dy, Tensor y, Activation activation) {
    alike("activationBackward", dx, dy, y);
    same("activationBackward", "dx", dx, "dy", dy);
    same("activationBackward", "dx", dx, "y", y);
    kernels().activationBackward(dx, dy, y, activation);
  }

  @Override
  default void dropoutForward(
      Tensor y, Tensor x, Activation activation, double p, RandomStream stream) {
    alike("dropoutForward", y, x);
    same("dropoutForward", "y", y, "x", x);
    probability("dropoutForward", p);
    counter("dropoutForward", stream.counter());
    kernels().dropoutForward(y, x, activation, p, stream);
  }

  @Override
  default void dropoutBackward(
      Tensor dx, Tensor dy, Tensor y, Activation activation, double p, RandomStream stream) {
    alike("dropoutBackward", dx, dy, y);
    same("dropoutBackward", "dx", dx, "dy", dy);
    same("dropoutBackward", "dx", dx, "y", y);
    probability("dropoutBackward", p);
    counter("dropoutBackward", stream.counter());
    kernels().dropoutBackward(dx, dy, y, activation, p, stream);
  }
}

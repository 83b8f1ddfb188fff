package dev.figment.device;

import static dev.figment.device.Checks.counter;
import static dev.figment.device.Checks.reals;
import static dev.figment.device.Checks.same;
import static dev.figment.device.Checks.vector;

/** What {@link CheckedKernels} checks of optimizers. */
final class OptimizerChecks {
  private OptimizerChecks() {}

  static void adam(
      Tensor values, Tensor m, Tensor v, Tensor gradients, Tensor step, Tensor learningRate) {
    reals("adam", values, m, v, gradients, learningRate);
    same("adam", "m", m, "values", values);
    same("adam", "v", v, "values", values);
    same("adam", "gradients", gradients, "values", values);
    counter("adam", step);
    vector("adam", "learningRate", learningRate, 1);
  }

  static void sgd(
      Tensor values, Tensor velocity, Tensor gradients, Tensor learningRate, double momentum) {
    reals("sgd", values, gradients, learningRate);
    same("sgd", "gradients", gradients, "values", values);
    vector("sgd", "learningRate", learningRate, 1);
    if ((velocity != null) != (momentum != 0)) {
      throw new FigmentException(
          "sgd takes a velocity exactly when momentum is not 0, and got momentum %s %s one."
              .formatted(momentum, velocity == null ? "without" : "with"));
    }
    if (velocity != null) {
      reals("sgd", velocity);
      same("sgd", "velocity", velocity, "values", values);
    }
  }

  static void rmsProp(Tensor values, Tensor meanSquare, Tensor gradients, Tensor learningRate) {
    reals("rmsProp", values, meanSquare, gradients, learningRate);
    same("rmsProp", "meanSquare", meanSquare, "values", values);
    same("rmsProp", "gradients", gradients, "values", values);
    vector("rmsProp", "learningRate", learningRate, 1);
  }

  static void ema(Tensor average, Tensor values, Tensor step, double decay) {
    reals("ema", average, values);
    same("ema", "average", average, "values", values);
    if (step != null) {
      counter("ema", step);
    }
    if (!(decay >= 0 && decay < 1)) {
      throw new FigmentException("ema takes a decay in [0, 1) and got %s.".formatted(decay));
    }
  }

  static void clipByNorm(Tensor gradients, Tensor norm, double maxNorm) {
    reals("clipByNorm", gradients, norm);
    vector("clipByNorm", "norm", norm, 1);
    if (!(maxNorm > 0)) {
      throw new FigmentException("clipByNorm takes maxNorm > 0 and got %s.".formatted(maxNorm));
    }
  }
}

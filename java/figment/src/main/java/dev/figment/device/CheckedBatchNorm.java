package dev.figment.device;

import static dev.figment.device.Checks.alike;
import static dev.figment.device.Checks.channels;
import static dev.figment.device.Checks.same;

/** {@link BatchNormKernels} of {@link CheckedKernels}. */
interface CheckedBatchNorm extends BatchNormKernels {
  Kernels kernels();

  @Override
  default void batchNormForward(
      Tensor y,
      Tensor mean,
      Tensor inverseDeviation,
      Tensor runningMean,
      Tensor runningVariance,
      Tensor x,
      Tensor statistics,
      Tensor gamma,
      Tensor beta,
      double momentum,
      double epsilon,
      Activation activation) {
    BatchNormChecks.forward(
        y, x, statistics, mean, inverseDeviation, runningMean, runningVariance, gamma, beta);
    kernels()
        .batchNormForward(
            y,
            mean,
            inverseDeviation,
            runningMean,
            runningVariance,
            x,
            statistics,
            gamma,
            beta,
            momentum,
            epsilon,
            activation);
  }

  @Override
  default void batchNormInfer(
      Tensor y,
      Tensor x,
      Tensor gamma,
      Tensor beta,
      Tensor runningMean,
      Tensor runningVariance,
      double epsilon,
      Activation activation) {
    alike("batchNormInfer", y, x);
    same("batchNormInfer", "y", y, "x", x);
    channels("batchNormInfer", x, gamma, beta, runningMean, runningVariance);
    kernels().batchNormInfer(y, x, gamma, beta, runningMean, runningVariance, epsilon, activation);
  }

  @Override
  default void batchNormBackward(
      Tensor dx,
      Tensor dgamma,
      Tensor dbeta,
      Tensor dy,
      Tensor x,
      Tensor gamma,
      Tensor beta,
      Tensor mean,
      Tensor inverseDeviation,
      Activation activation,
      GradientMode mode) {
    BatchNormChecks.backward(dx, dgamma, dbeta, dy, x, gamma, beta, mean, inverseDeviation, mode);
    kernels()
        .batchNormBackward(
            dx, dgamma, dbeta, dy, x, gamma, beta, mean, inverseDeviation, activation, mode);
  }
}

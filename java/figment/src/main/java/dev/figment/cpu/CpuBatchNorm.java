package dev.figment.cpu;

import static dev.figment.cpu.CpuCalls.accumulate;
import static dev.figment.cpu.CpuCalls.bfloat16;
import static dev.figment.cpu.CpuCalls.channels;
import static dev.figment.cpu.CpuCalls.check;
import static dev.figment.cpu.CpuCalls.kind;
import static dev.figment.cpu.CpuCalls.rows;

import dev.figment.device.Activation;
import dev.figment.device.BatchNormKernels;
import dev.figment.device.GradientMode;
import dev.figment.device.Tensor;

/** Batch normalization of {@link CpuKernels}. */
interface CpuBatchNorm extends BatchNormKernels, CpuCalls {
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
    long ctx = device().context("batchNormForward");
    check(
        ctx,
        CpuNative.batchNormForward(
            ctx,
            at(y),
            at(mean),
            at(inverseDeviation),
            at(runningMean),
            at(runningVariance),
            at(x),
            at(statistics),
            at(gamma),
            at(beta),
            (float) momentum,
            (float) epsilon,
            kind(activation),
            activation.slope(),
            statistics == null ? 0 : statistics.shape().size(0),
            bfloat16(x),
            rows(x),
            channels(x)));
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
    long ctx = device().context("batchNormInfer");
    check(
        ctx,
        CpuNative.batchNormInfer(
            ctx,
            at(y),
            at(x),
            at(gamma),
            at(beta),
            at(runningMean),
            at(runningVariance),
            (float) epsilon,
            kind(activation),
            activation.slope(),
            bfloat16(x),
            rows(x),
            channels(x)));
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
    long ctx = device().context("batchNormBackward");
    check(
        ctx,
        CpuNative.batchNormBackward(
            ctx,
            at(dx),
            at(dgamma),
            at(dbeta),
            at(dy),
            at(x),
            at(gamma),
            at(beta),
            at(mean),
            at(inverseDeviation),
            kind(activation),
            activation.slope(),
            accumulate(mode),
            bfloat16(x),
            rows(x),
            channels(x)));
  }
}

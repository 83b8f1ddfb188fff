package dev.figment.cpu;

import static dev.figment.cpu.CpuCalls.check;

import dev.figment.device.OptimizerKernels;
import dev.figment.device.Tensor;

/** The optimizers of {@link CpuKernels}. */
interface CpuOptimizers extends OptimizerKernels, CpuCalls {
  @Override
  default void adam(
      Tensor values,
      Tensor m,
      Tensor v,
      Tensor gradients,
      Tensor step,
      Tensor learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay) {
    long ctx = device().context("adam");
    check(
        ctx,
        CpuNative.adam(
            ctx,
            at(values),
            at(m),
            at(v),
            at(gradients),
            at(step),
            at(learningRate),
            beta1,
            beta2,
            epsilon,
            weightDecay,
            values.count()));
  }

  @Override
  default void sgd(
      Tensor values,
      Tensor velocity,
      Tensor gradients,
      Tensor learningRate,
      double momentum,
      boolean nesterov,
      double weightDecay) {
    long ctx = device().context("sgd");
    check(
        ctx,
        CpuNative.sgd(
            ctx,
            at(values),
            at(velocity),
            at(gradients),
            at(learningRate),
            (float) momentum,
            nesterov ? 1 : 0,
            (float) weightDecay,
            values.count()));
  }

  @Override
  default void rmsProp(
      Tensor values,
      Tensor meanSquare,
      Tensor gradients,
      Tensor learningRate,
      double decay,
      double epsilon) {
    long ctx = device().context("rmsProp");
    check(
        ctx,
        CpuNative.rmsProp(
            ctx,
            at(values),
            at(meanSquare),
            at(gradients),
            at(learningRate),
            decay,
            epsilon,
            values.count()));
  }

  @Override
  default void ema(Tensor average, Tensor values, Tensor step, double decay) {
    long ctx = device().context("ema");
    check(ctx, CpuNative.ema(ctx, at(average), at(values), at(step), decay, average.count()));
  }

  @Override
  default void clipByNorm(Tensor gradients, Tensor norm, double maxNorm) {
    long ctx = device().context("clipByNorm");
    check(ctx, CpuNative.clipByNorm(ctx, at(gradients), at(norm), maxNorm, gradients.count()));
  }
}

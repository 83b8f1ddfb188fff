package dev.figment.cpu;

import dev.figment.device.Tensor;

/** The optimizers of {@link CpuKernels}. */
final class CpuOptimizers {
  private final CpuDevice device;
  private final CpuKernels kernels;

  CpuOptimizers(CpuDevice device, CpuKernels kernels) {
    this.device = device;
    this.kernels = kernels;
  }

  void adam(
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
    long ctx = device.context("adam");
    CpuKernels.check(
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

  void sgd(
      Tensor values,
      Tensor velocity,
      Tensor gradients,
      Tensor learningRate,
      double momentum,
      boolean nesterov,
      double weightDecay) {
    long ctx = device.context("sgd");
    CpuKernels.check(
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

  void rmsProp(
      Tensor values,
      Tensor meanSquare,
      Tensor gradients,
      Tensor learningRate,
      double decay,
      double epsilon) {
    long ctx = device.context("rmsProp");
    CpuKernels.check(
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

  void ema(Tensor average, Tensor values, Tensor step, double decay) {
    long ctx = device.context("ema");
    CpuKernels.check(
        ctx, CpuNative.ema(ctx, at(average), at(values), at(step), decay, average.count()));
  }

  void clipByNorm(Tensor gradients, Tensor norm, double maxNorm) {
    long ctx = device.context("clipByNorm");
    CpuKernels.check(
        ctx, CpuNative.clipByNorm(ctx, at(gradients), at(norm), maxNorm, gradients.count()));
  }

  private long at(Tensor tensor) {
    return kernels.at(tensor);
  }
}

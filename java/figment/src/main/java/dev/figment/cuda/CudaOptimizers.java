package dev.figment.cuda;

import dev.figment.device.Tensor;

/** The optimizers of {@link CudaKernels}. */
final class CudaOptimizers {
  private final CudaDevice device;
  private final CudaKernels kernels;
  private final CudaReductions reductions;

  CudaOptimizers(CudaDevice device, CudaKernels kernels, CudaReductions reductions) {
    this.device = device;
    this.kernels = kernels;
    this.reductions = reductions;
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
    kernels
        .map("optimizer", "adam", values)
        .address(at(values))
        .address(at(m))
        .address(at(v))
        .address(at(gradients))
        .address(at(step))
        .address(at(learningRate))
        .realWide(beta1)
        .realWide(beta2)
        .realWide(epsilon)
        .realWide(weightDecay)
        .wide(values.count())
        .on(device.stream());
  }

  void sgd(
      Tensor values,
      Tensor velocity,
      Tensor gradients,
      Tensor learningRate,
      double momentum,
      boolean nesterov,
      double weightDecay) {
    if (velocity == null) {
      kernels
          .map("optimizer", "sgd", values)
          .address(at(values))
          .address(at(gradients))
          .address(at(learningRate))
          .real(weightDecay)
          .wide(values.count())
          .on(device.stream());
    } else {
      kernels
          .map("optimizer", "sgd_momentum", values)
          .address(at(values))
          .address(at(velocity))
          .address(at(gradients))
          .address(at(learningRate))
          .real(momentum)
          .integer(nesterov ? 1 : 0)
          .real(weightDecay)
          .wide(values.count())
          .on(device.stream());
    }
  }

  void rmsProp(
      Tensor values,
      Tensor meanSquare,
      Tensor gradients,
      Tensor learningRate,
      double decay,
      double epsilon) {
    kernels
        .map("optimizer", "rms_prop", values)
        .address(at(values))
        .address(at(meanSquare))
        .address(at(gradients))
        .address(at(learningRate))
        .realWide(decay)
        .realWide(epsilon)
        .wide(values.count())
        .on(device.stream());
  }

  void ema(Tensor average, Tensor values, Tensor step, double decay) {
    kernels
        .map("optimizer", "ema", average)
        .address(at(average))
        .address(at(values))
        .address(step == null ? 0 : at(step))
        .realWide(decay)
        .wide(average.count())
        .on(device.stream());
  }

  void clipByNorm(Tensor gradients, Tensor norm, double maxNorm) {
    reductions.reduce("euclidean_norm", norm, gradients);
    kernels
        .map("optimizer", "clip", gradients)
        .address(at(gradients))
        .address(at(norm))
        .realWide(maxNorm)
        .wide(gradients.count())
        .on(device.stream());
  }

  private long at(Tensor tensor) {
    return kernels.at(tensor);
  }
}

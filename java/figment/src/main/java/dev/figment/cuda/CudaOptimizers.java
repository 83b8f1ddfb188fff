package dev.figment.cuda;

import dev.figment.device.OptimizerKernels;
import dev.figment.device.Tensor;

/** The optimizers of {@link CudaKernels}. */
interface CudaOptimizers extends OptimizerKernels, CudaReductions {
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
    map("optimizer", "adam", values)
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
        .on(device().stream());
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
    if (velocity == null) {
      map("optimizer", "sgd", values)
          .address(at(values))
          .address(at(gradients))
          .address(at(learningRate))
          .real(weightDecay)
          .wide(values.count())
          .on(device().stream());
    } else {
      map("optimizer", "sgd_momentum", values)
          .address(at(values))
          .address(at(velocity))
          .address(at(gradients))
          .address(at(learningRate))
          .real(momentum)
          .integer(nesterov ? 1 : 0)
          .real(weightDecay)
          .wide(values.count())
          .on(device().stream());
    }
  }

  @Override
  default void rmsProp(
      Tensor values,
      Tensor meanSquare,
      Tensor gradients,
      Tensor learningRate,
      double decay,
      double epsilon) {
    map("optimizer", "rms_prop", values)
        .address(at(values))
        .address(at(meanSquare))
        .address(at(gradients))
        .address(at(learningRate))
        .realWide(decay)
        .realWide(epsilon)
        .wide(values.count())
        .on(device().stream());
  }

  @Override
  default void ema(Tensor average, Tensor values, Tensor step, double decay) {
    map("optimizer", "ema", average)
        .address(at(average))
        .address(at(values))
        .address(at(step))
        .realWide(decay)
        .wide(average.count())
        .on(device().stream());
  }

  @Override
  default void clipByNorm(Tensor gradients, Tensor norm, double maxNorm) {
    reduce("euclidean_norm", norm, gradients);
    map("optimizer", "clip", gradients)
        .address(at(gradients))
        .address(at(norm))
        .realWide(maxNorm)
        .wide(gradients.count())
        .on(device().stream());
  }
}

package dev.figment.reference;

import dev.figment.device.Activation;
import dev.figment.device.BatchNormKernels;
import dev.figment.device.GradientMode;
import dev.figment.device.Tensor;

/** Batch normalization of {@link ReferenceKernels}, by {@link ChannelNorm}. */
interface ReferenceBatchNorm extends BatchNormKernels {
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
    ChannelNorm norm = batchNorm(x, activation);
    Reals in = Reals.of(x);
    Reals centre = Reals.of(mean);
    Reals inverse = Reals.of(inverseDeviation);
    ChannelNorm.Moments moments =
        statistics == null ? norm.moments(in) : norm.given(Reals.of(statistics));
    norm.statistics(
        centre,
        inverse,
        Reals.of(runningMean),
        Reals.of(runningVariance),
        moments,
        momentum,
        epsilon);
    norm.apply(Reals.of(y), in, Reals.of(gamma), Reals.of(beta), centre, inverse);
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
    Reals variance = Reals.of(runningVariance);
    double[] inverse = new double[variance.count()];
    for (int c = 0; c < inverse.length; c++) {
      inverse[c] = 1 / Math.sqrt(variance.get(c) + epsilon);
    }
    batchNorm(x, activation)
        .apply(
            Reals.of(y),
            Reals.of(x),
            Reals.of(gamma),
            Reals.of(beta),
            Reals.of(runningMean),
            new Reals(inverse, 0, inverse.length));
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
    batchNorm(x, activation)
        .backward(
            Reals.of(dx),
            dgamma == null ? null : Reals.start(dgamma, mode),
            dbeta == null ? null : Reals.start(dbeta, mode),
            Reals.of(dy),
            Reals.of(x),
            Reals.of(gamma),
            Reals.of(beta),
            Reals.of(mean),
            Reals.of(inverseDeviation));
  }

  private static ChannelNorm batchNorm(Tensor x, Activation activation) {
    return new ChannelNorm((int) x.count(), x.shape().size(-1), activation);
  }
}

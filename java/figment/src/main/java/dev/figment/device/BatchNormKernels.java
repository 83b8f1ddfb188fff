package dev.figment.device;

/**
 * Batch normalization over all axes but the last: x [rows][C]. A part of the contract, {@link
 * Kernels}.
 */
public interface BatchNormKernels {

  /**
   * y = activation(gamma (x - mean) inverseDeviation + beta) with the batch's own statistics, which
   * are written to mean [C] and inverseDeviation [C] = 1 / sqrt(variance + epsilon), variance
   * biased. running = momentum running + (1 - momentum) batch, with the unbiased variance (n / (n -
   * 1); n = 1 keeps the biased one). Source: Ioffe and Szegedy (2015).
   *
   * @param statistics null, or what whoever wrote x knows of it, so that it is not read for its
   *     moments: [tiles][3][C], of each tile of rows and each channel the count of rows, their mean
   *     and the sum of the squares of their deviations from it. The counts of a channel add up to
   *     rows; a tile may be empty. Merged in the order of the tiles (Chan, Golub and LeVeque, 1979)
   */
  void batchNormForward(
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
      Activation activation);

  /** y = activation(gamma (x - runningMean) / sqrt(runningVariance + epsilon) + beta). */
  void batchNormInfer(
      Tensor y,
      Tensor x,
      Tensor gamma,
      Tensor beta,
      Tensor runningMean,
      Tensor runningVariance,
      double epsilon,
      Activation activation);

  /**
   * dx, dgamma (+)=, dbeta (+)= from dy, the gradient after the activation, whose derivative is
   * computed again from x. dgamma and dbeta may both be null; dx may alias dy.
   */
  void batchNormBackward(
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
      GradientMode mode);
}

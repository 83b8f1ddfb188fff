package dev.figment.device;

import static dev.figment.device.Checks.counter;
import static dev.figment.device.Checks.wanted;

/** {@link LossKernels} of {@link CheckedKernels}. */
interface CheckedLosses extends LossKernels {
  Kernels kernels();

  @Override
  default void ganDiscriminatorLoss(
      Tensor result, Tensor dlogits, Tensor logits, GanLoss loss, double labelSmoothing) {
    LossChecks.ganDiscriminator(result, dlogits, logits, loss, labelSmoothing);
    kernels().ganDiscriminatorLoss(result, dlogits, logits, loss, labelSmoothing);
  }

  @Override
  default void ganGeneratorLoss(Tensor result, Tensor dlogits, Tensor logits, GanLoss loss) {
    LossChecks.ganGenerator(result, dlogits, logits);
    kernels().ganGeneratorLoss(result, dlogits, logits, loss);
  }

  @Override
  default void gradientPenalty(
      Tensor result, Tensor factors, Tensor squares, GradientPenalty penalty, double weight) {
    LossChecks.gradientPenalty(result, factors, squares, weight);
    kernels().gradientPenalty(result, factors, squares, penalty, weight);
  }

  @Override
  default void reconstructionLoss(
      Tensor result,
      Tensor rowLosses,
      Tensor dprediction,
      Tensor prediction,
      Tensor target,
      Tensor weights,
      Likelihood likelihood,
      int batch) {
    LossChecks.reconstruction(
        result, rowLosses, dprediction, prediction, target, weights, likelihood, batch);
    kernels()
        .reconstructionLoss(
            result, rowLosses, dprediction, prediction, target, weights, likelihood, batch);
  }

  @Override
  default void gaussianKl(
      Tensor result,
      Tensor rowLosses,
      Tensor dq,
      Tensor dp,
      Tensor q,
      Tensor p,
      Tensor weights,
      Tensor scale,
      int batch) {
    LossChecks.gaussianKl(result, rowLosses, dq, dp, q, p, weights, scale, batch);
    kernels().gaussianKl(result, rowLosses, dq, dp, q, p, weights, scale, batch);
  }

  @Override
  default void crossEntropy(
      Tensor result,
      Tensor rowLosses,
      Tensor dlogits,
      Tensor logits,
      Tensor labels,
      Tensor weights,
      int batch) {
    LossChecks.crossEntropy(result, rowLosses, dlogits, logits, labels, weights, batch);
    kernels().crossEntropy(result, rowLosses, dlogits, logits, labels, weights, batch);
  }

  @Override
  default void logMeanExp(Tensor value, Tensor weights, Tensor x) {
    LossChecks.logMeanExp(value, weights, x);
    kernels().logMeanExp(value, weights, x);
  }

  @Override
  default void reparameterizeForward(Tensor z, Tensor kl, Tensor moments, RandomStream stream) {
    LossChecks.reparameterize("reparameterizeForward", moments, z, kl);
    counter("reparameterizeForward", stream.counter());
    kernels().reparameterizeForward(z, kl, moments, stream);
  }

  @Override
  default void reparameterizeBackward(
      Tensor dmoments,
      Tensor dz,
      Tensor moments,
      Tensor kl,
      Tensor beta,
      double freeBits,
      RandomStream stream) {
    LossChecks.reparameterizeBackward(dmoments, dz, moments, kl, beta, freeBits);
    counter("reparameterizeBackward", stream.counter());
    kernels().reparameterizeBackward(dmoments, dz, moments, kl, beta, freeBits, stream);
  }

  @Override
  default void embeddingForward(Tensor y, Tensor table, Tensor indices) {
    LossChecks.embedding("embeddingForward", "y", y, "table", table, indices);
    kernels().embeddingForward(y, table, indices);
  }

  @Override
  default void embeddingBackward(Tensor dtable, Tensor dy, Tensor indices, GradientMode mode) {
    LossChecks.embedding("embeddingBackward", "dy", dy, "dtable", dtable, indices);
    wanted("embeddingBackward", mode);
    kernels().embeddingBackward(dtable, dy, indices, mode);
  }
}

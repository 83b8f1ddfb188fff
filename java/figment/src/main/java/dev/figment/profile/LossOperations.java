package dev.figment.profile;

import static dev.figment.profile.Operation.reals;

import dev.figment.device.GanLoss;
import dev.figment.device.GradientPenalty;
import dev.figment.device.Likelihood;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.List;

/** gan_loss.cu, reconstruction_loss.cu, kl_loss.cu, cross_entropy.cu and log_mean_exp.cu. */
final class LossOperations {
  private static final int BATCH = 128;

  private LossOperations() {}

  static List<Operation> all() {
    return List.of(
        Operation.of("gan_loss", "gan_discriminator_loss", 2 * BATCH)
            .kernel(
                "gan_discriminator_loss", 12 * BATCH, reals(3), reals(2 * BATCH), reals(2 * BATCH))
            .calls(
                tensors -> {
                  Tensor result = tensors.zeros(3);
                  Tensor dlogits = tensors.zeros(2 * BATCH);
                  Tensor logits = tensors.values(2 * BATCH);
                  return kernels ->
                      kernels.ganDiscriminatorLoss(
                          result, dlogits, logits, GanLoss.NON_SATURATING, 0);
                }),
        Operation.of("gan_loss", "gan_generator_loss", BATCH)
            .kernel("gan_generator_loss", 6 * BATCH, reals(1), reals(BATCH), reals(BATCH))
            .calls(
                tensors -> {
                  Tensor result = tensors.zeros(1);
                  Tensor dlogits = tensors.zeros(BATCH);
                  Tensor logits = tensors.values(BATCH);
                  return kernels ->
                      kernels.ganGeneratorLoss(result, dlogits, logits, GanLoss.NON_SATURATING);
                }),
        Operation.of("gan_loss", "gradient_penalty", BATCH)
            .kernel("gradient_penalty", 6 * BATCH, reals(1), reals(BATCH), reals(BATCH))
            .calls(
                tensors -> {
                  Tensor result = tensors.zeros(1);
                  Tensor factors = tensors.zeros(BATCH);
                  Tensor squares = tensors.values(Shape.of(BATCH), 0, 2);
                  return kernels ->
                      kernels.gradientPenalty(
                          result, factors, squares, GradientPenalty.ONE_CENTRED, 10);
                }),
        reconstruction("gaussian_loss", 6, Likelihood.gaussian(0.1)),
        reconstruction("bernoulli_loss", 13, Likelihood.BERNOULLI),
        reconstruction("gaussian_learned_loss", 12, Likelihood.GAUSSIAN_LEARNED),
        gaussianKl(),
        crossEntropy(),
        logMeanExp());
  }

  /** Images of 28 x 28. */
  private static Operation reconstruction(String kernel, int flops, Likelihood likelihood) {
    Shape target = Shape.of(BATCH, 784);
    Shape prediction = Shape.of(BATCH, 784 * likelihood.outputs());
    long n = target.count();
    return Operation.of("reconstruction_loss", kernel, target)
        .kernel(
            kernel,
            flops * n,
            reals(1),
            reals(prediction.count()),
            reals(prediction.count()),
            reals(n))
        .calls(
            tensors -> {
              Tensor result = tensors.zeros(1);
              Tensor gradient = tensors.zeros(prediction);
              Tensor outputs = tensors.values(prediction);
              Tensor data = tensors.values(target, 0, 1);
              return kernels ->
                  kernels.reconstructionLoss(
                      result, null, gradient, outputs, data, null, likelihood, BATCH);
            });
  }

  /** As a variational RNN has it: posteriors and priors of 32 steps. */
  private static Operation gaussianKl() {
    Shape moments = Shape.of(32 * BATCH, 2 * 32);
    long n = moments.count();
    return Operation.of("kl_loss", "gaussian_kl", moments)
        .kernel("gaussian_kl", 7 * n, reals(1), reals(1), reals(n), reals(n), reals(n), reals(n))
        .calls(
            tensors -> {
              Tensor result = tensors.zeros(1);
              Tensor dq = tensors.zeros(moments);
              Tensor dp = tensors.zeros(moments);
              Tensor q = tensors.values(moments);
              Tensor p = tensors.values(moments);
              Tensor scale = tensors.values(1);
              return kernels -> kernels.gaussianKl(result, null, dq, dp, q, p, null, scale, BATCH);
            });
  }

  /** Characters of 64 steps. */
  private static Operation crossEntropy() {
    int rows = 64 * 32;
    Shape shape = Shape.of(rows, 128);
    long n = shape.count();
    return Operation.of("cross_entropy", "cross_entropy", shape)
        .kernel("cross_entropy", 6 * n, reals(1), reals(n), reals(n), reals(rows))
        .calls(
            tensors -> {
              Tensor result = tensors.zeros(1);
              Tensor gradient = tensors.zeros(shape);
              Tensor logits = tensors.values(shape);
              Tensor labels = tensors.integers(Shape.of(rows), 128);
              return kernels ->
                  kernels.crossEntropy(result, null, gradient, logits, labels, null, 32);
            });
  }

  /** Of 50 latents an image. */
  private static Operation logMeanExp() {
    Shape shape = Shape.of(50, BATCH);
    long n = shape.count();
    return Operation.of("log_mean_exp", "log_mean_exp", shape)
        .kernel("log_mean_exp", 5 * n, reals(BATCH), reals(n), reals(n))
        .calls(
            tensors -> {
              Tensor value = tensors.zeros(BATCH);
              Tensor weights = tensors.zeros(shape);
              Tensor x = tensors.values(shape);
              return kernels -> kernels.logMeanExp(value, weights, x);
            });
  }
}

package dev.figment.train;

import dev.figment.device.FigmentException;
import dev.figment.device.GanLoss;
import dev.figment.model.GanArchitecture;

/**
 * Everything that decides what a GAN's training computes, the data and the device aside.
 *
 * @param architecture the networks
 * @param batch real images, and generated ones, of a step
 * @param learningRate the generator's
 * @param discriminatorLearningRate the discriminator's
 * @param optimizer of both networks
 * @param beta1 of both networks' Adam
 * @param beta2 of both networks' Adam
 * @param loss of both networks
 * @param criticSteps discriminator updates a step
 * @param seed of every random number
 */
public record GanConfig(
    GanArchitecture architecture,
    int batch,
    double learningRate,
    double discriminatorLearningRate,
    GanOptimizer optimizer,
    double beta1,
    double beta2,
    GanLoss loss,
    int criticSteps,
    long seed) {
  public GanConfig {
    if (batch < 1 || criticSteps < 1) {
      throw new FigmentException(
          "A batch of %d and %d discriminator steps were asked for; each must be at least 1."
              .formatted(batch, criticSteps));
    }
  }

  /** With Adam. */
  public GanConfig(
      GanArchitecture architecture,
      int batch,
      double learningRate,
      double discriminatorLearningRate,
      double beta1,
      double beta2,
      GanLoss loss,
      int criticSteps,
      long seed) {
    this(
        architecture,
        batch,
        learningRate,
        discriminatorLearningRate,
        GanOptimizer.ADAM,
        beta1,
        beta2,
        loss,
        criticSteps,
        seed);
  }
}

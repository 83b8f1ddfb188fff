package dev.figment.train;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What one training step gave, in nats an example: summed over dimensions, the mean over the batch
 * and over the batches of an update.
 *
 * @param step its number, from 1
 * @param epoch of the data, from 0
 * @param loss the negative evidence lower bound, whatever weight the KL had, or the negative
 *     importance-weighted bound where that is trained on
 * @param reconstruction -log p(x | z)
 * @param kl KL(q(z | x) || p(z))
 * @param beta the weight that the KL had
 * @param judged what the discriminator of a VAE-GAN said; null without one
 */
public record VaeStep(
    long step, int epoch, double loss, double reconstruction, double kl, double beta, Judged judged)
    implements TrainingStep {
  /**
   * Of a discriminator.
   *
   * @param feature half the squared distance of what it sees of images and of their reconstructions
   * @param generatorLoss of images from the prior
   * @param discriminatorLoss its own
   * @param real its mean verdict on the data, from 0 to 1
   * @param fake on images from the prior
   */
  public record Judged(
      double feature, double generatorLoss, double discriminatorLoss, double real, double fake) {}

  @Override
  public Map<String, Double> numbers() {
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("loss", loss());
    numbers.put("reconstruction", reconstruction);
    numbers.put("kl", kl);
    numbers.put("beta", beta);
    if (judged != null) {
      numbers.put("feature", judged.feature());
      numbers.put("d_loss", judged.discriminatorLoss());
      numbers.put("g_loss", judged.generatorLoss());
      numbers.put("d_real", judged.real());
      numbers.put("d_fake", judged.fake());
    }
    return numbers;
  }

  @Override
  public String brief() {
    return String.format(Locale.ROOT, "loss %.1f kl %.1f", loss(), kl);
  }
}

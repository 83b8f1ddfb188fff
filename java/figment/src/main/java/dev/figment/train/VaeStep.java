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
 */
public record VaeStep(
    long step, int epoch, double loss, double reconstruction, double kl, double beta)
    implements TrainingStep {

  @Override
  public Map<String, Double> numbers() {
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("loss", loss());
    numbers.put("reconstruction", reconstruction);
    numbers.put("kl", kl);
    numbers.put("beta", beta);
    return numbers;
  }

  @Override
  public String brief() {
    return String.format(Locale.ROOT, "loss %.1f kl %.1f", loss(), kl);
  }
}

package dev.figment.train;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What one training step gave, in nats a sequence: summed over steps and features, the mean over
 * the batch and over the batches of an update.
 *
 * @param step its number, from 1
 * @param epoch of the data, from 0
 * @param reconstruction -log p(x | z)
 * @param kl KL(q(z | x) || p(z))
 * @param beta the weight that the KL had
 * @param length the mean length of the sequences
 */
public record RvaeStep(
    long step, int epoch, double reconstruction, double kl, double beta, double length)
    implements TrainingStep {
  /** The negative evidence lower bound, whatever weight the KL had. */
  public double loss() {
    return reconstruction + kl;
  }

  @Override
  public Map<String, Double> numbers() {
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("loss", loss());
    numbers.put("reconstruction", reconstruction);
    numbers.put("kl", kl);
    numbers.put("beta", beta);
    numbers.put("loss_per_step", loss() / length);
    return numbers;
  }

  @Override
  public String example() {
    return "seq";
  }

  @Override
  public String brief() {
    return String.format(Locale.ROOT, "loss %.1f kl %.1f", loss(), kl);
  }
}

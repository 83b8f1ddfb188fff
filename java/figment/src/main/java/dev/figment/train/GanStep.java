package dev.figment.train;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What one training step gave.
 *
 * @param step its number, from 1
 * @param epoch of the data, from 0
 * @param discriminatorLoss of its last update, the mean over the batches of that; in nats where the
 *     loss is of probabilities
 * @param generatorLoss alike
 * @param real the discriminator's mean score of real images: the sigmoid of its logit where the
 *     loss has targets, else the logit
 * @param fake its mean score of generated images, alike
 * @param penalty the mean of the last update that had one, which the discriminator's loss does not
 *     count; empty without
 */
public record GanStep(
    long step,
    int epoch,
    double discriminatorLoss,
    double generatorLoss,
    double real,
    double fake,
    OptionalDouble penalty)
    implements TrainingStep {
  @Override
  public Map<String, Double> numbers() {
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("d_loss", discriminatorLoss);
    numbers.put("g_loss", generatorLoss);
    numbers.put("d_real", real);
    numbers.put("d_fake", fake);
    penalty.ifPresent(value -> numbers.put("penalty", value));
    return numbers;
  }

  @Override
  public String brief() {
    return String.format(Locale.ROOT, "D %.2f G %.2f", discriminatorLoss, generatorLoss);
  }

  /** Whether no loss, nor the penalty, is NaN or infinite. */
  @Override
  public boolean isFinite() {
    return Double.isFinite(discriminatorLoss)
        && Double.isFinite(generatorLoss)
        && Double.isFinite(penalty.orElse(0));
  }
}

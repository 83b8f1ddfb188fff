package dev.figment.train;

/**
 * What one training step gave.
 *
 * @param step its number, from 1
 * @param epoch of the data, from 0
 * @param discriminatorLoss in nats
 * @param generatorLoss in nats
 * @param real mean sigmoid of the logits of real images
 * @param fake mean sigmoid of the logits of generated images
 */
public record GanStep(
    long step,
    int epoch,
    double discriminatorLoss,
    double generatorLoss,
    double real,
    double fake) {
  /** Whether no number of the step is NaN or infinite. */
  public boolean isFinite() {
    return Double.isFinite(discriminatorLoss) && Double.isFinite(generatorLoss);
  }
}

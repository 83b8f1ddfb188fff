package dev.figment.train;

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
 *     count; 0 without
 */
public record GanStep(
    long step,
    int epoch,
    double discriminatorLoss,
    double generatorLoss,
    double real,
    double fake,
    double penalty) {
  /** Whether no number of the step is NaN or infinite. */
  public boolean isFinite() {
    return Double.isFinite(discriminatorLoss)
        && Double.isFinite(generatorLoss)
        && Double.isFinite(penalty);
  }
}

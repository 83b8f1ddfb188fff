package dev.figment.train;

import dev.figment.device.FigmentException;

/**
 * How a VAE's loss weighs KL(q(z | x) || p(z)), beside the reconstruction.
 *
 * @param beta its weight (Higgins et al., "beta-VAE", 2017); 1 makes the loss the negative evidence
 *     lower bound
 * @param warmup steps in which the weight rises from 0 in equal parts (Bowman et al., 2016); 0 for
 *     none
 * @param cycle steps after which the rise begins again (Fu et al., "Cyclical annealing schedule",
 *     2019); 0 for never
 * @param freeBits nats that each dimension may take at no cost (Kingma et al., 2016)
 * @param capacity nats that the whole KL is held at: the loss has beta |KL - c| where c rises to
 *     this in {@code capacitySteps} (Burgess et al., "Understanding disentangling in beta-VAE",
 *     2018); 0 for none
 * @param capacitySteps steps in which c rises from 0 in equal parts; 0 for at once
 */
public record KlTerm(
    double beta, long warmup, long cycle, double freeBits, double capacity, long capacitySteps) {
  /** The evidence lower bound as it is. */
  public static final KlTerm PLAIN = new KlTerm(1, 0, 0, 0, 0, 0);

  public KlTerm {
    if (!isAmount(beta) || !isAmount(freeBits) || !isAmount(capacity)) {
      throw new FigmentException(
          "A KL of weight %s, %s free nats and capacity %s was asked for; each must be a number of at least 0."
              .formatted(beta, freeBits, capacity));
    }
    if (warmup < 0 || cycle < 0 || capacitySteps < 0 || (cycle > 0 && warmup > cycle)) {
      throw new FigmentException(
          "A KL warm-up of %d steps in cycles of %d and a capacity rising for %d were asked for; give 0 or more, and a warm-up no longer than its cycle."
              .formatted(warmup, cycle, capacitySteps));
    }
    if (freeBits > 0 && capacity > 0) {
      throw new FigmentException(
          "Free bits (%s) and a capacity (%s) were asked for together; each sets what the latent may say: give one."
              .formatted(freeBits, capacity));
    }
  }

  private static boolean isAmount(double value) {
    return value >= 0 && value < Double.POSITIVE_INFINITY;
  }

  /**
   * The weight at a step.
   *
   * @param done steps done before
   */
  public double weight(long done) {
    long since = cycle == 0 ? done : done % cycle;
    return since < warmup ? beta * since / warmup : beta;
  }

  /**
   * The nats that the KL is held at.
   *
   * @param done steps done before
   */
  public double capacity(long done) {
    return done < capacitySteps ? capacity * done / capacitySteps : capacity;
  }

  /** Whether the KL is held at a capacity. */
  public boolean hasCapacity() {
    return capacity > 0;
  }

  /** As in checkpoints. */
  @Override
  public String toString() {
    return "beta %s warm-up %d cycle %d, free %s, capacity %s in %d"
        .formatted(beta, warmup, cycle, freeBits, capacity, capacitySteps);
  }
}

package dev.figment.train;

import java.util.Optional;

/** Says when a VAE's latent vector is no longer used: posterior collapse. */
public final class VaeWatch {
  /** Nats below which the latents say next to nothing. */
  static final double COLLAPSED_KL = 0.5;

  /** The step before which a VAE may still be at its start. */
  static final int FIRST_STEP = 200;

  private final String remedies;
  private int collapsed; // evaluations in a row
  private boolean said;

  /**
   * @param remedies options that help the model, as in a sentence
   */
  public VaeWatch(String remedies) {
    this.remedies = remedies;
  }

  /**
   * Looks at an evaluation.
   *
   * @param beta the weight that the KL has by now
   * @return a warning at the second collapsed evaluation in a row, once for each time
   */
  public Optional<String> evaluated(long step, VaeEvaluation evaluation, double beta) {
    boolean unused =
        step >= FIRST_STEP
            && (evaluation.totalKl() < COLLAPSED_KL || evaluation.activeUnits() == 0);
    collapsed = unused ? collapsed + 1 : 0;
    said &= unused;
    if (collapsed < 2 || said) {
      return Optional.empty();
    }
    said = true;
    return Optional.of(
        ("the posterior has collapsed: the KL is %.3f nats and %d of %d dimensions are active, so the"
                + " decoder works without the latent vector; start again with %s%s.")
            .formatted(
                evaluation.totalKl(),
                evaluation.activeUnits(),
                evaluation.kl().length,
                remedies,
                beta > 1 ? " or a smaller --beta" : ""));
  }
}

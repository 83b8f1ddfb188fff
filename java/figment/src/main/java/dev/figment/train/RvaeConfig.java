package dev.figment.train;

import dev.figment.device.FigmentException;
import dev.figment.model.RvaeArchitecture;
import dev.figment.optim.UpdateRule;

/**
 * Everything that decides what a recurrent VAE's training computes, the data and the device aside.
 *
 * @param architecture the networks and the likelihood
 * @param inputDropout the share of the steps that the decoder does not get to read (Bowman et al.,
 *     2016, word dropout)
 * @param freeRunning whether the decoder reads its own means in place of the steps before
 * @param batch sequences of one pass
 * @param accumulate batches whose gradients make one update
 * @param seed of every random number
 * @param kl how the loss weighs the KL; without a capacity
 * @param update of all networks
 */
public record RvaeConfig(
    RvaeArchitecture architecture,
    double inputDropout,
    boolean freeRunning,
    int batch,
    int accumulate,
    long seed,
    KlTerm kl,
    UpdateRule update) {
  public RvaeConfig {
    if (batch < 1 || accumulate < 1) {
      throw new FigmentException(
          "A training with batches of %d and %d batches an update was asked for; each must be at least 1."
              .formatted(batch, accumulate));
    }
    if (!(inputDropout >= 0 && inputDropout <= 1)) {
      throw new FigmentException(
          "An input dropout of %s was asked for; give 0 to 1.".formatted(inputDropout));
    }
    if (freeRunning && architecture.isText()) {
      throw new FigmentException(
          "A free-running decoder of symbols was asked for, and symbols have no means to go on with; take an input dropout of 1.");
    }
    if (freeRunning && inputDropout > 0) {
      throw new FigmentException(
          "A free-running decoder with an input dropout of %s was asked for, and it reads no input; take one of them."
              .formatted(inputDropout));
    }
    if (kl.hasCapacity()) {
      throw new FigmentException(
          "A recurrent VAE with a capacity of %s was asked for; take free bits in its place."
              .formatted(kl.capacity()));
    }
  }

  /** Starts from the defaults. */
  public static Builder of(RvaeArchitecture architecture) {
    return new Builder(architecture);
  }

  /** What decides a step beside sizes, seed and optimizer's name, for a checkpoint. */
  String training() {
    return "%s, dropout %s, freely %s, accumulate %d, %s"
        .formatted(kl, inputDropout, freeRunning, accumulate, update);
  }

  /** A configuration in the making; what is not told is the default. */
  public static final class Builder extends ConfigBuilder<Builder> {
    private final RvaeArchitecture architecture;
    private double inputDropout;
    private boolean freeRunning;
    private KlTerm kl = KlTerm.PLAIN;

    private Builder(RvaeArchitecture architecture) {
      super(64, 0.9, 1e-3);
      this.architecture = architecture;
    }

    @Override
    Builder self() {
      return this;
    }

    /** The share of the steps that the decoder does not get to read. */
    public Builder inputDropout(double share) {
      inputDropout = share;
      return this;
    }

    /** Whether the decoder reads its own means. */
    public Builder freeRunning(boolean freely) {
      freeRunning = freely;
      return this;
    }

    /** How the loss weighs the KL. */
    public Builder kl(KlTerm term) {
      kl = term;
      return this;
    }

    public RvaeConfig build() {
      return new RvaeConfig(
          architecture, inputDropout, freeRunning, batch, accumulate, seed, kl, update());
    }
  }
}

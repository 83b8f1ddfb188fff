package dev.figment.train;

import dev.figment.device.FigmentException;
import dev.figment.model.RvaeArchitecture;
import dev.figment.optim.OptimizerKind;
import dev.figment.optim.OptimizerNumbers;
import dev.figment.optim.Schedule;

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
 * @param optimizer of all networks
 * @param numbers of the optimizer
 * @param learningRate of all networks
 * @param schedule of the learning rate
 * @param gradientClip the largest norm of a network's gradient; infinity for any
 */
public record RvaeConfig(
    RvaeArchitecture architecture,
    double inputDropout,
    boolean freeRunning,
    int batch,
    int accumulate,
    long seed,
    KlTerm kl,
    OptimizerKind optimizer,
    OptimizerNumbers numbers,
    double learningRate,
    Schedule schedule,
    double gradientClip) {
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
    if (!(learningRate > 0 && learningRate < Double.POSITIVE_INFINITY)) {
      throw new FigmentException(
          "A learning rate of %s was asked for; give a number above 0.".formatted(learningRate));
    }
    if (!(gradientClip > 0)) {
      throw new FigmentException(
          "Gradients of norm %s at most were asked for; give a number above 0."
              .formatted(gradientClip));
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
    return "%s, dropout %s, freely %s, accumulate %d, lr %s, %s, schedule %s, gradients %s"
        .formatted(
            kl,
            inputDropout,
            freeRunning,
            accumulate,
            learningRate,
            numbers,
            schedule,
            gradientClip);
  }

  /** A configuration in the making; what is not told is the default. */
  public static final class Builder {
    private final RvaeArchitecture architecture;
    private double inputDropout;
    private boolean freeRunning;
    private int batch = 64;
    private int accumulate = 1;
    private long seed = 1;
    private KlTerm kl = KlTerm.PLAIN;
    private OptimizerKind optimizer = OptimizerKind.ADAM;
    private OptimizerNumbers numbers = new OptimizerNumbers(0.9, 0.999, 0, false, 0);
    private double learningRate = 1e-3;
    private Schedule schedule = Schedule.CONSTANT;
    private double gradientClip = Double.POSITIVE_INFINITY;

    private Builder(RvaeArchitecture architecture) {
      this.architecture = architecture;
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

    /** Sequences of one pass. */
    public Builder batch(int sequences) {
      batch = sequences;
      return this;
    }

    /** Batches whose gradients make one update. */
    public Builder accumulate(int batches) {
      accumulate = batches;
      return this;
    }

    /** Of every random number. */
    public Builder seed(long number) {
      seed = number;
      return this;
    }

    /** How the loss weighs the KL. */
    public Builder kl(KlTerm term) {
      kl = term;
      return this;
    }

    /** Of all networks. */
    public Builder optimizer(OptimizerKind kind, OptimizerNumbers ofKind) {
      optimizer = kind;
      numbers = ofKind;
      return this;
    }

    /** Of all networks. */
    public Builder learningRate(double rate) {
      learningRate = rate;
      return this;
    }

    /** Of the learning rate. */
    public Builder schedule(Schedule course) {
      schedule = course;
      return this;
    }

    /** The largest norm of a network's gradient. */
    public Builder gradientClip(double norm) {
      gradientClip = norm;
      return this;
    }

    public RvaeConfig build() {
      return new RvaeConfig(
          architecture,
          inputDropout,
          freeRunning,
          batch,
          accumulate,
          seed,
          kl,
          optimizer,
          numbers,
          learningRate,
          schedule,
          gradientClip);
    }
  }
}

package dev.figment.train;

import dev.figment.device.FigmentException;
import dev.figment.device.GanLoss;
import dev.figment.device.GradientPenalty;
import dev.figment.model.GanArchitecture;
import dev.figment.optim.OptimizerKind;
import dev.figment.optim.OptimizerNumbers;
import dev.figment.optim.UpdateRule;

/**
 * Everything that decides what a GAN's training computes, the data and the device aside.
 *
 * @param architecture the networks
 * @param batch real images, and generated ones, of one pass through the networks
 * @param accumulate batches whose gradients make one update
 * @param criticSteps discriminator updates a step
 * @param seed of every random number
 * @param loss of both networks
 * @param labelSmoothing taken off the target of real images, in [0, 1); 0 for losses without
 *     targets
 * @param weightClip the discriminator's parameters are kept within +- this; infinity for any
 * @param update of both networks, at the generator's learning rate
 * @param discriminatorLearningRate the discriminator's
 * @param penalty on the discriminator's gradient
 * @param spectralNorm whether the discriminator's weights are spectrally normalised
 * @param ema the decay of the average of the generator's parameters; 0 for none
 */
public record GanConfig(
    GanArchitecture architecture,
    int batch,
    int accumulate,
    int criticSteps,
    long seed,
    GanLoss loss,
    double labelSmoothing,
    double weightClip,
    UpdateRule update,
    double discriminatorLearningRate,
    Penalty penalty,
    boolean spectralNorm,
    double ema) {
  /**
   * What the discriminator pays for its gradient.
   *
   * @param kind R
   * @param weight of the mean of R, 0 for no penalty
   * @param every steps between two that have the penalty, which then weighs as much more
   */
  public record Penalty(GradientPenalty kind, double weight, int every) {
    /** No penalty. */
    public static final Penalty NONE = new Penalty(GradientPenalty.ZERO_CENTRED, 0, 16);

    public Penalty {
      if (!(weight >= 0 && weight < Double.POSITIVE_INFINITY) || every < 1) {
        throw new FigmentException(
            "A gradient penalty of %s every %d steps was asked for; give 0 (none) or more, every step or more seldom."
                .formatted(weight, every));
      }
    }

    /** Whether there is one. */
    public boolean counts() {
      return weight > 0;
    }
  }

  public GanConfig {
    if (batch < 1 || criticSteps < 1 || accumulate < 1) {
      throw new FigmentException(
          "A batch of %d, %d discriminator steps and %d batches an update were asked for; each must be at least 1."
              .formatted(batch, criticSteps, accumulate));
    }
    if (!(labelSmoothing >= 0 && labelSmoothing < 1)
        || (labelSmoothing != 0 && !loss.hasTargets())) {
      throw new FigmentException(
          "Label smoothing of %s was asked for with the loss %s; give 0 to less than 1, and only to a loss with targets: minimax, non-saturating or least-squares."
              .formatted(labelSmoothing, loss));
    }
    if (!(weightClip > 0)) {
      throw new FigmentException(
          "Parameters within +-%s were asked for; the bound must be above 0, or infinite for none."
              .formatted(weightClip));
    }
    if (spectralNorm && Double.isFinite(weightClip)) {
      throw new FigmentException(
          "Parameters within +-%s were asked for with spectral normalisation, which undoes what clipping does to weights; leave one of them out."
              .formatted(weightClip));
    }
    if (!(ema >= 0 && ema < 1)) {
      throw new FigmentException(
          "An average with decay %s was asked for; give 0 (none) to less than 1.".formatted(ema));
    }
  }

  /** Starts from the defaults. */
  public static Builder of(GanArchitecture architecture) {
    return new Builder(architecture);
  }

  /** Whether the generator's parameters are averaged. */
  public boolean averages() {
    return ema > 0;
  }

  /** How the discriminator is updated. */
  UpdateRule discriminatorUpdate() {
    return update.at(discriminatorLearningRate);
  }

  /** What decides a step beside sizes, seed and optimizer's name, for a checkpoint. */
  String training() {
    OptimizerNumbers numbers = update.numbers();
    return ("%s, smoothing %s, weights %s, n-critic %d, accumulate %d, lr %s %s, betas %s %s,"
                + " momentum %s%s, decay %s, schedule %s, gradients %s, %s %s every %d%s, ema %s")
            .formatted(
                loss,
                labelSmoothing,
                weightClip,
                criticSteps,
                accumulate,
                update.learningRate(),
                discriminatorLearningRate,
                numbers.beta1(),
                numbers.beta2(),
                numbers.momentum(),
                numbers.nesterov() ? " nesterov" : "",
                numbers.weightDecay(),
                update.schedule(),
                update.gradientClip(),
                penalty.kind() == GradientPenalty.ZERO_CENTRED ? "r1" : "gp",
                penalty.weight(),
                penalty.every(),
                spectralNorm ? ", spectral norm" : "",
                ema)
        + (architecture.conditional() ? ", conditional on " + architecture.classes() : "");
  }

  /** A configuration in the making; what is not told is the default. */
  public static final class Builder extends ConfigBuilder<Builder> {
    private final GanArchitecture architecture;
    private int criticSteps = 1;
    private GanLoss loss = GanLoss.NON_SATURATING;
    private double labelSmoothing;
    private double weightClip = Double.POSITIVE_INFINITY;
    private double discriminatorLearningRate = learningRate;
    private Penalty penalty = Penalty.NONE;
    private boolean spectralNorm;
    private double ema;

    private Builder(GanArchitecture architecture) {
      super(64, 0.5, 2e-4);
      this.architecture = architecture;
    }

    @Override
    Builder self() {
      return this;
    }

    /** Discriminator updates a step. */
    public Builder criticSteps(int updates) {
      criticSteps = updates;
      return this;
    }

    /** Of both networks. */
    public Builder loss(GanLoss kind) {
      loss = kind;
      return this;
    }

    /** Taken off the target of real images. */
    public Builder labelSmoothing(double share) {
      labelSmoothing = share;
      return this;
    }

    /** The largest magnitude of a parameter of the discriminator. */
    public Builder weightClip(double bound) {
      weightClip = bound;
      return this;
    }

    /** Of both networks. */
    public Builder optimizer(OptimizerKind kind) {
      optimizer = kind;
      return this;
    }

    @Override
    public Builder learningRate(double rate) {
      return learningRates(rate, rate);
    }

    /** The generator's and the discriminator's. */
    public Builder learningRates(double ofGenerator, double ofDiscriminator) {
      learningRate = ofGenerator;
      discriminatorLearningRate = ofDiscriminator;
      return this;
    }

    /** Of Adam and AdamW. */
    public Builder betas(double ofMean, double ofMeanSquare) {
      numbers =
          new OptimizerNumbers(
              ofMean, ofMeanSquare, numbers.momentum(), numbers.nesterov(), numbers.weightDecay());
      return this;
    }

    /** Of gradient descent. */
    public Builder momentum(double share, boolean nesterovs) {
      numbers =
          new OptimizerNumbers(
              numbers.beta1(), numbers.beta2(), share, nesterovs, numbers.weightDecay());
      return this;
    }

    /** Of gradient descent and AdamW. */
    public Builder weightDecay(double rate) {
      numbers =
          new OptimizerNumbers(
              numbers.beta1(), numbers.beta2(), numbers.momentum(), numbers.nesterov(), rate);
      return this;
    }

    /** A penalty on the discriminator's gradient, its weight, and how often it is taken. */
    public Builder penalty(GradientPenalty kind, double weight, int everySteps) {
      penalty = new Penalty(kind, weight, everySteps);
      return this;
    }

    /** Whether the discriminator's weights are divided by their largest singular values. */
    public Builder spectralNorm(boolean normalised) {
      spectralNorm = normalised;
      return this;
    }

    /** The decay of the average of the generator's parameters. */
    public Builder ema(double decay) {
      ema = decay;
      return this;
    }

    public GanConfig build() {
      return new GanConfig(
          architecture,
          batch,
          accumulate,
          criticSteps,
          seed,
          loss,
          labelSmoothing,
          weightClip,
          update(),
          discriminatorLearningRate,
          penalty,
          spectralNorm,
          ema);
    }
  }
}

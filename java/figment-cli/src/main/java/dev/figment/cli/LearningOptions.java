package dev.figment.cli;

import dev.figment.device.GanLoss;
import dev.figment.device.GradientPenalty;
import dev.figment.optim.OptimizerKind;
import dev.figment.train.GanConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The options of how a GAN learns. Some defaults depend on other options: {@link #settle} fills in
 * what was not given; what has no meaning stays null.
 */
final class LearningOptions {
  private static final double RATE = 2e-4;
  private static final double BETA_1 = 0.5;

  // Algorithm 1 of Arjovsky et al., "Wasserstein GAN" (2017).
  private static final OptimizerKind WASSERSTEIN_OPTIMIZER = OptimizerKind.RMSPROP;
  private static final double WASSERSTEIN_RATE = 5e-5;
  private static final double WASSERSTEIN_CLIP = 0.01;
  private static final int WASSERSTEIN_CRITICS = 5;

  // Algorithm 1 of Gulrajani et al., "Improved Training of Wasserstein GANs" (2017), and the
  // default values above it.
  private static final double WASSERSTEIN_GP_RATE = 1e-4;
  private static final double WASSERSTEIN_GP_BETA_1 = 0;
  private static final double WASSERSTEIN_GP_BETA_2 = 0.9;

  private static final int R1_EVERY = 16;
  private static final int GP_EVERY = 1;

  @Option(
      names = "--loss",
      paramLabel = "NAME",
      defaultValue = "non-saturating",
      description = {
        "What the networks are trained to: minimax, non-saturating, least-squares, wasserstein or"
            + " hinge (default: ${DEFAULT-VALUE})."
      })
  GanLoss loss;

  @Option(
      names = "--label-smoothing",
      paramLabel = "S",
      defaultValue = "0",
      description = {
        "The target of real images is 1 - S, 0.1 is usual; not for wasserstein and hinge (default:"
            + " ${DEFAULT-VALUE})."
      })
  double labelSmoothing;

  @Option(
      names = "--clip-weights",
      paramLabel = "C",
      description = {
        "Keep the discriminator's parameters from -C to C, 0 for as they are (default: 0; 0.01 for"
            + " wasserstein without --gp and --spectral-norm)."
      })
  Double weightClip;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      description = {
        "What updates the networks: sgd, which needs a larger --lr, such as 0.05, adam, adamw or"
            + " rmsprop (default: adam; rmsprop for wasserstein without --gp)."
      })
  OptimizerKind optimizer;

  @Option(
      names = "--lr",
      paramLabel = "RATE",
      description = {
        "Learning rate of the generator (default: 0.0002; for wasserstein 0.00005, with --gp"
            + " 0.0001)."
      })
  Double learningRate;

  @Option(
      names = "--lr-d",
      paramLabel = "RATE",
      description = {
        "Learning rate of the discriminator; it does not follow --lr (default: 0.0002; for"
            + " wasserstein 0.00005, with --gp 0.0001)."
      })
  Double discriminatorLearningRate;

  @Mixin UpdateOptions updates;

  @Option(
      names = "--r1",
      paramLabel = "GAMMA",
      defaultValue = "0",
      description = {
        "Weight of the penalty on the squared gradient of the discriminator at real images, 0 for"
            + " none (default: ${DEFAULT-VALUE})."
      })
  double r1;

  @Option(
      names = "--gp",
      paramLabel = "LAMBDA",
      defaultValue = "0",
      description = {
        "Weight of the penalty that draws the norm of the discriminator's gradient to 1 between"
            + " real and generated images, as WGAN-GP has it, 10 is usual, 0 for none (default:"
            + " ${DEFAULT-VALUE})."
      })
  double gp;

  @Option(
      names = "--penalty-every",
      paramLabel = "N",
      description = {
        "Take the penalty every N steps, N times as strong (default: 16 for --r1, 1 for --gp)."
      })
  Integer penaltyEvery;

  @Option(
      names = "--spectral-norm",
      arity = "0..1",
      defaultValue = "false",
      fallbackValue = "true",
      hideParamSyntax = true,
      description = {
        "Divide each weight of the discriminator by its largest singular value (default:"
            + " ${DEFAULT-VALUE})."
      })
  boolean spectralNorm;

  @Option(
      names = "--n-critic",
      paramLabel = "N",
      description = "Discriminator updates a step (default: 1; 5 for wasserstein).")
  Integer criticSteps;

  @Option(
      names = "--accumulate",
      paramLabel = "N",
      defaultValue = "1",
      description = {
        "Batches whose gradients make one update; batch norm sees each alone (default:"
            + " ${DEFAULT-VALUE})."
      })
  int accumulate;

  @Option(
      names = "--ema",
      paramLabel = "DECAY",
      defaultValue = "0",
      description = {
        "Sample with an average of the generator's parameters of this decay, 0.999 is usual, 0 for"
            + " none (default: ${DEFAULT-VALUE})."
      })
  double ema;

  private final List<String> presets = new ArrayList<>();

  /** Fills in what was not given and does not depend on the data. */
  void settle() {
    optimizer =
        settled(
            "--optimizer",
            optimizer,
            OptimizerKind.ADAM,
            wasserstein(WASSERSTEIN_OPTIMIZER, OptimizerKind.ADAM));
    double rate = wasserstein(WASSERSTEIN_RATE, WASSERSTEIN_GP_RATE);
    learningRate = settled("--lr", learningRate, RATE, rate);
    discriminatorLearningRate = settled("--lr-d", discriminatorLearningRate, RATE, rate);
    weightClip =
        settled(
            "--clip-weights",
            weightClip,
            0.0,
            spectralNorm ? 0.0 : wasserstein(WASSERSTEIN_CLIP, 0.0));
    criticSteps = settled("--n-critic", criticSteps, 1, WASSERSTEIN_CRITICS);
    if (optimizer.hasBetas()) {
      double usual = UpdateOptions.BETA_2;
      updates.beta1 =
          settled("--beta1", updates.beta1, BETA_1, wasserstein(BETA_1, WASSERSTEIN_GP_BETA_1));
      updates.beta2 =
          settled("--beta2", updates.beta2, usual, wasserstein(usual, WASSERSTEIN_GP_BETA_2));
    }
    updates.settle(optimizer, BETA_1);
    if (penaltyEvery == null && (r1 > 0 || gp > 0)) {
      penaltyEvery = gp > 0 ? GP_EVERY : R1_EVERY;
    }
  }

  /** What the paper of a Wasserstein loss has, without and with a gradient penalty. */
  private <T> T wasserstein(T clipped, T penalised) {
    return gp > 0 ? penalised : clipped;
  }

  private <T> T settled(String name, T given, T usual, T ofWasserstein) {
    if (given != null) {
      return given;
    }
    if (loss != GanLoss.WASSERSTEIN || ofWasserstein.equals(usual)) {
      return usual;
    }
    presets.add(
        name
            + " "
            + (ofWasserstein instanceof Double number ? ConfigFile.plain(number) : ofWasserstein));
    return ofWasserstein;
  }

  /** Options, with values, that the loss brought along; once {@link #settle settled}. */
  List<String> presets() {
    return List.copyOf(presets);
  }

  /** The options that brought them along. */
  String presetsOf() {
    return "--loss %s%s".formatted(loss, gp > 0 ? " with --gp" : "");
  }

  /** Tells a trainer, once everything is settled. */
  GanConfig.Builder to(GanConfig.Builder config) {
    config
        .loss(loss)
        .labelSmoothing(labelSmoothing)
        .weightClip(UpdateOptions.bound(weightClip))
        .optimizer(optimizer)
        .learningRates(learningRate, discriminatorLearningRate)
        .schedule(updates.course())
        .gradientClip(UpdateOptions.bound(updates.gradientClip))
        .spectralNorm(spectralNorm)
        .criticSteps(criticSteps)
        .accumulate(accumulate)
        .ema(ema);
    if (gp > 0) {
      config.penalty(GradientPenalty.ONE_CENTRED, gp, penaltyEvery);
    } else if (r1 > 0) {
      config.penalty(GradientPenalty.ZERO_CENTRED, r1, penaltyEvery);
    }
    if (optimizer.hasBetas()) {
      config.betas(updates.beta1, updates.beta2);
    }
    if (optimizer.hasMomentum()) {
      config.momentum(updates.momentum, updates.nesterov);
    }
    if (optimizer.hasWeightDecay()) {
      config.weightDecay(updates.weightDecay);
    }
    return config;
  }

  /** How the networks learn, in one line. */
  String summary() {
    return String.format(
        Locale.ROOT,
        "%s loss, %s, learning rates %s and %s%s%s",
        loss,
        optimizer,
        ConfigFile.plain(learningRate),
        ConfigFile.plain(discriminatorLearningRate),
        updates.scheduleSummary(),
        criticSteps == 1 ? "" : ", %d discriminator updates a step".formatted(criticSteps));
  }
}

package dev.figment.cli;

import dev.figment.device.GanLoss;
import dev.figment.train.GanConfig;
import dev.figment.optim.OptimizerKind;
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
            + " wasserstein)."
      })
  Double weightClip;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      description = {
        "What updates the networks: sgd, which needs a larger --lr, such as 0.05, adam, adamw or"
            + " rmsprop (default: adam; rmsprop for wasserstein)."
      })
  OptimizerKind optimizer;

  @Option(
      names = "--lr",
      paramLabel = "RATE",
      description = {"Learning rate of the generator (default: 0.0002; 0.00005 for wasserstein)."})
  Double learningRate;

  @Option(
      names = "--lr-d",
      paramLabel = "RATE",
      description = {
        "Learning rate of the discriminator; it does not follow --lr (default: 0.0002; 0.00005 for"
            + " wasserstein)."
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
      names = "--r1-every",
      paramLabel = "N",
      defaultValue = "16",
      description = {
        "Take the penalty every N steps, N times as strong (default: ${DEFAULT-VALUE})."
      })
  int r1Every;

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
    optimizer = settled("--optimizer", optimizer, OptimizerKind.ADAM, WASSERSTEIN_OPTIMIZER);
    learningRate = settled("--lr", learningRate, RATE, WASSERSTEIN_RATE);
    discriminatorLearningRate =
        settled("--lr-d", discriminatorLearningRate, RATE, WASSERSTEIN_RATE);
    weightClip = settled("--clip-weights", weightClip, 0.0, WASSERSTEIN_CLIP);
    criticSteps = settled("--n-critic", criticSteps, 1, WASSERSTEIN_CRITICS);
    updates.settle(optimizer, BETA_1);
  }

  private <T> T settled(String name, T given, T usual, T ofWasserstein) {
    if (given != null) {
      return given;
    }
    if (loss != GanLoss.WASSERSTEIN) {
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
        .r1(r1, r1Every)
        .criticSteps(criticSteps)
        .accumulate(accumulate)
        .ema(ema);
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

package dev.figment.cli;

import dev.figment.device.GanLoss;
import dev.figment.optim.Schedule;
import dev.figment.train.GanConfig;
import dev.figment.train.GanOptimizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/**
 * The options of how a GAN learns. Some defaults depend on other options: {@link #settle} fills in
 * what was not given; what has no meaning stays null.
 */
final class LearningOptions {
  private static final double RATE = 2e-4;
  private static final double BETA_1 = 0.5;
  private static final double BETA_2 = 0.999;
  private static final double MOMENTUM = 0;
  private static final double ADAMW_DECAY = 0.01;
  private static final double SGD_DECAY = 0;

  /** Falls to a tenth that a step schedule has room for. */
  private static final int PARTS = 3;

  // Algorithm 1 of Arjovsky et al., "Wasserstein GAN" (2017).
  private static final GanOptimizer WASSERSTEIN_OPTIMIZER = GanOptimizer.RMSPROP;
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
  GanOptimizer optimizer;

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

  @Option(
      names = "--beta1",
      paramLabel = "B",
      description = "Decay of the mean gradient in adam and adamw (default: " + BETA_1 + ").")
  Double beta1;

  @Option(
      names = "--beta2",
      paramLabel = "B",
      description = "Decay of the mean square in adam and adamw (default: " + BETA_2 + ").")
  Double beta2;

  @Option(
      names = "--momentum",
      paramLabel = "M",
      description = "Share of its velocity that sgd keeps (default: 0).")
  Double momentum;

  @Option(
      names = "--nesterov",
      arity = "0..1",
      fallbackValue = "true",
      hideParamSyntax = true,
      description = "Let sgd look ahead along its momentum (default: false).")
  Boolean nesterov;

  @Option(
      names = "--weight-decay",
      paramLabel = "W",
      description = {
        "Share of a parameter that an update at rate 1 takes off, in adamw, or adds to its"
            + " gradient, in sgd (default: 0.01 in adamw, 0 in sgd)."
      })
  Double weightDecay;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      defaultValue = "constant",
      description = {
        "How the learning rates change: constant, linear or cosine, down to 0, or step, to a tenth"
            + " each time (default: ${DEFAULT-VALUE})."
      })
  Schedule.Kind schedule;

  @Option(
      names = "--schedule-steps",
      paramLabel = "N",
      description = {
        "Steps over which they fall to 0, or between two falls to a tenth (default: all steps; a"
            + " third of them)."
      })
  Long scheduleSteps;

  @Option(
      names = "--warmup",
      paramLabel = "N",
      defaultValue = "0",
      description = {
        "Steps in which the learning rates first rise to what they are (default: ${DEFAULT-VALUE})."
      })
  long warmup;

  @Option(
      names = {"--clip", "--clip-grad"},
      paramLabel = "NORM",
      defaultValue = "0",
      description = {
        "Shorten a network's gradient to this norm where it is longer, 0 for never (default:"
            + " ${DEFAULT-VALUE})."
      })
  double gradientClip;

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
    optimizer = settled("--optimizer", optimizer, GanOptimizer.ADAM, WASSERSTEIN_OPTIMIZER);
    learningRate = settled("--lr", learningRate, RATE, WASSERSTEIN_RATE);
    discriminatorLearningRate =
        settled("--lr-d", discriminatorLearningRate, RATE, WASSERSTEIN_RATE);
    weightClip = settled("--clip-weights", weightClip, 0.0, WASSERSTEIN_CLIP);
    criticSteps = settled("--n-critic", criticSteps, 1, WASSERSTEIN_CRITICS);
    beta1 = where(optimizer.hasBetas(), beta1, () -> BETA_1);
    beta2 = where(optimizer.hasBetas(), beta2, () -> BETA_2);
    momentum = where(optimizer.hasMomentum(), momentum, () -> MOMENTUM);
    nesterov = where(optimizer.hasMomentum(), nesterov, () -> false);
    weightDecay =
        where(
            optimizer.hasWeightDecay(),
            weightDecay,
            () -> optimizer == GanOptimizer.ADAMW ? ADAMW_DECAY : SGD_DECAY);
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

  private static <T> T where(boolean applies, T given, Supplier<T> usual) {
    return given == null && applies ? usual.get() : given;
  }

  /** Fills in the length of the schedule, for a run of so many steps in all. */
  void settleSchedule(long steps) {
    if (schedule != Schedule.Kind.CONSTANT && scheduleSteps == null) {
      scheduleSteps = schedule == Schedule.Kind.STEP ? Math.max(1, steps / PARTS) : steps;
    }
  }

  /** Options, with values, that the loss brought along; once {@link #settle settled}. */
  List<String> presets() {
    return List.copyOf(presets);
  }

  /** The options that one optimizer has and another has not, by name. */
  Map<String, Object> ofOptimizer() {
    Map<String, Object> options = new LinkedHashMap<>();
    options.put("--beta1", beta1);
    options.put("--beta2", beta2);
    options.put("--momentum", momentum);
    options.put("--nesterov", nesterov);
    options.put("--weight-decay", weightDecay);
    return options;
  }

  /** Tells a trainer, once everything is settled. */
  GanConfig.Builder to(GanConfig.Builder config) {
    config
        .loss(loss)
        .labelSmoothing(labelSmoothing)
        .weightClip(bound(weightClip))
        .optimizer(optimizer)
        .learningRates(learningRate, discriminatorLearningRate)
        .schedule(new Schedule(schedule, scheduleSteps == null ? 0 : scheduleSteps, warmup))
        .gradientClip(bound(gradientClip))
        .r1(r1, r1Every)
        .criticSteps(criticSteps)
        .accumulate(accumulate)
        .ema(ema);
    if (optimizer.hasBetas()) {
      config.betas(beta1, beta2);
    }
    if (optimizer.hasMomentum()) {
      config.momentum(momentum, nesterov);
    }
    if (optimizer.hasWeightDecay()) {
      config.weightDecay(weightDecay);
    }
    return config;
  }

  private static double bound(double given) {
    return given == 0 ? Double.POSITIVE_INFINITY : given;
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
        schedule == Schedule.Kind.CONSTANT ? "" : ", %s over %d".formatted(schedule, scheduleSteps),
        criticSteps == 1 ? "" : ", %d discriminator updates a step".formatted(criticSteps));
  }
}

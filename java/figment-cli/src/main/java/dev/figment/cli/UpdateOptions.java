package dev.figment.cli;

import dev.figment.optim.OptimizerKind;
import dev.figment.optim.OptimizerNumbers;
import dev.figment.optim.Schedule;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/**
 * The options of how an optimizer updates networks, the same for every model. {@link #settle} fills
 * in what was not given; what has no meaning with the optimizer stays null.
 */
final class UpdateOptions {
  static final double BETA_2 = 0.999;
  private static final double MOMENTUM = 0;
  private static final double ADAMW_DECAY = 0.01;
  private static final double SGD_DECAY = 0;

  /** Falls to a tenth that a step schedule has room for. */
  private static final int PARTS = 3;

  @Option(
      names = "--beta1",
      paramLabel = "B",
      description = {
        "Decay of the mean gradient in adam and adamw (default: 0.5 for a GAN, 0 for one with"
            + " --loss wasserstein and --gp, else 0.9)."
      })
  Double beta1;

  @Option(
      names = "--beta2",
      paramLabel = "B",
      description = {
        "Decay of the mean square in adam and adamw (default: " + BETA_2 + "; 0.9 for a GAN with",
        "--loss wasserstein and --gp)."
      })
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

  private OptimizerKind kind; // that the numbers are settled for

  /**
   * Fills in what was not given.
   *
   * @param usualBeta1 of the model
   */
  void settle(OptimizerKind optimizer, double usualBeta1) {
    kind = optimizer;
    beta1 = where(optimizer.hasBetas(), beta1, () -> usualBeta1);
    beta2 = where(optimizer.hasBetas(), beta2, () -> BETA_2);
    momentum = where(optimizer.hasMomentum(), momentum, () -> MOMENTUM);
    nesterov = where(optimizer.hasMomentum(), nesterov, () -> false);
    weightDecay =
        where(
            optimizer.hasWeightDecay(),
            weightDecay,
            () -> optimizer == OptimizerKind.ADAMW ? ADAMW_DECAY : SGD_DECAY);
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

  /** The optimizer that the numbers are settled for. */
  OptimizerKind kind() {
    return kind;
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

  /** The numbers for an optimizer; 0 where it has none. */
  OptimizerNumbers numbers() {
    return new OptimizerNumbers(
        orZero(beta1),
        orZero(beta2),
        orZero(momentum),
        Boolean.TRUE.equals(nesterov),
        orZero(weightDecay));
  }

  private static double orZero(Double number) {
    return number == null ? 0 : number;
  }

  /** The course of the learning rates. */
  Schedule course() {
    return new Schedule(schedule, scheduleSteps == null ? 0 : scheduleSteps, warmup);
  }

  /** What an option that 0 turns off bounds a number by. */
  static double bound(double given) {
    return given == 0 ? Double.POSITIVE_INFINITY : given;
  }

  /** What a summary adds of the schedule. */
  String scheduleSummary() {
    return schedule == Schedule.Kind.CONSTANT
        ? ""
        : ", %s over %d".formatted(schedule, scheduleSteps);
  }
}

package dev.figment.cli;

import dev.figment.optim.OptimizerKind;
import dev.figment.optim.Schedule;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Refuses values that no training can have, before anything is loaded. */
final class OptionLimits {
  /** Processors of this machine that the process may use. */
  static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

  private final CommandLine command;

  OptionLimits(CommandLine command) {
    this.command = command;
  }

  /** Refuses what is out of range, of options that are {@link LearningOptions#settle settled}. */
  void check(GanOptions options) {
    atLeastOne("--steps", options.steps);
    atLeastOne("--epochs", options.epochs);
    atLeastOne("--batch", options.batch);
    atLeastOne("--latent", options.latent);
    atLeastOne("--width", options.width);
    atLeastOne("--log-every", options.logEvery);
    atLeastOne("--sample-every", options.sampleEvery);
    atLeastOne("--checkpoint-every", options.checkpointEvery);
    check(options.images);
    check(options.learning);
  }

  void check(DataOptions options) {
    if (options.imageSize != null && (options.imageSize < 8 || options.imageSize > 1024)) {
      throw new ParameterException(
          command, "--image-size %d was asked for; give 8 to 1024.".formatted(options.imageSize));
    }
    if (options.channels != null && options.channels != 1 && options.channels != 3) {
      throw new ParameterException(
          command,
          "--channels %d was asked for; give 1 (grey) or 3 (colour).".formatted(options.channels));
    }
    if (options.shift < 0) {
      throw new ParameterException(
          command, "--shift %d was asked for; give 0 or more pixels.".formatted(options.shift));
    }
  }

  private void check(LearningOptions options) {
    rate("--lr", options.learningRate);
    rate("--lr-d", options.discriminatorLearningRate);
    atLeastOne("--n-critic", options.criticSteps);
    atLeastOne("--accumulate", options.accumulate);
    share("--label-smoothing", options.labelSmoothing);
    share("--ema", options.ema);
    notNegative("--clip-weights", options.weightClip);
    notNegative("--r1", options.r1);
    notNegative("--gp", options.gp);
    atLeastOne("--penalty-every", options.penaltyEvery);
    penalties(options);
    if (options.labelSmoothing != 0 && !options.loss.hasTargets()) {
      throw new ParameterException(
          command,
          "--label-smoothing %s was given and --loss %s has no target to smooth; leave it out, or give --loss minimax, non-saturating or least-squares."
              .formatted(options.labelSmoothing, options.loss));
    }
    check(options.updates);
  }

  /** Refuses numbers that are out of range or that the optimizer has not. */
  void check(UpdateOptions options) {
    atLeastOne("--schedule-steps", options.scheduleSteps);
    share("--beta1", options.beta1);
    share("--beta2", options.beta2);
    share("--momentum", options.momentum);
    notNegative("--clip-grad", options.gradientClip);
    notNegative("--weight-decay", options.weightDecay);
    notNegative("--warmup", options.warmup);
    OptimizerKind optimizer = options.kind();
    applies("--beta1", options.beta1, optimizer, OptimizerKind::hasBetas);
    applies("--beta2", options.beta2, optimizer, OptimizerKind::hasBetas);
    applies("--momentum", options.momentum, optimizer, OptimizerKind::hasMomentum);
    applies("--nesterov", options.nesterov, optimizer, OptimizerKind::hasMomentum);
    applies("--weight-decay", options.weightDecay, optimizer, OptimizerKind::hasWeightDecay);
    if (Boolean.TRUE.equals(options.nesterov) && options.momentum == 0) {
      throw new ParameterException(
          command, "--nesterov was given without a momentum; give --momentum 0.9, for example.");
    }
    if (options.schedule == Schedule.Kind.CONSTANT && options.scheduleSteps != null) {
      throw new ParameterException(
          command,
          "--schedule-steps %d was given and --schedule constant has none; leave it out, or give --schedule linear, cosine or step."
              .formatted(options.scheduleSteps));
    }
  }

  private void penalties(LearningOptions options) {
    if (options.r1 > 0 && options.gp > 0) {
      throw new ParameterException(
          command,
          "--r1 %s and --gp %s are both penalties on the discriminator's gradient; give one of them."
              .formatted(options.r1, options.gp));
    }
    if (options.penaltyEvery != null && options.r1 == 0 && options.gp == 0) {
      throw new ParameterException(
          command,
          "--penalty-every %d was given without a penalty; leave it out, or give --r1 10 or --gp 10, for example."
              .formatted(options.penaltyEvery));
    }
    if (options.spectralNorm && options.weightClip > 0) {
      throw new ParameterException(
          command,
          "--clip-weights %s was given with --spectral-norm, which undoes what it does to weights; leave one of them out."
              .formatted(options.weightClip));
    }
  }

  private void applies(
      String name, Object value, OptimizerKind optimizer, Predicate<OptimizerKind> has) {
    if (value != null && !has.test(optimizer)) {
      String others =
          Arrays.stream(OptimizerKind.values())
              .filter(has)
              .map(OptimizerKind::toString)
              .collect(Collectors.joining(" or "));
      throw new ParameterException(
          command,
          "%s %s was given and --optimizer %s has no such number; leave it out, or give --optimizer %s."
              .formatted(name, value, optimizer, others));
    }
  }

  void share(String name, Double value) {
    if (value != null && !(value >= 0 && value < 1)) {
      throw new ParameterException(
          command, "%s %s was asked for; give 0 to less than 1.".formatted(name, value));
    }
  }

  void notNegative(String name, Number value) {
    if (value != null
        && !(value.doubleValue() >= 0 && value.doubleValue() < Double.POSITIVE_INFINITY)) {
      throw new ParameterException(
          command, "%s %s was asked for; give 0 or more.".formatted(name, value));
    }
  }

  /** Refuses a schedule that does not fit the steps to train in all. */
  void checkSchedule(UpdateOptions options, long steps) {
    if (!options.schedule.ends()) {
      return;
    }
    if (options.warmup >= options.scheduleSteps) {
      throw new ParameterException(
          command,
          "--warmup %d is no less than the %d steps of --schedule %s; give fewer of them."
              .formatted(options.warmup, options.scheduleSteps, options.schedule));
    }
    if (steps > options.scheduleSteps) {
      throw new ParameterException(
          command,
          "%d steps were asked for and --schedule %s ends at a learning rate of 0 after %d; give as many at most, or start another run with --schedule-steps %d."
              .formatted(steps, options.schedule, options.scheduleSteps, steps));
    }
  }

  /** The threads to use: all that there are unless told otherwise. */
  int threads(Integer asked) {
    if (asked == null) {
      return PROCESSORS;
    }
    atLeastOne("--threads", asked);
    if (asked > PROCESSORS) {
      throw new ParameterException(
          command,
          "--threads %d was asked for and this machine has %d processors; give --threads %d or less."
              .formatted(asked, PROCESSORS, PROCESSORS));
    }
    return asked;
  }

  /** A sentence on options that do not go together. */
  ParameterException refusal(String sentence) {
    return new ParameterException(command, sentence);
  }

  void atLeastOne(String name, Number value) {
    if (value != null && value.longValue() < 1) {
      throw new ParameterException(
          command, "%s %s was asked for; it must be at least 1.".formatted(name, value));
    }
  }

  void rate(String name, double value) {
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new ParameterException(
          command,
          "%s %s was asked for; a learning rate is a number above 0.".formatted(name, value));
    }
  }
}

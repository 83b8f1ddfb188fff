package dev.figment.cli;

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

  /** Refuses what is out of range. */
  void check(GanOptions options) {
    atLeastOne("--steps", options.steps);
    atLeastOne("--epochs", options.epochs);
    atLeastOne("--batch", options.batch);
    atLeastOne("--latent", options.latent);
    atLeastOne("--width", options.width);
    atLeastOne("--n-critic", options.criticSteps);
    atLeastOne("--log-every", options.logEvery);
    atLeastOne("--sample-every", options.sampleEvery);
    atLeastOne("--checkpoint-every", options.checkpointEvery);
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
    rate("--lr", options.learningRate);
    rate("--lr-d", options.discriminatorLearningRate);
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

  private void atLeastOne(String name, Number value) {
    if (value != null && value.longValue() < 1) {
      throw new ParameterException(
          command, "%s %s was asked for; it must be at least 1.".formatted(name, value));
    }
  }

  private void rate(String name, double value) {
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new ParameterException(
          command,
          "%s %s was asked for; a learning rate is a number above 0.".formatted(name, value));
    }
  }
}

package dev.figment.cli;

import dev.figment.optim.OptimizerKind;
import dev.figment.train.ConfigBuilder;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of what updates a VAE's networks, the same for images and sequences. */
final class OptimizerOptions {
  private static final double BETA_1 = 0.9;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      defaultValue = "adam",
      description = {
        "What updates the networks: sgd, which needs another --lr, adam, adamw or rmsprop (default:"
            + " ${DEFAULT-VALUE})."
      })
  OptimizerKind optimizer;

  @Option(
      names = "--lr",
      paramLabel = "RATE",
      description = "Learning rate (default: ${DEFAULT-VALUE}).")
  double learningRate;

  @Mixin UpdateOptions updates;

  @Option(
      names = "--accumulate",
      paramLabel = "N",
      defaultValue = "1",
      description = "Batches whose gradients make one update (default: ${DEFAULT-VALUE}).")
  int accumulate;

  /**
   * @param usualRate the default of --lr
   */
  OptimizerOptions(double usualRate) {
    learningRate = usualRate;
  }

  /** Fills in what was not given. */
  void settle() {
    updates.settle(optimizer, BETA_1);
  }

  void check(OptionLimits limits) {
    limits.check(updates);
    limits.atLeastOne("--accumulate", accumulate);
    limits.rate("--lr", learningRate);
  }

  /** A configuration with these updates; once everything is settled. */
  <B extends ConfigBuilder<B>> B to(B config) {
    return config
        .accumulate(accumulate)
        .optimizer(optimizer, updates.numbers())
        .learningRate(learningRate)
        .schedule(updates.course())
        .gradientClip(UpdateOptions.bound(updates.gradientClip));
  }

  /** In a few words. */
  String summary() {
    return "%s, learning rate %s%s"
        .formatted(optimizer, ConfigFile.plain(learningRate), updates.scheduleSummary());
  }
}

package dev.figment.cli;

import dev.figment.train.KlTerm;
import picocli.CommandLine.Option;

/** The options of how a recurrent VAE's loss weighs the KL. */
final class KlOptions {
  @Option(
      names = "--beta",
      paramLabel = "B",
      defaultValue = "1",
      description = "Weight of the KL in the loss (default: ${DEFAULT-VALUE}).")
  double beta;

  @Option(
      names = "--beta-warmup",
      paramLabel = "N",
      description = {
        "Steps in which that weight first rises from 0 (default: half of --beta-cycle; 1000 without"
            + " one)."
      })
  Long betaWarmup;

  @Option(
      names = "--beta-cycle",
      paramLabel = "N",
      defaultValue = "0",
      description = {
        "Steps after which it begins to rise again, 0 for never (default: ${DEFAULT-VALUE})."
      })
  long betaCycle;

  @Option(
      names = "--free-bits",
      paramLabel = "NATS",
      defaultValue = "0",
      description = {
        "Nats that each dimension may take at no cost; 0.1 is usual (default: ${DEFAULT-VALUE})."
      })
  double freeBits;

  /**
   * Fills in what was not given.
   *
   * @param usualWarmup where there is no cycle
   */
  void settle(long usualWarmup) {
    if (betaWarmup == null) {
      betaWarmup = betaCycle > 0 ? betaCycle / 2 : usualWarmup;
    }
  }

  void check(OptionLimits limits) {
    limits.notNegative("--beta", beta);
    limits.notNegative("--beta-warmup", betaWarmup);
    limits.notNegative("--beta-cycle", betaCycle);
    limits.notNegative("--free-bits", freeBits);
    if (betaCycle > 0 && betaWarmup > betaCycle) {
      throw limits.refusal(
          "--beta-warmup %d is longer than --beta-cycle %d; give less, or leave it out, which makes it half of that."
              .formatted(betaWarmup, betaCycle));
    }
  }

  KlTerm term() {
    return new KlTerm(beta, betaWarmup, betaCycle, freeBits, 0, 0);
  }
}

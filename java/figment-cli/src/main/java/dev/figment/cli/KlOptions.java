package dev.figment.cli;

import dev.figment.train.KlTerm;
import picocli.CommandLine.Option;

/** The options of how a VAE's loss weighs the KL, the same for images and sequences. */
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
        "Steps in which that weight first rises from 0 (default: half of --beta-cycle; without one 0,"
            + " of a recurrent VAE 1000, of text 100)."
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
      description = {
        "Nats that each dimension may take at no cost; 0.1 is usual (default: 0; of text 0.5)."
      })
  Double freeBits;

  /**
   * Fills in what was not given.
   *
   * @param usualWarmup where there is no cycle
   * @param usualFreeBits of the model
   */
  void settle(long usualWarmup, double usualFreeBits) {
    if (betaWarmup == null) {
      betaWarmup = betaCycle > 0 ? betaCycle / 2 : usualWarmup;
    }
    if (freeBits == null) {
      freeBits = usualFreeBits;
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

  /**
   * The term, once everything is settled.
   *
   * @param capacity nats that the whole KL is held at; 0 for none
   * @param capacitySteps steps of the capacity's rise
   */
  KlTerm term(double capacity, long capacitySteps) {
    return new KlTerm(beta, betaWarmup, betaCycle, freeBits, capacity, capacitySteps);
  }
}

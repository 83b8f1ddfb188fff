package dev.figment.cli;

import dev.figment.train.KlTerm;
import dev.figment.train.VaeConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** What a VAE is trained on: the options of {@link VaeOptions} that weigh its terms. */
final class VaeLossOptions {
  @Option(
      names = "--beta",
      paramLabel = "B",
      defaultValue = "1",
      description = "Weight of the KL in the loss (default: ${DEFAULT-VALUE}).")
  private double beta;

  @Option(
      names = "--beta-warmup",
      paramLabel = "N",
      description = {
        "Steps in which that weight first rises from 0 (default: 0; half of --beta-cycle)."
      })
  private Long betaWarmup;

  @Option(
      names = "--beta-cycle",
      paramLabel = "N",
      defaultValue = "0",
      description = {
        "Steps after which it begins to rise again, 0 for never (default: ${DEFAULT-VALUE})."
      })
  private long betaCycle;

  @Option(
      names = "--free-bits",
      paramLabel = "NATS",
      defaultValue = "0",
      description = {
        "Nats that each dimension may take at no cost; 0.1 is usual (default: ${DEFAULT-VALUE})."
      })
  private double freeBits;

  @Option(
      names = "--capacity",
      paramLabel = "NATS",
      defaultValue = "0",
      description = {
        "Hold the whole KL at so many nats, --beta being the weight of its distance from them; 0"
            + " for not (default: ${DEFAULT-VALUE})."
      })
  private double capacity;

  @Option(
      names = "--capacity-steps",
      paramLabel = "N",
      defaultValue = "0",
      description = {"Steps in which the capacity rises from 0 (default: ${DEFAULT-VALUE})."})
  private long capacitySteps;

  @Option(
      names = "--iwae",
      paramLabel = "K",
      defaultValue = "1",
      description = {
        "Train on the importance-weighted bound of K latents an image, 5 to 50 are usual, in place"
            + " of reconstruction and KL; each costs a pass of the decoder (default:"
            + " ${DEFAULT-VALUE}, which does not)."
      })
  private int samples;

  @Option(
      names = "--adversarial",
      paramLabel = "WEIGHT",
      defaultValue = "0",
      description = {
        "Add a discriminator, a VAE-GAN: what it sees of reconstructions and its verdict on samples"
            + " count so much in the loss; 1 to 10 is usual, 0 for none (default:"
            + " ${DEFAULT-VALUE})."
      })
  private double adversarial;

  /** Gives what was not told the number that follows from the rest. */
  void settle() {
    betaWarmup = betaWarmup == null ? Long.valueOf(betaCycle / 2) : betaWarmup;
  }

  /** A configuration with these terms; once everything is settled. */
  VaeConfig.Builder to(VaeConfig.Builder config) {
    return config
        .kl(new KlTerm(beta, betaWarmup, betaCycle, freeBits, capacity, capacitySteps))
        .samples(samples)
        .adversarial(adversarial);
  }

  /** In a few words. */
  String summary() {
    String bound =
        samples == 1
            ? "beta " + ConfigFile.plain(beta)
            : "importance-weighted bound of %d latents".formatted(samples);
    return adversarial == 0
        ? bound
        : bound + ", a discriminator of weight " + ConfigFile.plain(adversarial);
  }

  /**
   * Refuses what is out of range and terms that do not go together.
   *
   * @param learned whether the decoder says each pixel's variance
   */
  void check(OptionLimits limits, boolean learned) {
    limits.notNegative("--beta", beta);
    limits.notNegative("--beta-warmup", betaWarmup);
    limits.notNegative("--beta-cycle", betaCycle);
    limits.notNegative("--free-bits", freeBits);
    limits.notNegative("--capacity", capacity);
    limits.notNegative("--capacity-steps", capacitySteps);
    limits.atLeastOne("--iwae", samples);
    limits.notNegative("--adversarial", adversarial);
    checkTogether(limits);
    checkWeighted(limits);
    if (adversarial > 0 && learned) {
      throw limits.refusal(
          "--adversarial %s was given with --variance learned, and the discriminator sees no variance; give a number, 0.01 for example."
              .formatted(ConfigFile.plain(adversarial)));
    }
  }

  private void checkTogether(OptionLimits limits) {
    if (betaCycle > 0 && betaWarmup > betaCycle) {
      throw limits.refusal(
          "--beta-warmup %d is longer than --beta-cycle %d; give less, or leave it out, which makes it half of that."
              .formatted(betaWarmup, betaCycle));
    }
    if (freeBits > 0 && capacity > 0) {
      throw limits.refusal(
          "--free-bits %s and --capacity %s were given, and each sets what the latent may say; leave one out."
              .formatted(freeBits, capacity));
    }
    if (capacity == 0 && capacitySteps > 0) {
      throw limits.refusal(
          "--capacity-steps %d was given without --capacity; give a capacity, 25 for example, or leave it out."
              .formatted(capacitySteps));
    }
  }

  private void checkWeighted(OptionLimits limits) {
    if (samples == 1) {
      return;
    }
    Map<String, Boolean> given = new LinkedHashMap<>();
    given.put("--adversarial", adversarial > 0);
    given.put("--beta", beta != 1);
    given.put("--beta-warmup", betaWarmup > 0);
    given.put("--beta-cycle", betaCycle > 0);
    given.put("--free-bits", freeBits > 0);
    given.put("--capacity", capacity > 0);
    given.forEach(
        (name, does) -> {
          if (does) {
            throw limits.refusal(
                "--iwae %d was given with %s, and its bound has no terms to weigh; leave one of them out."
                    .formatted(samples, name));
          }
        });
  }
}

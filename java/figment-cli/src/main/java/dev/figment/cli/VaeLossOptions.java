package dev.figment.cli;

import dev.figment.train.VaeConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a VAE is trained on: the options of {@link VaeOptions} that weigh its terms. */
final class VaeLossOptions {
  @Mixin private KlOptions kl;

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
    kl.settle(0, 0);
  }

  /** A configuration with these terms; once everything is settled. */
  VaeConfig.Builder to(VaeConfig.Builder config) {
    return config.kl(kl.term(capacity, capacitySteps)).samples(samples).adversarial(adversarial);
  }

  /** In a few words. */
  String summary() {
    String bound =
        samples == 1
            ? "beta " + ConfigFile.plain(kl.beta)
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
    kl.check(limits);
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
    if (kl.freeBits > 0 && capacity > 0) {
      throw limits.refusal(
          "--free-bits %s and --capacity %s were given, and each sets what the latent may say; leave one out."
              .formatted(kl.freeBits, capacity));
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
    given.put("--beta", kl.beta != 1);
    given.put("--beta-warmup", kl.betaWarmup > 0);
    given.put("--beta-cycle", kl.betaCycle > 0);
    given.put("--free-bits", kl.freeBits > 0);
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

package dev.figment.train;

import dev.figment.device.FigmentException;
import dev.figment.device.Likelihood;
import dev.figment.model.VaeArchitecture;
import dev.figment.optim.UpdateRule;

/**
 * Everything that decides what a VAE's training computes, the data and the device aside.
 *
 * @param architecture the networks and the likelihood
 * @param binarize whether each pixel is drawn anew every time, 1 with its grey value as probability
 *     (dynamic binarisation: Salakhutdinov and Murray, 2008)
 * @param batch images of one pass
 * @param accumulate batches whose gradients make one update
 * @param seed of every random number
 * @param kl how the loss weighs the KL
 * @param samples latents an image: 1 trains on the evidence lower bound, K on the bound that weighs
 *     K by importance (Burda et al., 2016)
 * @param adversarial the weight of a discriminator's terms, which make it a VAE-GAN (Larsen et al.,
 *     2016); 0 for no discriminator
 * @param update of both networks, and of the discriminator
 */
public record VaeConfig(
    VaeArchitecture architecture,
    boolean binarize,
    int batch,
    int accumulate,
    long seed,
    KlTerm kl,
    int samples,
    double adversarial,
    UpdateRule update) {
  public VaeConfig {
    if (batch < 1 || accumulate < 1) {
      throw new FigmentException(
          "A batch of %d and %d batches an update were asked for; each must be at least 1."
              .formatted(batch, accumulate));
    }
    if (samples < 1) {
      throw new FigmentException(
          "%d latents an image were asked for; there must be at least 1.".formatted(samples));
    }
    if (samples > 1 && !kl.equals(KlTerm.PLAIN)) {
      throw new FigmentException(
          "The importance-weighted bound of %d latents was asked for with %s; it has no KL to weigh: leave one of them out."
              .formatted(samples, kl));
    }
    if (!(adversarial >= 0 && adversarial < Double.POSITIVE_INFINITY)) {
      throw new FigmentException(
          "A discriminator of weight %s was asked for; give a number of at least 0, 0 for none."
              .formatted(adversarial));
    }
    if (adversarial > 0
        && (samples > 1 || architecture.likelihood().kind() == Likelihood.Kind.GAUSSIAN_LEARNED)) {
      throw new FigmentException(
          "A discriminator was asked for with %s; it judges one image a reconstruction, of a Bernoulli or a Gaussian of fixed variance: leave one of them out."
              .formatted(samples > 1 ? samples + " latents an image" : "a learned variance"));
    }
    if (binarize && architecture.likelihood().kind() != Likelihood.Kind.BERNOULLI) {
      throw new FigmentException(
          "Binarized images were asked for with a Gaussian likelihood; zeros and ones are Bernoulli: leave the binarization out or take a Bernoulli likelihood.");
    }
  }

  /** Starts from the defaults. */
  public static Builder of(VaeArchitecture architecture) {
    return new Builder(architecture);
  }

  /** What decides a step beside sizes, seed and optimizer's name, for a checkpoint. */
  String training() {
    return "%s, samples %d, adversarial %s, accumulate %d, %s"
        .formatted(kl, samples, adversarial, accumulate, update);
  }

  /** A configuration in the making; what is not told is the default. */
  public static final class Builder extends ConfigBuilder<Builder> {
    private final VaeArchitecture architecture;
    private boolean binarize;
    private KlTerm kl = KlTerm.PLAIN;
    private int samples = 1;
    private double adversarial;

    private Builder(VaeArchitecture architecture) {
      super(128, 0.9, 1e-3);
      this.architecture = architecture;
    }

    @Override
    Builder self() {
      return this;
    }

    /** Whether pixels are drawn anew every time. */
    public Builder binarize(boolean drawn) {
      binarize = drawn;
      return this;
    }

    /** How the loss weighs the KL. */
    public Builder kl(KlTerm term) {
      kl = term;
      return this;
    }

    /** Latents an image. */
    public Builder samples(int latents) {
      samples = latents;
      return this;
    }

    /** The weight of a discriminator's terms; 0 for none. */
    public Builder adversarial(double weight) {
      adversarial = weight;
      return this;
    }

    public VaeConfig build() {
      return new VaeConfig(
          architecture, binarize, batch, accumulate, seed, kl, samples, adversarial, update());
    }
  }
}

package dev.figment.bench.libtorch;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** q(z | x), a Gaussian of its own mean and log variance for each number of z: N x latent. */
record Posterior(Tensor mean, Tensor logVariance) {
  private static final Scalar HALF = new Scalar(0.5);
  private static final Scalar ONE = new Scalar(1.0);

  /** Of means, then log variances: N x 2 latent. */
  static Posterior of(Tensor moments, long latent) {
    return new Posterior(moments.narrow(1, 0, latent), moments.narrow(1, latent, latent));
  }

  /** z, from standard normal noise. */
  Tensor sample(Tensor noise) {
    return mean.add(noise.mul(logVariance.mul(HALF).exp()));
  }

  /**
   * Its divergence from N(0, 1), summed over the batch: (variance + mean^2 - 1 - log variance) / 2
   * of each number.
   */
  Tensor kl() {
    return logVariance.exp().add(mean.square()).sub(logVariance).sub(ONE).sum().mul(HALF);
  }
}

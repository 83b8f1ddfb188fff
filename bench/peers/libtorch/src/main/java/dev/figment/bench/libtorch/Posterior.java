package dev.figment.bench.libtorch;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** q(z | x), a Gaussian of its own mean and log variance for each number of z: N x latent. */
record Posterior(Tensor mean, Tensor logVariance) {
  /** Of means, then log variances: N x 2 latent. */
  static Posterior of(Tensor moments, long latent) {
    return new Posterior(moments.narrow(1, 0, latent), moments.narrow(1, latent, latent));
  }

  /** z, from standard normal noise. */
  Tensor sample(Tensor noise) {
    return mean.add(noise.mul(logVariance.mul(half()).exp()));
  }

  /**
   * Its divergence from N(0, 1), summed over the batch: (variance + mean^2 - 1 - log variance) / 2
   * of each number.
   */
  Tensor kl() {
    return logVariance
        .exp()
        .add(mean.square())
        .sub(logVariance)
        .sub(new Scalar(1.0))
        .sum()
        .mul(half());
  }

  /** Made anew: a constant of this class would be made in the first step, and freed at its end. */
  private static Scalar half() {
    return new Scalar(0.5);
  }
}

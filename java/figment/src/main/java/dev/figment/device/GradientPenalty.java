package dev.figment.device;

/** What a discriminator pays for the gradient g of its logit with respect to its input. */
public enum GradientPenalty {
  /**
   * |g|^2 / 2, at real samples. Source: Mescheder, Geiger and Nowozin, "Which Training Methods for
   * GANs do actually Converge?" (2018), R1.
   */
  ZERO_CENTRED,
  /**
   * (|g| - 1)^2, between real and generated samples. Source: Gulrajani et al., "Improved Training
   * of Wasserstein GANs" (2017).
   */
  ONE_CENTRED
}

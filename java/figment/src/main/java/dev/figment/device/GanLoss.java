package dev.figment.device;

import java.util.Locale;

/**
 * What generator and discriminator of a GAN are trained to, on logits. D(x) is the logit's sigmoid
 * where a loss has targets, else the logit itself; s is the label smoothing.
 */
public enum GanLoss {
  /**
   * L_D = -mean((1 - s) log D(real) + s log(1 - D(real))) - mean log(1 - D(fake)), L_G = mean log(1
   * - D(fake)): the game's own value; the generator's gradient fades when D wins. Source:
   * Goodfellow et al., "Generative Adversarial Nets" (2014).
   */
  MINIMAX(true),
  /** L_D as for minimax, L_G = -mean log D(fake): the remedy that the same paper gives. */
  NON_SATURATING(true),
  /**
   * L_D = mean (real - (1 - s))^2 / 2 + mean fake^2 / 2, L_G = mean (fake - 1)^2 / 2, of logits.
   * Source: Mao et al., "Least Squares Generative Adversarial Networks" (2017), a = 0, b = c = 1.
   */
  LEAST_SQUARES(true),
  /**
   * L_D = mean fake - mean real, L_G = -mean fake; the discriminator must be kept Lipschitz by
   * other means. Source: Arjovsky et al., "Wasserstein GAN" (2017).
   */
  WASSERSTEIN(false),
  /**
   * L_D = mean max(0, 1 - real) + mean max(0, 1 + fake), L_G = -mean fake; at the kinks the slope
   * is 0. Source: Lim and Ye, "Geometric GAN" (2017); Miyato et al. (2018).
   */
  HINGE(false);

  private final boolean targets;

  GanLoss(boolean targets) {
    this.targets = targets;
  }

  /**
   * Whether logits are drawn to a target for each label, which label smoothing can move. Where they
   * are, a discriminator's scores are reported as sigmoids of its logits, else as logits.
   */
  public boolean hasTargets() {
    return targets;
  }

  /** As in options and checkpoints: {@code non-saturating}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}

package dev.figment.device;

/**
 * The two losses of Goodfellow et al., "Generative Adversarial Nets" (2014), from logits. Both
 * train the discriminator alike: L_D = -mean log sigmoid(real) - mean log(1 - sigmoid(fake)).
 */
public enum GanLoss {
  /** L_G = mean log(1 - sigmoid(fake)), the game's own value; its gradient fades when D wins. */
  MINIMAX,
  /** L_G = -mean log sigmoid(fake), the published remedy for that. */
  NON_SATURATING
}

package dev.figment.device;

/**
 * Spectral normalisation of weights w, a matrix [rows][columns] of its first axis and the rest. A
 * part of the contract, {@link Kernels}.
 */
public interface SpectralNormKernels {

  /**
   * One step of the power iteration for w's largest singular value sigma: v = w^T u / |w^T u|, u =
   * w v / |w v|, inverse = 1 / |w v|. Between calls u carries the iteration on, so that sigma = u^T
   * w v follows weights that change slowly. Where w^T u or w v is 0 (below 1e-12), v is 0, u stays
   * and inverse is 1. Source: Miyato et al., "Spectral Normalization for Generative Adversarial
   * Networks" (2018), algorithm 1.
   *
   * @param inverse [1] = 1 / sigma
   * @param u [rows], the left singular vector, updated in place
   * @param v [columns], the right one
   */
  void spectralNorm(Tensor inverse, Tensor u, Tensor v, Tensor w);

  /**
   * Turns a gradient g with respect to w / sigma into that with respect to w, where sigma = u^T w v
   * and u and v are held: (g - s u v^T) / sigma, s being the sum of g's elements times those of w /
   * sigma; for a change e of w changes w / sigma by e / sigma - w / sigma^2 u^T e v. It is linear
   * in g, so that gradients may be added up before. Source: the same, equations 9 and 10.
   *
   * @param dw of w's shape, updated in place
   * @param u, v, inverse as {@link #spectralNorm} left them
   */
  void spectralNormBackward(Tensor dw, Tensor w, Tensor u, Tensor v, Tensor inverse);
}

package dev.figment.bench.libtorch;

import org.bytedeco.pytorch.Tensor;

/** What a step draws, data and random numbers: anew, or as a step of ours drew them. */
interface Draws {
  /** A batch of the GAN's images, N x 1 x H x W from -1 to 1. */
  Tensor images();

  /** A batch of the VAE's pixels, N x 784, each 0 or 1. */
  Tensor pixels();

  /** A batch of the recurrent VAE's windows, T x N x F. */
  Tensor windows();

  /** Standard normal numbers. */
  Tensor normal(String name, long rows, long columns);

  /**
   * Inverted dropout.
   *
   * @param name which
   */
  Tensor dropped(String name, Tensor x, double probability);
}

package dev.figment.bench.dl4j;

import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a step draws, data and random numbers: anew, or as a step of ours drew them. */
interface Draws {
  /** A batch of the GAN's images, N x 1 x H x W from -1 to 1. */
  INDArray images();

  /** A batch of the VAE's pixels, N x 784, each 0 or 1. */
  INDArray pixels();

  /** Standard normal numbers. */
  INDArray normal(String name, long rows, long columns);

  /**
   * Inverted dropout of the discriminator.
   *
   * @param layer whose output it is, from 1
   */
  IDropout dropout(int layer, double probability);
}

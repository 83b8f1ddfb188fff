package dev.figment.bench.dl4j;

import org.nd4j.common.util.ArrayUtil;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** How a tensor of ours lies in DL4J, whose images are channels-first. */
enum Layout {
  /** A matrix A x B to B x A; a vector to a row. */
  DENSE(1, 0) {
    @Override
    long[] view(long[] shape) {
      return new long[] {shape[0], -1};
    }
  },
  /** A x H x W x B: images, and weights of convolutions, to A x B x H x W. */
  IMAGES(0, 3, 1, 2) {
    @Override
    long[] view(long[] shape) {
      return shape;
    }
  },
  /** A dense layer from a flattened image of 7 x 7 x C: A x (7 7 C) to (C 7 7) x A. */
  FROM_IMAGE(3, 1, 2, 0) {
    @Override
    long[] view(long[] shape) {
      return new long[] {shape[0], SIDE, SIDE, -1};
    }
  },
  /** A dense layer to an image of 7 x 7 x C, its weight or its bias: (7 7 C) x B to B x (C 7 7). */
  TO_IMAGE(3, 2, 0, 1) {
    @Override
    long[] view(long[] shape) {
      return new long[] {SIDE, SIDE, shape[0] / (SIDE * SIDE), -1};
    }
  };

  /** Of the smallest image. */
  static final long SIDE = 7;

  private final int[] order; // of the dimensions of the view

  Layout(int... order) {
    this.order = order;
  }

  /** The dimensions of ours that change places, from its shape; -1 is the rest. */
  abstract long[] view(long[] shape);

  /** That of another parameter of a layer whose weight has this one. */
  Layout of(long[] shape) {
    return shape.length > 1 || this == TO_IMAGE ? this : DENSE;
  }

  /** Ours in DL4J's order; dimensions that belong together are still apart. */
  INDArray toDl4j(INDArray ours) {
    return ours.reshape('c', view(ours.shape())).permute(order);
  }

  /**
   * The way back.
   *
   * @param shape of ours
   */
  float[] toOurs(INDArray dl4j, long[] shape) {
    INDArray like = toDl4j(Nd4j.create(shape));
    return dl4j.dup('c')
        .reshape('c', like.shape())
        .permute(ArrayUtil.invertPermutation(order))
        .dup('c')
        .data()
        .asFloat();
  }
}

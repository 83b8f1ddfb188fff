package dev.figment.bench.libtorch;

import org.bytedeco.pytorch.Tensor;

/**
 * How a tensor of ours lies in libtorch, whose images are channels-first. All images are mirrored,
 * too: our 'same' padding of an even side has its odd row at the end, while libtorch pads both ends
 * alike, which leaves the odd row at the beginning. A mirrored network is the same network.
 */
enum Layout {
  /** As it is. */
  PLAIN {
    @Override
    Tensor toTorch(Tensor ours) {
      return ours;
    }

    @Override
    Tensor toOurs(Tensor torch, long[] shape) {
      return torch;
    }
  },
  /** A x H x W x B: images, and weights of convolutions, to A x B x H x W. */
  IMAGES {
    @Override
    Tensor toTorch(Tensor ours) {
      return ours.flip(1, 2).permute(0, 3, 1, 2).contiguous();
    }

    @Override
    Tensor toOurs(Tensor torch, long[] shape) {
      return torch.permute(0, 2, 3, 1).flip(1, 2).contiguous();
    }
  },
  /** A dense layer from a flattened image of 7 x 7 x C: A x (7 7 C) to A x (C 7 7). */
  FROM_IMAGE {
    @Override
    Tensor toTorch(Tensor ours) {
      return IMAGES.toTorch(ours.reshape(rows(ours), SIDE, SIDE, -1)).reshape(rows(ours), -1);
    }

    @Override
    Tensor toOurs(Tensor torch, long[] shape) {
      return IMAGES.toOurs(torch.reshape(shape[0], -1, SIDE, SIDE), shape).reshape(shape);
    }
  },
  /** A dense layer to an image of 7 x 7 x C, its weight or its bias: (7 7 C) x B to (C 7 7) x B. */
  TO_IMAGE {
    @Override
    Tensor toTorch(Tensor ours) {
      return ours.reshape(SIDE, SIDE, ours.size(0) / (SIDE * SIDE), -1)
          .flip(0, 1)
          .permute(2, 0, 1, 3)
          .reshape(shape(ours));
    }

    @Override
    Tensor toOurs(Tensor torch, long[] shape) {
      return torch
          .reshape(shape[0] / (SIDE * SIDE), SIDE, SIDE, -1)
          .permute(1, 2, 0, 3)
          .flip(0, 1)
          .reshape(shape);
    }
  };

  private static final long SIDE = 7;

  /** A copy of ours in libtorch's layout. */
  abstract Tensor toTorch(Tensor ours);

  /**
   * The way back.
   *
   * @param shape of ours
   */
  abstract Tensor toOurs(Tensor torch, long[] shape);

  private static long rows(Tensor tensor) {
    return tensor.size(0);
  }

  private static long[] shape(Tensor tensor) {
    return tensor.dim() == 1 ? new long[] {-1} : new long[] {-1, tensor.size(1)};
  }
}

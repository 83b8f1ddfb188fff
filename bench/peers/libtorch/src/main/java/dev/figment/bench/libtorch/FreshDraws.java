package dev.figment.bench.libtorch;

import dev.figment.bench.steps.Noise;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Draws of a timed step. */
final class FreshDraws implements Draws {
  private static final int SIDE = 28;
  private static final Scalar TO_UNIT = new Scalar(1.0 / 255);
  private static final Scalar TO_SYMMETRIC = new Scalar(2.0 / 255);
  private static final Scalar ONE = new Scalar(1.0);

  private final Tensor data = Tensor.create(Noise.pixels(SIDE), false, Noise.IMAGES, 1, SIDE, SIDE);
  private final int batch;
  private int next;

  FreshDraws(int batch) {
    this.batch = batch;
  }

  private Tensor bytes() {
    if (next + batch > Noise.IMAGES) {
      next = 0;
    }
    Tensor bytes = data.narrow(0, next, batch);
    next += batch;
    return bytes;
  }

  @Override
  public Tensor images() {
    return bytes().to(ScalarType.Float).mul_(TO_SYMMETRIC).sub_(ONE);
  }

  @Override
  public Tensor pixels() {
    Tensor grey = bytes().to(ScalarType.Float).mul_(TO_UNIT);
    return torch.bernoulli(grey).reshape(batch, -1);
  }

  @Override
  public Tensor normal(String name, long rows, long columns) {
    return torch.randn(rows, columns);
  }

  @Override
  public Tensor dropped(String name, Tensor x, double probability) {
    return torch.dropout(x, probability, true);
  }
}

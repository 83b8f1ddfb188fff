package dev.figment.bench.libtorch;

import dev.figment.bench.steps.Noise;
import dev.figment.bench.steps.RvaeWorkload;
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

  private final Tensor images =
      Tensor.create(Noise.pixels(SIDE), false, Noise.EXAMPLES, 1, SIDE, SIDE);
  private final Tensor series =
      torch.randn(RvaeWorkload.STEPS, Noise.EXAMPLES, RvaeWorkload.FEATURES);
  private final int batch;
  private int next;

  FreshDraws(int batch) {
    this.batch = batch;
  }

  /** The next batch along a dimension. */
  private Tensor next(Tensor data, int dimension) {
    if (next + batch > Noise.EXAMPLES) {
      next = 0;
    }
    Tensor examples = data.narrow(dimension, next, batch);
    next += batch;
    return examples;
  }

  @Override
  public Tensor images() {
    return next(images, 0).to(ScalarType.Float).mul_(TO_SYMMETRIC).sub_(ONE);
  }

  @Override
  public Tensor pixels() {
    Tensor grey = next(images, 0).to(ScalarType.Float).mul_(TO_UNIT);
    return torch.bernoulli(grey).reshape(batch, -1);
  }

  @Override
  public Tensor windows() {
    return next(series, 1).contiguous();
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

package dev.figment.bench.dl4j;

import dev.figment.bench.steps.Noise;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Draws of a timed step. */
final class FreshDraws implements Draws {
  private static final int SIDE = 28;
  private static final int PIXELS = SIDE * SIDE;

  private final INDArray data =
      Nd4j.createFromArray(Noise.pixels(SIDE))
          .castTo(DataType.UINT8)
          .reshape(Noise.EXAMPLES, PIXELS);
  private final int batch;
  private int next;

  /**
   * @param batch examples of a step
   */
  FreshDraws(int batch) {
    this.batch = batch;
  }

  /** The next batch, from 0 to 255. */
  private INDArray next() {
    if (next + batch > Noise.EXAMPLES) {
      next = 0;
    }
    INDArray bytes = data.get(NDArrayIndex.interval(next, next + batch), NDArrayIndex.all());
    next += batch;
    return bytes.castTo(DataType.FLOAT);
  }

  @Override
  public INDArray images() {
    return next().muli(2.0 / 255).subi(1).reshape(batch, 1, SIDE, SIDE);
  }

  @Override
  public INDArray pixels() {
    INDArray grey = next().divi(255);
    return Nd4j.rand(DataType.FLOAT, batch, PIXELS).lt(grey).castTo(DataType.FLOAT);
  }

  @Override
  public INDArray normal(String name, long rows, long columns) {
    return Nd4j.randn(DataType.FLOAT, rows, columns);
  }

  @Override
  public IDropout dropout(int layer, double probability) {
    return new Dropout(1 - probability); // what it is told is what stays
  }
}

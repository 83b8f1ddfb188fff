package dev.figment.bench.dl4j;

import dev.figment.io.SafetensorsReader;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Draws that a step of ours made, from the start of an example. */
final class RecordedDraws implements Draws {
  private final SafetensorsReader start;

  RecordedDraws(SafetensorsReader start) {
    this.start = start;
  }

  private INDArray tensor(String name) {
    return Nd4j.createFromArray(start.floats(name)).reshape('c', start.shape(name));
  }

  private INDArray images(String name) {
    return Layout.IMAGES.toDl4j(tensor(name)).dup('c');
  }

  @Override
  public INDArray images() {
    return images("batch.images");
  }

  @Override
  public INDArray pixels() {
    return tensor("batch.pixels");
  }

  @Override
  public INDArray normal(String name, long rows, long columns) {
    return tensor("draw." + name);
  }

  @Override
  public IDropout dropout(int layer, double probability) {
    return new Masks(List.of(images("draw.both_" + layer), images("draw.fake_" + layer)));
  }

  /** A mask a pass. */
  private static final class Masks implements IDropout {
    private static final long serialVersionUID = 1;

    private final transient Queue<INDArray> coming;
    private transient INDArray mask; // of the pass

    private Masks(List<INDArray> masks) {
      coming = new ArrayDeque<>(masks);
    }

    @Override
    public INDArray applyDropout(
        INDArray x, INDArray result, int iteration, int epoch, LayerWorkspaceMgr workspaces) {
      mask = coming.remove().reshape('c', x.shape());
      return x.muli(mask, result);
    }

    @Override
    public INDArray backprop(INDArray ofOutput, INDArray ofInput, int iteration, int epoch) {
      return ofOutput.muli(mask, ofInput);
    }

    @Override
    public void clear() {
      mask = null;
    }

    /** Itself: a mask is used once, whoever has it. */
    @Override
    public IDropout clone() {
      return this;
    }
  }
}

package dev.figment.bench.libtorch;

import dev.figment.io.SafetensorsReader;
import org.bytedeco.pytorch.Tensor;

/** Draws that a step of ours made, from the start of an example. */
final class RecordedDraws implements Draws {
  private final SafetensorsReader start;

  RecordedDraws(SafetensorsReader start) {
    this.start = start;
  }

  @Override
  public Tensor images() {
    return TorchNetwork.tensor(start, "batch.images", Layout.IMAGES);
  }

  @Override
  public Tensor pixels() {
    return TorchNetwork.tensor(start, "batch.pixels", Layout.PLAIN);
  }

  @Override
  public Tensor windows() {
    return TorchNetwork.tensor(start, "batch.windows", Layout.PLAIN);
  }

  @Override
  public Tensor normal(String name, long rows, long columns) {
    return TorchNetwork.tensor(start, "draw." + name, Layout.PLAIN);
  }

  @Override
  public Tensor dropped(String name, Tensor x, double probability) {
    return x.mul(TorchNetwork.tensor(start, "draw." + name, Layout.IMAGES));
  }
}

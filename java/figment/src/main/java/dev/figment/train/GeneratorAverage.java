package dev.figment.train;

import dev.figment.data.ImageDataset;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Kernels;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.model.GanArchitecture;
import dev.figment.nn.BatchNorm;
import dev.figment.nn.Layer;
import dev.figment.nn.Network;
import dev.figment.nn.Parameters;
import dev.figment.nn.Pass;
import dev.figment.nn.Randomness;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The exponential moving average of a generator's parameters, which makes steadier images than the
 * parameters themselves (Yazici et al., "The unusual effectiveness of averaging in GAN training",
 * 2019). Averaged weights see other activations than any weights that were trained, so the
 * statistics of their batch norms are measured anew, over batches whose latents the seed fixes.
 */
final class GeneratorAverage implements AutoCloseable {
  /** Batches that statistics are measured on. */
  static final int STATISTICS_BATCHES = 16;

  private final Kernels kernels;
  private final Parameters trained;
  private final double decay;
  private final Network network;
  private final Randomness randomness;
  private final Pass pass;
  private final Tensor updates;
  private final Tensor statistics; // the sum over batches
  private final Tensor labels; // of the batches one after another; null without labels
  private final Resources resources = new Resources();

  /**
   * Starts at the generator's present parameters.
   *
   * @param batch latents of a batch that statistics are measured on
   * @param decay of the average, in (0, 1)
   * @param data whose labels those batches have, as often as they are, where the generator takes
   *     labels
   */
  GeneratorAverage(
      Device device,
      Network generator,
      GanArchitecture architecture,
      int batch,
      long seed,
      double decay,
      ImageDataset data) {
    kernels = device.kernels();
    trained = generator.parameters();
    this.decay = decay;
    try {
      randomness = resources.own(new Randomness(device, seed));
      network =
          resources.own(
              new Network(
                  device, randomness, generator.inputShape(), measuring(architecture.generator())));
      pass = resources.own(network.pass(batch).training().build());
      updates = resources.own(device.allocate(DataType.INT32, Shape.of(1)));
      statistics = resources.own(device.allocate(DataType.REAL, kept().shape()));
      labels = architecture.conditional() ? resources.own(labels(device, batch, data)) : null;
      kernels.copy(network.parameters().values(), trained.values());
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  /** The layers with batch norms whose running statistics are those of the last batch. */
  private static List<Layer> measuring(List<Layer> layers) {
    return layers.stream()
        .map(
            layer ->
                layer instanceof BatchNorm norm
                    ? new BatchNorm(0, norm.epsilon(), norm.activation())
                    : layer)
        .toList();
  }

  private Tensor labels(Device device, int batch, ImageDataset data) {
    int count = Math.multiplyExact(STATISTICS_BATCHES, batch);
    Tensor drawn = device.allocate(DataType.INT32, Shape.of(count));
    drawn.write(data.labelsInRandomOrder(count, RandomStream.STATISTICS, randomness.seed()));
    return drawn;
  }

  private Tensor kept() {
    return network.parameters().kept();
  }

  /** Takes the generator's present parameters in; kernel calls alone. */
  void update() {
    kernels.ema(network.parameters().values(), trained.values(), updates, decay);
    kernels.increment(updates);
  }

  /** Sets the statistics to their means over the fixed batches. */
  void measureStatistics() {
    for (int i = 0; i < STATISTICS_BATCHES; i++) {
      randomness.counter().write(i);
      kernels.normal(pass.input(), 0, 1, randomness.stream(RandomStream.STATISTICS));
      if (labels != null) {
        int batch = pass.labels().shape().size(0);
        kernels.copy(pass.labels(), labels.rows(i * batch, batch));
      }
      pass.forward();
      if (i == 0) {
        kernels.copy(statistics, kept());
      } else {
        kernels.add(statistics, statistics, kept());
      }
    }
    kernels.scale(kept(), statistics, 1.0 / STATISTICS_BATCHES);
  }

  /** The averaged generator, for inference. */
  Network network() {
    return network;
  }

  /** What it keeps between steps, by name. */
  Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (String name : network.parameters().names()) {
      state.put(name, network.parameters().value(name));
    }
    state.put("updates", updates);
    return state;
  }

  @Override
  public void close() {
    resources.close();
  }
}

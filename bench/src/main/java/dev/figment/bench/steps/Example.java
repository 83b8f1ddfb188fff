package dev.figment.bench.steps;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.io.SafetensorsWriter;
import dev.figment.nn.Parameters;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One step of gradient descent as two files, for a peer to repeat: what it starts from and what it
 * gives. The start holds the parameters under the names that checkpoints give them, and beside them
 * what the step draws: {@code batch.*}, the data, and {@code draw.*}, random numbers. Its metadata
 * holds the number of examples, {@value #BATCH}, the learning rate of every network and, of every
 * trained parameter, what it is multiplied by. The result holds the trained parameters and the
 * losses, {@value #LOSSES}.
 */
public final class Example {
  /** The name of the losses, in the order of {@link Workload}. */
  public static final String LOSSES = "losses";

  /** The name of the number of examples. */
  public static final String BATCH = "batch";

  private final int batch;
  private final Map<String, Parameters> networks = new LinkedHashMap<>();
  private final SafetensorsWriter start = new SafetensorsWriter();

  /**
   * @param batch examples of the step
   */
  Example(int batch) {
    this.batch = batch;
    start.metadata(BATCH, Integer.toString(batch));
  }

  /**
   * Adds a network as it is when {@link #writeStart} is called.
   *
   * @param rate its learning rate
   */
  Example network(String name, Parameters parameters, double rate) {
    networks.put(name, parameters);
    start.metadata(name, Double.toString(rate));
    for (String parameter : parameters.names()) {
      Tensor value = parameters.value(parameter);
      String key = name + "." + parameter;
      start.floats(key, sizes(value.shape()), value::toFloats);
      if (parameters.isTrained(parameter)) {
        start.metadata(key, Double.toString(rateOf(parameters, value)));
      }
    }
    return this;
  }

  private static double rateOf(Parameters parameters, Tensor value) {
    return parameters.groups().stream()
        .filter(group -> group.offset() <= value.offset())
        .reduce((first, second) -> second) // the last that begins no later
        .orElseThrow()
        .rate();
  }

  /** Adds data or random numbers. */
  Example tensor(String name, Tensor tensor) {
    float[] values = tensor.toFloats();
    start.floats(name, sizes(tensor.shape()), () -> values);
    return this;
  }

  /** Adds the normal numbers that a reparameterization is about to draw, as draw.epsilon. */
  Example noise(Device device, RandomStream stream, int latent) {
    try (Resources resources = new Resources()) {
      // With means and log variances of 0, the latents are the noise.
      Tensor moments = resources.own(device.allocate(DataType.REAL, Shape.of(batch, 2 * latent)));
      Tensor kl = resources.own(device.allocate(DataType.REAL, Shape.of(latent)));
      Tensor noise = resources.own(device.allocate(DataType.REAL, Shape.of(batch, latent)));
      device.kernels().fill(moments, 0);
      device.kernels().reparameterizeForward(noise, kl, moments, stream);
      return tensor("draw.epsilon", noise);
    }
  }

  Example writeStart(Path path) {
    start.write(path);
    return this;
  }

  /** Writes the networks as they are now. */
  void writeResult(Path path, float... losses) {
    SafetensorsWriter result = new SafetensorsWriter();
    networks.forEach(
        (name, parameters) -> {
          for (String parameter : parameters.names()) {
            if (parameters.isTrained(parameter)) {
              Tensor value = parameters.value(parameter);
              result.floats(name + "." + parameter, sizes(value.shape()), value::toFloats);
            }
          }
        });
    result.floats(LOSSES, new long[] {losses.length}, losses::clone);
    result.write(path);
  }

  private static long[] sizes(Shape shape) {
    long[] sizes = new long[shape.rank()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = shape.size(i);
    }
    return sizes;
  }
}

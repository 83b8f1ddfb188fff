package dev.figment.bench.steps;

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
 * holds the learning rate of every network and, of every trained parameter, what it is multiplied
 * by. The result holds the trained parameters and the losses, {@value #LOSSES}.
 */
public final class Example {
  /** The name of the losses, in the order of {@link Workload}. */
  public static final String LOSSES = "losses";

  private final Map<String, Parameters> networks = new LinkedHashMap<>();
  private final SafetensorsWriter start = new SafetensorsWriter();

  Example() {}

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

package dev.figment.nn;

import dev.figment.device.Activation;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A chain of layers with its parameters on a device. It computes nothing itself: {@link #pass}
 * plans a {@link Pass} for a batch size, and a network can hold several at once.
 */
public final class Network implements AutoCloseable {
  /** Steps of the power iteration on initial weights, from an arbitrary vector. */
  private static final int FIRST_ITERATIONS = 15;

  private final Device device;
  private final Randomness randomness;
  private final Shape inputShape;
  private final List<Layer> layers;
  private final List<Shape> shapes;
  private final List<String> prefixes;
  private final Parameters parameters;

  /**
   * Builds the network, neighbouring layers fused where one kernel does both.
   *
   * @param device where it lives
   * @param randomness draws dropout masks
   * @param inputShape of one sample
   * @param layers first to last
   */
  public Network(Device device, Randomness randomness, Shape inputShape, List<Layer> layers) {
    this(device, randomness, inputShape, layers, true);
  }

  Network(
      Device device, Randomness randomness, Shape inputShape, List<Layer> layers, boolean fuse) {
    this.device = device;
    this.randomness = randomness;
    this.inputShape = inputShape;
    this.layers = fuse ? fused(layers) : List.copyOf(layers);
    shapes = new ArrayList<>(List.of(inputShape));
    prefixes = new ArrayList<>();
    Map<String, Integer> kinds = new HashMap<>();
    Map<String, ParameterSpec> specs = new LinkedHashMap<>();
    for (Layer layer : this.layers) {
      Shape input = shapes.get(shapes.size() - 1);
      String prefix = layer.kind() + "_" + kinds.merge(layer.kind(), 1, Integer::sum) + ".";
      prefixes.add(prefix);
      for (ParameterSpec spec : layer.parameters(input)) {
        specs.put(prefix + spec.name(), spec);
      }
      shapes.add(layer.outputShape(input));
    }
    parameters = new Parameters(device, specs);
  }

  /** Draws new initial parameters from the run's randomness. */
  public Network initialise() {
    parameters.initialise(device, randomness.stream(RandomStream.INITIALISATION));
    for (int i = 0; i < FIRST_ITERATIONS; i++) {
      normalise();
    }
    return this;
  }

  /** To be called after each change of the parameters: renews {@link SpectralNorm}'s weights. */
  public void normalise() {
    for (int i = 0; i < layers.size(); i++) {
      if (layers.get(i) instanceof SpectralNorm norm) {
        int layer = i;
        norm.normalise(device.kernels(), name -> value(layer, name));
      }
    }
  }

  /**
   * To be called after the last backward before an update: the gradients are the parameters' then,
   * those of {@link SpectralNorm} too. Gradients that are to be added up are added up before.
   */
  public void finishGradients() {
    for (int i = 0; i < layers.size(); i++) {
      if (layers.get(i) instanceof SpectralNorm norm) {
        int layer = i;
        norm.finishGradient(
            device.kernels(), name -> value(layer, name), name -> gradient(layer, name));
      }
    }
  }

  public Parameters parameters() {
    return parameters;
  }

  public Shape inputShape() {
    return inputShape;
  }

  public Shape outputShape() {
    return shapes.get(shapes.size() - 1);
  }

  /** How many labels its samples may have; 0 where it takes none. */
  public int classes() {
    return layers.stream()
        .filter(LabelEmbedding.class::isInstance)
        .mapToInt(layer -> ((LabelEmbedding) layer).classes())
        .min()
        .orElse(0);
  }

  /**
   * The trained values, flat, but for the table of a label embedding that the network begins with:
   * what decides how much its output changes with its input.
   */
  public Tensor weights() {
    return layers.get(0) instanceof LabelEmbedding
        ? parameters.valuesAfter(prefixes.get(0) + "table")
        : parameters.values();
  }

  /** Whether its first layer can go back through the activation that has made its input. */
  public boolean beginsWithProducts() {
    return !layers.isEmpty() && layers.get(0).ending().isPresent();
  }

  /** The activation of the last layer, where that is one of products; else none. */
  public Activation outputActivation() {
    return layers.isEmpty()
        ? Activation.IDENTITY
        : layers.get(layers.size() - 1).ending().orElse(Activation.IDENTITY);
  }

  /** Begins the plan of a pass over {@code batch} samples. */
  public Pass.Builder pass(int batch) {
    return new Pass.Builder(this, batch);
  }

  Device device() {
    return device;
  }

  Randomness randomness() {
    return randomness;
  }

  List<Layer> layers() {
    return layers;
  }

  /** The shape of a sample before layer {@code index}; the last is the network's output. */
  Shape shape(int index) {
    return shapes.get(index);
  }

  Tensor value(int layer, String name) {
    return parameters.value(prefixes.get(layer) + name);
  }

  Tensor gradient(int layer, String name) {
    return parameters.gradient(prefixes.get(layer) + name);
  }

  /** Fuses from the end, so that an activation goes to the dropout after it where there is one. */
  private static List<Layer> fused(List<Layer> layers) {
    List<Layer> result = new ArrayList<>();
    for (int i = layers.size() - 1; i >= 0; i--) {
      Layer layer = layers.get(i);
      Optional<Layer> both = result.isEmpty() ? Optional.empty() : layer.fusedWith(result.get(0));
      if (both.isPresent()) {
        result.set(0, both.get());
      } else {
        result.add(0, layer);
      }
    }
    return List.copyOf(result);
  }

  /** One line a layer: name, output shape, parameters. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("input " + inputShape);
    for (int i = 0; i < layers.size(); i++) {
      long count =
          layers.get(i).parameters(shapes.get(i)).stream()
              .filter(ParameterSpec::trained)
              .mapToLong(spec -> spec.shape().count())
              .sum();
      String name = prefixes.get(i).substring(0, prefixes.get(i).length() - 1);
      text.append("%n%s %s, %,d parameters".formatted(name, shapes.get(i + 1), count));
    }
    return text.toString();
  }

  @Override
  public void close() {
    parameters.close();
  }

  /** Refuses a tensor that is not {@code batch} samples of {@code sample}. */
  static void check(String what, Tensor tensor, int batch, Shape sample) {
    if (!tensor.shape().equals(sample.batched(batch))) {
      throw new FigmentException(
          "A pass over %d samples takes its %s in shape %s and got %s."
              .formatted(batch, what, sample.batched(batch), tensor.shape()));
    }
  }
}

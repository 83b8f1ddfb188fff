package dev.figment.bench.libtorch;

import dev.figment.io.SafetensorsReader;
import dev.figment.io.SafetensorsWriter;
import dev.figment.optim.UpdateRule;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.Optimizer;
import org.bytedeco.pytorch.OptimizerParamGroup;
import org.bytedeco.pytorch.OptimizerParamGroupVector;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;

/** The parameters of one of our networks in libtorch, and what trains them. */
final class TorchNetwork {
  private record Parameter(Tensor value, Layout layout, long[] shape, double rate) {}

  private final String name;
  private final double rate; // the file's
  private final Map<String, Parameter> trained = new LinkedHashMap<>();
  private final Map<String, Tensor> kept = new LinkedHashMap<>();

  /**
   * Takes a network from the start of an example.
   *
   * @param layouts of its tensors, by name
   */
  TorchNetwork(String name, SafetensorsReader start, Function<String, Layout> layouts) {
    this.name = name;
    rate = Double.parseDouble(start.metadata().get(name));
    for (String key : start.names()) {
      if (key.startsWith(name + ".")) {
        String own = key.substring(name.length() + 1);
        Layout layout = layouts.apply(own);
        Tensor value = tensor(start, key, layout);
        String multiplier = start.metadata().get(key);
        if (multiplier == null) {
          kept.put(own, value);
        } else {
          value.set_requires_grad(true);
          trained.put(
              own, new Parameter(value, layout, start.shape(key), Double.parseDouble(multiplier)));
        }
      }
    }
  }

  /** A tensor of a file, with memory of its own. */
  @SuppressWarnings("try") // the scope works by being there
  static Tensor tensor(SafetensorsReader file, String name, Layout layout) {
    try (PointerScope scope = new PointerScope()) {
      Tensor copy = layout.toTorch(Tensor.create(file.floats(name), file.shape(name))).clone();
      copy.retainReference();
      return copy;
    }
  }

  Tensor value(String parameter) {
    Parameter known = trained.get(parameter);
    return known == null ? kept.get(parameter) : known.value();
  }

  /** As functions take what may be absent. */
  TensorOptional optional(String parameter) {
    Tensor value = value(parameter);
    return value == null ? new TensorOptional() : new TensorOptional(value);
  }

  /** Whether backward passes are to leave gradients of its parameters. */
  void requiresGradients(boolean required) {
    trained.values().forEach(parameter -> parameter.value().set_requires_grad(required));
  }

  /** With its learning rate and its betas. */
  Optimizer adam(UpdateRule rule) {
    AdamOptions options = new AdamOptions(rule.learningRate());
    options.betas().put(rule.numbers().beta1(), rule.numbers().beta2());
    Map<Double, TensorVector> groups = groups();
    return rated(new Adam(vector(groups), options), groups, rule.learningRate());
  }

  /** At the rate of the file. */
  Optimizer gradientDescent() {
    Map<Double, TensorVector> groups = groups();
    return rated(new SGD(vector(groups), new SGDOptions(rate)), groups, rate);
  }

  /** Parameters by what their rate is multiplied by. */
  private Map<Double, TensorVector> groups() {
    Map<Double, TensorVector> groups = new TreeMap<>();
    for (Parameter parameter : trained.values()) {
      groups
          .computeIfAbsent(parameter.rate(), ignored -> new TensorVector())
          .push_back(parameter.value());
    }
    return groups;
  }

  private static OptimizerParamGroupVector vector(Map<Double, TensorVector> groups) {
    OptimizerParamGroupVector vector = new OptimizerParamGroupVector();
    groups.values().forEach(group -> vector.push_back(new OptimizerParamGroup(group)));
    return vector;
  }

  private static Optimizer rated(
      Optimizer optimizer, Map<Double, TensorVector> groups, double learningRate) {
    List<Double> multipliers = new ArrayList<>(groups.keySet());
    for (int i = 0; i < multipliers.size(); i++) {
      optimizer.param_groups().get(i).options().set_lr(learningRate * multipliers.get(i));
    }
    return optimizer;
  }

  /** Adds the trained parameters in our layout. */
  void writeTo(SafetensorsWriter writer) {
    trained.forEach(
        (own, parameter) ->
            writer.floats(name + "." + own, parameter.shape(), () -> inOurLayout(parameter)));
  }

  @SuppressWarnings("try") // the scope works by being there
  private static float[] inOurLayout(Parameter parameter) {
    try (PointerScope scope = new PointerScope()) {
      Tensor ours = parameter.layout().toOurs(parameter.value().detach(), parameter.shape());
      FloatBuffer values = ours.contiguous().createBuffer();
      float[] copy = new float[values.remaining()];
      values.get(copy);
      return copy;
    }
  }
}

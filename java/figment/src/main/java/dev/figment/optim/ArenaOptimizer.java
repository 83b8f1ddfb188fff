package dev.figment.optim;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Kernels;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.nn.Parameters;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What the optimizers share: one launch for each run of parameters that learn at one rate, and the
 * tensors kept between steps. Learning rates live in device memory, so a recorded step can be
 * replayed while they change.
 */
abstract class ArenaOptimizer implements Optimizer {
  private final Device device;
  private final Parameters parameters;
  private final List<Parameters.Group> groups;
  private final Map<String, Tensor> state = new LinkedHashMap<>();
  private final Resources resources = new Resources();
  private final Tensor learningRates; // of each group

  ArenaOptimizer(Device device, Parameters parameters, double learningRate) {
    this.device = device;
    this.parameters = parameters;
    groups = parameters.groups();
    learningRates = own(DataType.REAL, Shape.of(groups.size()));
    learningRate(learningRate);
  }

  @Override
  public final void learningRate(double rate) {
    learningRates.write(groups.stream().mapToDouble(group -> rate * group.rate()).toArray());
  }

  /** A tensor of one number for each parameter, zero at first, that is part of the state. */
  final Tensor arena(String name) {
    return kept(name, DataType.REAL, parameters.values().shape());
  }

  /** A count, zero at first, that is part of the state. */
  final Tensor counter(String name) {
    return kept(name, DataType.INT32, Shape.of(1));
  }

  private Tensor kept(String name, DataType type, Shape shape) {
    Tensor tensor = own(type, shape);
    state.put(name, tensor);
    return tensor;
  }

  private Tensor own(DataType type, Shape shape) {
    try {
      return resources.own(device.allocate(type, shape));
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  @Override
  public void step() {
    beforeUpdate(device.kernels());
    for (int i = 0; i < groups.size(); i++) {
      Parameters.Group group = groups.get(i);
      UnaryOperator<Tensor> part =
          arena ->
              new Tensor(arena.memory(), arena.offset() + group.offset(), Shape.of(group.length()));
      update(
          device.kernels(),
          part.apply(parameters.values()),
          part.apply(parameters.gradients()),
          learningRates.rows(i, 1),
          part);
    }
  }

  /** What a step does once, before all groups. */
  void beforeUpdate(Kernels kernels) {}

  /**
   * Updates a group.
   *
   * @param part gives the group's part of an arena
   */
  abstract void update(
      Kernels kernels,
      Tensor values,
      Tensor gradients,
      Tensor learningRate,
      UnaryOperator<Tensor> part);

  @Override
  public Map<String, Tensor> state() {
    return new LinkedHashMap<>(state);
  }

  @Override
  public void close() {
    resources.close();
  }
}

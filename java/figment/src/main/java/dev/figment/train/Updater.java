package dev.figment.train;

import dev.figment.device.Device;
import dev.figment.device.Kernels;
import dev.figment.device.Tensor;
import dev.figment.nn.Parameters;
import dev.figment.optim.Optimizer;
import dev.figment.optim.UpdateRule;
import java.util.LinkedHashMap;
import java.util.Map;

/** Updates one network's parameters by the mean of the gradients that its batches left. */
final class Updater implements AutoCloseable {
  private final Kernels kernels;
  private final Parameters parameters;
  private final UpdateRule rule;
  private final int batches;
  private final Optimizer optimizer;

  /**
   * @param batches whose gradients add up to those of an update
   */
  Updater(Device device, Parameters parameters, UpdateRule rule, int batches) {
    kernels = device.kernels();
    this.parameters = parameters;
    this.rule = rule;
    this.batches = batches;
    optimizer = rule.optimizer().create(device, parameters, rule.learningRate(), rule.numbers());
  }

  /**
   * Sets the learning rate of the next update.
   *
   * @param done steps done before
   */
  void schedule(long done) {
    if (!rule.schedule().isConstant()) {
      optimizer.learningRate(rule.schedule().factor(done) * rule.learningRate());
    }
  }

  /**
   * Launches an update.
   *
   * @param norm [1], overwritten
   */
  void update(Tensor norm) {
    Tensor gradients = parameters.gradients();
    if (batches > 1) {
      kernels.scale(gradients, gradients, 1.0 / batches);
    }
    if (Double.isFinite(rule.gradientClip())) {
      kernels.clipByNorm(gradients, norm, rule.gradientClip());
    }
    optimizer.step();
  }

  /**
   * The parameters and what the optimizer keeps, for checkpoints.
   *
   * @param prefix of all names: {@code generator.}
   */
  Map<String, Tensor> state(String prefix) {
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (String name : parameters.names()) {
      state.put(prefix + name, parameters.value(name));
    }
    String kept = prefix + rule.optimizer() + ".";
    optimizer.state().forEach((name, tensor) -> state.put(kept + name, tensor));
    return state;
  }

  @Override
  public void close() {
    optimizer.close();
  }
}

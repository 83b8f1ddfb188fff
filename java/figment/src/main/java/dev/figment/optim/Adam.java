package dev.figment.optim;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.nn.Parameters;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adam (Kingma and Ba, 2015), one launch for each run of parameters that learn at one rate. Step
 * count and learning rates live in device memory, so a recorded step can be replayed while they
 * change.
 */
public final class Adam implements Optimizer {
  private final Device device;
  private final Parameters parameters;
  private final Tensor m;
  private final Tensor v;
  private final Tensor step;
  private final List<Parameters.Group> groups;
  private final Tensor learningRates; // of each group
  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final Resources resources = new Resources();

  /**
   * @param learningRate > 0
   * @param beta1 decay of the mean, in [0, 1)
   * @param beta2 decay of the mean square, in [0, 1)
   * @param epsilon added to the root, > 0
   */
  public Adam(
      Device device,
      Parameters parameters,
      double learningRate,
      double beta1,
      double beta2,
      double epsilon) {
    if (!(learningRate > 0 && beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1 && epsilon > 0)) {
      throw new FigmentException(
          ("Adam was asked for with learning rate %s, betas %s and %s, epsilon %s; rates and epsilon"
                  + " must be positive and betas in [0, 1).")
              .formatted(learningRate, beta1, beta2, epsilon));
    }
    this.device = device;
    this.parameters = parameters;
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
    groups = parameters.groups();
    try {
      m = resources.own(device.allocate(DataType.REAL, parameters.values().shape()));
      v = resources.own(device.allocate(DataType.REAL, parameters.values().shape()));
      step = resources.own(device.allocate(DataType.INT32, Shape.of(1)));
      learningRates = resources.own(device.allocate(DataType.REAL, Shape.of(groups.size())));
      learningRates.write(
          groups.stream().mapToDouble(group -> learningRate * group.rate()).toArray());
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  @Override
  public void step() {
    device.kernels().increment(step);
    for (int i = 0; i < groups.size(); i++) {
      device
          .kernels()
          .adam(
              part(parameters.values(), groups.get(i)),
              part(m, groups.get(i)),
              part(v, groups.get(i)),
              part(parameters.gradients(), groups.get(i)),
              step,
              learningRates.rows(i, 1),
              beta1,
              beta2,
              epsilon);
    }
  }

  private static Tensor part(Tensor arena, Parameters.Group group) {
    return new Tensor(arena.memory(), arena.offset() + group.offset(), Shape.of(group.length()));
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put("m", m);
    state.put("v", v);
    state.put("step", step);
    return state;
  }

  @Override
  public void close() {
    resources.close();
  }
}

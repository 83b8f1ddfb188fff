package dev.figment.optim;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.nn.Parameters;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Adam (Kingma and Ba, 2015). Step count and learning rate live in device memory, so a recorded step
 * can be replayed while they change.
 */
public final class Adam implements Optimizer {
  private final Device device;
  private final Parameters parameters;
  private final Tensor m;
  private final Tensor v;
  private final Tensor step;
  private final Tensor learningRate;
  private final double beta1;
  private final double beta2;
  private final double epsilon;

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
    m = device.allocate(DataType.REAL, parameters.values().shape());
    v = device.allocate(DataType.REAL, parameters.values().shape());
    step = device.allocate(DataType.INT32, Shape.of(1));
    this.learningRate = device.allocate(DataType.REAL, Shape.of(1));
    this.learningRate.write(learningRate);
  }

  @Override
  public void step() {
    device.kernels().increment(step);
    device
        .kernels()
        .adam(
            parameters.values(),
            m,
            v,
            parameters.gradients(),
            step,
            learningRate,
            beta1,
            beta2,
            epsilon);
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
    m.memory().close();
    v.memory().close();
    step.memory().close();
    learningRate.memory().close();
  }
}

package dev.figment.optim;

import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Kernels;
import dev.figment.device.Tensor;
import dev.figment.nn.Parameters;
import java.util.function.UnaryOperator;

/**
 * Adam (Kingma and Ba, 2015); with a weight decay AdamW (Loshchilov and Hutter, 2019). State: m, v,
 * step.
 */
public final class Adam extends ArenaOptimizer {
  private final Tensor m;
  private final Tensor v;
  private final Tensor step;
  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final double weightDecay;

  /** Without weight decay. */
  public Adam(
      Device device,
      Parameters parameters,
      double learningRate,
      double beta1,
      double beta2,
      double epsilon) {
    this(device, parameters, learningRate, beta1, beta2, epsilon, 0);
  }

  /**
   * @param learningRate > 0
   * @param beta1 decay of the mean, in [0, 1)
   * @param beta2 decay of the mean square, in [0, 1)
   * @param epsilon added to the root, > 0
   * @param weightDecay share of a parameter that a step at learning rate 1 would take, >= 0
   */
  public Adam(
      Device device,
      Parameters parameters,
      double learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay) {
    super(device, parameters, checked(learningRate, beta1, beta2, epsilon, weightDecay));
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
    this.weightDecay = weightDecay;
    m = arena("m");
    v = arena("v");
    step = counter("step");
  }

  private static double checked(
      double learningRate, double beta1, double beta2, double epsilon, double weightDecay) {
    if (!(learningRate > 0
        && beta1 >= 0
        && beta1 < 1
        && beta2 >= 0
        && beta2 < 1
        && epsilon > 0
        && weightDecay >= 0)) {
      throw new FigmentException(
          ("Adam was asked for with learning rate %s, betas %s and %s, epsilon %s, weight decay %s;"
                  + " rates and epsilon must be positive, betas in [0, 1), the decay not negative.")
              .formatted(learningRate, beta1, beta2, epsilon, weightDecay));
    }
    return learningRate;
  }

  @Override
  void beforeUpdate(Kernels kernels) {
    kernels.increment(step);
  }

  @Override
  void update(
      Kernels kernels,
      Tensor values,
      Tensor gradients,
      Tensor learningRate,
      UnaryOperator<Tensor> part) {
    kernels.adam(
        values,
        part.apply(m),
        part.apply(v),
        gradients,
        step,
        learningRate,
        beta1,
        beta2,
        epsilon,
        weightDecay);
  }
}

package dev.figment.optim;

import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Kernels;
import dev.figment.device.Tensor;
import dev.figment.nn.Parameters;
import java.util.function.UnaryOperator;

/**
 * Stochastic gradient descent, with momentum (Sutskever et al., 2013) or without. State: velocity,
 * where there is momentum.
 */
public final class Sgd extends ArenaOptimizer {
  private final Tensor velocity; // null without momentum
  private final double momentum;
  private final boolean nesterov;
  private final double weightDecay;

  /**
   * @param learningRate > 0
   * @param momentum share of the velocity that stays, in [0, 1); 0 keeps none
   * @param nesterov whether to look ahead along the velocity, which takes a momentum
   * @param weightDecay times a parameter is added to its gradient, >= 0
   */
  public Sgd(
      Device device,
      Parameters parameters,
      double learningRate,
      double momentum,
      boolean nesterov,
      double weightDecay) {
    super(device, parameters, checked(learningRate, momentum, nesterov, weightDecay));
    this.momentum = momentum;
    this.nesterov = nesterov;
    this.weightDecay = weightDecay;
    velocity = momentum == 0 ? null : arena("velocity");
  }

  private static double checked(
      double learningRate, double momentum, boolean nesterov, double weightDecay) {
    if (!(learningRate > 0 && momentum >= 0 && momentum < 1 && weightDecay >= 0)
        || (nesterov && momentum == 0)) {
      throw new FigmentException(
          ("Sgd was asked for with learning rate %s, momentum %s%s, weight decay %s; the rate must be"
                  + " positive, the momentum in [0, 1) and not 0 for Nesterov's, the decay not"
                  + " negative.")
              .formatted(
                  learningRate, momentum, nesterov ? " of Nesterov's kind" : "", weightDecay));
    }
    return learningRate;
  }

  @Override
  void update(
      Kernels kernels,
      Tensor values,
      Tensor gradients,
      Tensor learningRate,
      UnaryOperator<Tensor> part) {
    kernels.sgd(
        values,
        velocity == null ? null : part.apply(velocity),
        gradients,
        learningRate,
        momentum,
        nesterov,
        weightDecay);
  }
}

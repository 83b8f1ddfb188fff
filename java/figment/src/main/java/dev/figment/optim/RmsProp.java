package dev.figment.optim;

import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Kernels;
import dev.figment.device.Tensor;
import dev.figment.nn.Parameters;
import java.util.function.UnaryOperator;

/**
 * RMSProp (Tieleman and Hinton, 2012), which the WGAN paper takes at rate 5e-5 without momentum.
 * State: mean_square.
 */
public final class RmsProp extends ArenaOptimizer {
  private final Tensor meanSquare;
  private final double decay;
  private final double epsilon;

  /**
   * @param learningRate > 0
   * @param decay of the mean square, in [0, 1); PyTorch's default is 0.99
   * @param epsilon added to the root, > 0; PyTorch's default is 1e-8
   */
  public RmsProp(
      Device device, Parameters parameters, double learningRate, double decay, double epsilon) {
    super(device, parameters, checked(learningRate, decay, epsilon));
    this.decay = decay;
    this.epsilon = epsilon;
    meanSquare = arena("mean_square");
  }

  private static double checked(double learningRate, double decay, double epsilon) {
    if (!(learningRate > 0 && decay >= 0 && decay < 1 && epsilon > 0)) {
      throw new FigmentException(
          ("RmsProp was asked for with learning rate %s, decay %s, epsilon %s; the rate and epsilon"
                  + " must be positive and the decay in [0, 1).")
              .formatted(learningRate, decay, epsilon));
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
    kernels.rmsProp(values, part.apply(meanSquare), gradients, learningRate, decay, epsilon);
  }
}

package dev.figment.train;

import dev.figment.device.Device;
import dev.figment.nn.Parameters;
import dev.figment.optim.Adam;
import dev.figment.optim.Optimizer;
import dev.figment.optim.Sgd;
import java.util.Locale;

/** What updates the parameters of a GAN's networks. */
public enum GanOptimizer {
  /** Adam with the betas of the configuration: what GANs are trained with. */
  ADAM {
    @Override
    Optimizer create(Device device, Parameters parameters, double rate, GanConfig config) {
      return new Adam(device, parameters, rate, config.beta1(), config.beta2(), ADAM_EPSILON);
    }
  },
  /**
   * Plain gradient descent. Its updates are proportional to the gradients, so two devices stay as
   * near as their rounding; Adam's first ones are the learning rate, whatever a gradient's size.
   */
  SGD {
    @Override
    Optimizer create(Device device, Parameters parameters, double rate, GanConfig config) {
      return new Sgd(device, parameters, rate, 0, false, 0);
    }
  };

  private static final double ADAM_EPSILON = 1e-8;

  /**
   * @param rate the learning rate
   */
  abstract Optimizer create(Device device, Parameters parameters, double rate, GanConfig config);

  /** As in options and checkpoints: {@code adam}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}

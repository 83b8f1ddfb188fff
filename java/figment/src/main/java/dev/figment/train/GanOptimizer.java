package dev.figment.train;

import dev.figment.device.Device;
import dev.figment.nn.Parameters;
import dev.figment.optim.Adam;
import dev.figment.optim.Optimizer;
import dev.figment.optim.RmsProp;
import dev.figment.optim.Sgd;
import java.util.Locale;

/** What updates the parameters of a GAN's networks, by the numbers of its configuration. */
public enum GanOptimizer {
  /** Adam with the betas of the configuration: what GANs are trained with. */
  ADAM {
    @Override
    Optimizer create(Device device, Parameters parameters, double rate, GanConfig config) {
      return new Adam(device, parameters, rate, config.beta1(), config.beta2(), EPSILON);
    }
  },
  /** Adam with the betas and the weight decay of the configuration. */
  ADAMW {
    @Override
    Optimizer create(Device device, Parameters parameters, double rate, GanConfig config) {
      return new Adam(
          device, parameters, rate, config.beta1(), config.beta2(), EPSILON, config.weightDecay());
    }
  },
  /**
   * Gradient descent with the momentum and weight decay of the configuration. Its updates are
   * proportional to the gradients, so two devices stay as near as their rounding; Adam's first ones
   * are the learning rate, whatever a gradient's size.
   */
  SGD {
    @Override
    Optimizer create(Device device, Parameters parameters, double rate, GanConfig config) {
      return new Sgd(
          device, parameters, rate, config.momentum(), config.nesterov(), config.weightDecay());
    }
  },
  /** RMSProp as PyTorch's defaults have it, which the WGAN paper takes at rate 5e-5. */
  RMSPROP {
    @Override
    Optimizer create(Device device, Parameters parameters, double rate, GanConfig config) {
      return new RmsProp(device, parameters, rate, RMS_DECAY, EPSILON);
    }
  };

  private static final double EPSILON = 1e-8;
  private static final double RMS_DECAY = 0.99;

  /**
   * @param rate the learning rate
   */
  abstract Optimizer create(Device device, Parameters parameters, double rate, GanConfig config);

  /** Whether it has betas. */
  public boolean hasBetas() {
    return this == ADAM || this == ADAMW;
  }

  /** Whether it has a momentum, which may be Nesterov's. */
  public boolean hasMomentum() {
    return this == SGD;
  }

  /** Whether it has a weight decay. */
  public boolean hasWeightDecay() {
    return this == ADAMW || this == SGD;
  }

  /** As in options and checkpoints: {@code adam}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}

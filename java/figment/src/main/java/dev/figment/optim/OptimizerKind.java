package dev.figment.optim;

import dev.figment.device.Device;
import dev.figment.nn.Parameters;
import java.util.Locale;

/** Which optimizer updates a network's parameters, as options and checkpoints name it. */
public enum OptimizerKind {
  /** Adam (Kingma and Ba, 2015). */
  ADAM {
    @Override
    public Optimizer create(
        Device device, Parameters parameters, double rate, OptimizerNumbers numbers) {
      return new Adam(device, parameters, rate, numbers.beta1(), numbers.beta2(), EPSILON);
    }
  },
  /** Adam with decoupled weight decay (Loshchilov and Hutter, 2019). */
  ADAMW {
    @Override
    public Optimizer create(
        Device device, Parameters parameters, double rate, OptimizerNumbers numbers) {
      return new Adam(
          device,
          parameters,
          rate,
          numbers.beta1(),
          numbers.beta2(),
          EPSILON,
          numbers.weightDecay());
    }
  },
  /**
   * Gradient descent, with or without momentum and weight decay. Its updates are proportional to
   * the gradients, so two devices stay as near as their rounding; Adam's first ones are the
   * learning rate, whatever a gradient's size.
   */
  SGD {
    @Override
    public Optimizer create(
        Device device, Parameters parameters, double rate, OptimizerNumbers numbers) {
      return new Sgd(
          device, parameters, rate, numbers.momentum(), numbers.nesterov(), numbers.weightDecay());
    }
  },
  /** RMSProp as PyTorch's defaults have it, which the WGAN paper takes at rate 5e-5. */
  RMSPROP {
    @Override
    public Optimizer create(
        Device device, Parameters parameters, double rate, OptimizerNumbers numbers) {
      return new RmsProp(device, parameters, rate, RMS_DECAY, EPSILON);
    }
  };

  private static final double EPSILON = 1e-8;
  private static final double RMS_DECAY = 0.99;

  /**
   * A new optimizer of a network.
   *
   * @param rate the learning rate
   */
  public abstract Optimizer create(
      Device device, Parameters parameters, double rate, OptimizerNumbers numbers);

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

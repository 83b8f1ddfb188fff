package dev.figment.nn;

import dev.figment.device.Activation;
import dev.figment.device.FigmentException;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;

/**
 * Inverted dropout (Srivastava et al., 2014) after an activation: training passes zero a share of
 * the elements and scale the rest; other passes apply the activation alone.
 *
 * @param probability the share that is dropped, in [0, 1)
 * @param activation applied first
 */
public record Dropout(double probability, Activation activation) implements Layer {
  public Dropout {
    if (!(probability >= 0 && probability < 1)) {
      throw new FigmentException(
          "Dropout of %s was asked for; the share must be in [0, 1).".formatted(probability));
    }
  }

  /** Dropout alone. */
  public static Dropout of(double probability) {
    return new Dropout(probability, Activation.IDENTITY);
  }

  @Override
  public String kind() {
    return "dropout";
  }

  @Override
  public Shape outputShape(Shape input) {
    return input;
  }

  @Override
  public boolean isPiecewiseLinear() {
    return activation.isPiecewiseLinear();
  }

  @Override
  public ActivationTypes activationTypes() {
    return ActivationTypes.ALIKE;
  }

  @Override
  public Stage plan(StagePlan plan) {
    if (!plan.training()) {
      return new ActivationLayer(activation).plan(plan);
    }
    Kernels kernels = plan.kernels();
    Tensor y = plan.output();
    RandomStream stream = plan.random().apply(0);
    return new Stage() {
      @Override
      public void forward() {
        kernels.dropoutForward(y, plan.input(), activation, probability, stream);
      }

      @Override
      public void tangent(Tensor out, Tensor in, Tensor delta, GradientMode mode) {
        kernels.dropoutBackward(out, in, y, activation, probability, stream);
      }

      @Override
      public void backward(Tensor dx, Tensor dy, GradientMode mode) {
        if (dx != null) {
          kernels.dropoutBackward(dx, dy, y, activation, probability, stream);
        }
      }
    };
  }
}

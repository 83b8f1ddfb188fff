package dev.figment.nn;

import dev.figment.device.Activation;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.Optional;

/**
 * An activation on its own. A network hands it to a neighbour that can do it in passing.
 *
 * @param activation the function
 */
public record ActivationLayer(Activation activation) implements Layer {
  @Override
  public String kind() {
    return "activation";
  }

  @Override
  public Shape outputShape(Shape input) {
    return input;
  }

  @Override
  public Optional<Layer> fusedWith(Layer next) {
    return next instanceof Dropout dropout && dropout.activation().equals(Activation.IDENTITY)
        ? Optional.of(new Dropout(dropout.probability(), activation))
        : Optional.empty();
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
    Kernels kernels = plan.kernels();
    return new Stage() {
      @Override
      public void forward() {
        kernels.activationForward(plan.output(), plan.input(), activation);
      }

      @Override
      public void tangent(Tensor out, Tensor in, Tensor delta, GradientMode mode) {
        kernels.activationBackward(out, in, plan.output(), activation);
      }

      @Override
      public void backward(Tensor dx, Tensor dy, GradientMode mode) {
        if (dx != null) {
          kernels.activationBackward(dx, dy, plan.output(), activation);
        }
      }
    };
  }

  /** The activation of {@code next} for a layer that has none yet, if that is what next is. */
  static Optional<Activation> absorbed(Layer next, Activation own) {
    return next instanceof ActivationLayer layer && own.equals(Activation.IDENTITY)
        ? Optional.of(layer.activation())
        : Optional.empty();
  }
}

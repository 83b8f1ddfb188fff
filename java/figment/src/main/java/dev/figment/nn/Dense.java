package dev.figment.nn;

import dev.figment.device.Activation;
import dev.figment.device.FigmentException;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * A fully connected layer, F -> units: activation(x w^T + bias) with weight [units][F].
 *
 * @param units outputs
 * @param bias whether a bias is added; before batch norm it should not be (its gradient is rounding
 *     noise, which Adam amplifies)
 * @param activation applied to the outputs
 * @param initializer of the weight; the bias starts at 0
 * @param rate times the optimizer's learning rate, > 0
 */
public record Dense(
    int units, boolean bias, Activation activation, Initializer initializer, double rate)
    implements Layer {

  /** With a bias. */
  public Dense(int units, Activation activation, Initializer initializer, double rate) {
    this(units, true, activation, initializer, rate);
  }

  /** Glorot-uniform weights, no activation. */
  public static Dense of(int units) {
    return new Dense(units, Activation.IDENTITY, Initializer.glorotUniform(), 1);
  }

  /** The same layer with its weight started otherwise. */
  public Dense startedBy(Initializer other) {
    return new Dense(units, bias, activation, other, rate);
  }

  /** The same layer learning {@code other} times as fast as the rest of its network. */
  public Dense learningAt(double other) {
    return new Dense(units, bias, activation, initializer, other);
  }

  /** The same layer without a bias: for use before batch norm. */
  public Dense withoutBias() {
    return new Dense(units, false, activation, initializer, rate);
  }

  @Override
  public String kind() {
    return "dense";
  }

  @Override
  public Shape outputShape(Shape input) {
    if (input.rank() != 1) {
      throw new FigmentException(
          "A dense layer takes flat samples and got shape %s; put a Reshape before it."
              .formatted(input));
    }
    return Shape.of(units);
  }

  @Override
  public List<ParameterSpec> parameters(Shape input) {
    ParameterSpec weight =
        new ParameterSpec("weight", Shape.of(units, input.size(0)), initializer, rate);
    return bias
        ? List.of(weight, new ParameterSpec("bias", Shape.of(units), Initializer.ZEROS, rate))
        : List.of(weight);
  }

  @Override
  public Optional<Layer> fusedWith(Layer next) {
    return ActivationLayer.absorbed(next, activation)
        .map(fused -> new Dense(units, bias, fused, initializer, rate));
  }

  @Override
  public Optional<Activation> ending() {
    return Optional.of(activation);
  }

  @Override
  public boolean isPiecewiseLinear() {
    return activation.isPiecewiseLinear();
  }

  @Override
  public ActivationTypes activationTypes() {
    return ActivationTypes.ANY;
  }

  @Override
  public Stage plan(StagePlan plan) {
    Kernels kernels = plan.kernels();
    Tensor x = plan.input();
    Tensor y = plan.output();
    Tensor w = plan.value().apply("weight");
    Tensor b = bias ? plan.value().apply("bias") : null;
    Tensor dw = plan.gradient().apply("weight");
    Tensor db = bias ? plan.gradient().apply("bias") : null;
    return new Stage() {
      @Override
      public void forward() {
        kernels.denseForward(y, x, w, b, plan.end());
      }

      @Override
      public void tangent(Tensor out, Tensor in, Tensor delta, GradientMode mode) {
        kernels.denseForward(out, in, w, null, Activation.IDENTITY);
        plan.end().undo(kernels, out, y);
        if (mode != GradientMode.IGNORE) {
          kernels.denseBackwardWeights(dw, null, delta, in, mode);
        }
      }

      @Override
      public void backward(Tensor dx, Tensor dy, GradientMode mode) {
        if (!plan.endUndone()) {
          plan.end().undo(kernels, dy, y);
        }
        if (mode != GradientMode.IGNORE) {
          kernels.denseBackwardWeights(dw, db, dy, x, mode);
        }
        if (dx != null) {
          kernels.denseBackwardData(dx, dy, w, x, plan.before());
        }
      }
    };
  }
}

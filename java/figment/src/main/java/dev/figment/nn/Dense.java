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
 * @param activation applied to the outputs
 * @param initializer of the weight; the bias starts at 0
 * @param rate times the optimizer's learning rate, > 0
 */
public record Dense(int units, Activation activation, Initializer initializer, double rate)
    implements Layer {

  /** Glorot-uniform weights, no activation. */
  public static Dense of(int units) {
    return new Dense(units, Activation.IDENTITY, Initializer.glorotUniform(), 1);
  }

  /** The same layer with its weight started otherwise. */
  public Dense startedBy(Initializer other) {
    return new Dense(units, activation, other, rate);
  }

  /** The same layer learning {@code other} times as fast as the rest of its network. */
  public Dense learningAt(double other) {
    return new Dense(units, activation, initializer, other);
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
    return List.of(
        new ParameterSpec("weight", Shape.of(units, input.size(0)), initializer, rate),
        new ParameterSpec("bias", Shape.of(units), Initializer.ZEROS, rate));
  }

  @Override
  public Optional<Layer> fusedWith(Layer next) {
    return ActivationLayer.absorbed(next, activation)
        .map(fused -> new Dense(units, fused, initializer, rate));
  }

  @Override
  public Stage plan(StagePlan plan) {
    Kernels kernels = plan.kernels();
    Tensor x = plan.input();
    Tensor y = plan.output();
    Tensor w = plan.value().apply("weight");
    Tensor bias = plan.value().apply("bias");
    Tensor dw = plan.gradient().apply("weight");
    Tensor dbias = plan.gradient().apply("bias");
    return new Stage() {
      @Override
      public void forward() {
        kernels.denseForward(y, x, w, bias, activation);
      }

      @Override
      public void backward(Tensor dx, Tensor dy, GradientMode mode) {
        ActivationLayer.backwardInPlace(kernels, dy, y, activation);
        if (mode != GradientMode.IGNORE) {
          kernels.denseBackwardWeights(dw, dbias, dy, x, mode);
        }
        if (dx != null) {
          kernels.denseBackwardData(dx, dy, w);
        }
      }
    };
  }
}

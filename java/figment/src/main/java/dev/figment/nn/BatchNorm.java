package dev.figment.nn;

import dev.figment.device.Activation;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * Batch normalization over all axes but the channels (Ioffe and Szegedy, 2015), then an activation.
 * Training passes use the batch's statistics and update the running ones, other passes use those.
 *
 * @param momentum the share of the running statistics that stays
 * @param epsilon added to the variance
 * @param activation applied last
 */
public record BatchNorm(double momentum, double epsilon, Activation activation) implements Layer {

  /** Without an activation. */
  public static BatchNorm of(double momentum, double epsilon) {
    return new BatchNorm(momentum, epsilon, Activation.IDENTITY);
  }

  @Override
  public String kind() {
    return "batch_norm";
  }

  @Override
  public Shape outputShape(Shape input) {
    return input;
  }

  @Override
  public List<ParameterSpec> parameters(Shape input) {
    Shape channels = Shape.of(input.size(-1));
    return List.of(
        ParameterSpec.trained("gamma", channels, Initializer.ONES),
        ParameterSpec.trained("beta", channels, Initializer.ZEROS),
        ParameterSpec.kept("running_mean", channels, Initializer.ZEROS),
        ParameterSpec.kept("running_variance", channels, Initializer.ONES));
  }

  @Override
  public Optional<Layer> fusedWith(Layer next) {
    return ActivationLayer.absorbed(next, activation)
        .map(fused -> new BatchNorm(momentum, epsilon, fused));
  }

  @Override
  public ActivationTypes activationTypes() {
    return ActivationTypes.ALIKE;
  }

  @Override
  public Stage plan(StagePlan plan) {
    Kernels kernels = plan.kernels();
    Tensor x = plan.input();
    Tensor y = plan.output();
    Tensor gamma = plan.value().apply("gamma");
    Tensor beta = plan.value().apply("beta");
    Tensor runningMean = plan.value().apply("running_mean");
    Tensor runningVariance = plan.value().apply("running_variance");
    if (!plan.training()) {
      return new Stage() {
        @Override
        public void forward() {
          kernels.batchNormInfer(
              y, x, gamma, beta, runningMean, runningVariance, epsilon, activation);
        }

        @Override
        public void backward(Tensor dx, Tensor dy, GradientMode mode) {
          throw new IllegalStateException("An inference pass has no backward.");
        }
      };
    }
    Tensor mean = plan.saved().apply(gamma.shape());
    Tensor inverseDeviation = plan.saved().apply(gamma.shape());
    Tensor dgamma = plan.gradient().apply("gamma");
    Tensor dbeta = plan.gradient().apply("beta");
    return new Stage() {
      @Override
      public void forward() {
        kernels.batchNormForward(
            y,
            mean,
            inverseDeviation,
            runningMean,
            runningVariance,
            x,
            plan.inputStatistics(),
            gamma,
            beta,
            momentum,
            epsilon,
            activation);
      }

      @Override
      public void backward(Tensor dx, Tensor dy, GradientMode mode) {
        boolean ignore = mode == GradientMode.IGNORE;
        kernels.batchNormBackward(
            dx == null ? dy : dx,
            ignore ? null : dgamma,
            ignore ? null : dbeta,
            dy,
            x,
            gamma,
            beta,
            mean,
            inverseDeviation,
            activation,
            mode);
      }
    };
  }
}

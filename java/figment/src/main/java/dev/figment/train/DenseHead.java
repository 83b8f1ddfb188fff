package dev.figment.train;

import dev.figment.device.Activation;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Tensor;
import dev.figment.nn.Network;
import dev.figment.nn.Parameters;

/** A network of one dense layer, applied to as many rows as there are at a time. */
final class DenseHead {
  private static final String WEIGHT = "dense_1.weight";
  private static final String BIAS = "dense_1.bias";

  private final Kernels kernels;
  private final Tensor weight;
  private final Tensor weightGradient;
  private final Tensor bias; // null without one
  private final Tensor biasGradient;

  DenseHead(Kernels kernels, Network network) {
    this.kernels = kernels;
    Parameters parameters = network.parameters();
    boolean biased = parameters.names().contains(BIAS);
    weight = parameters.value(WEIGHT);
    weightGradient = parameters.gradient(WEIGHT);
    bias = biased ? parameters.value(BIAS) : null;
    biasGradient = biased ? parameters.gradient(BIAS) : null;
  }

  /** y [rows][out] of x [rows][in]. */
  void forward(Tensor y, Tensor x) {
    kernels.denseForward(y, x, weight, bias, Activation.IDENTITY);
  }

  /** The gradient dx of the rows. */
  void backward(Tensor dx, Tensor dy) {
    kernels.denseBackwardData(dx, dy, weight);
  }

  /** The gradients of the layer's parameters. */
  void backwardWeights(Tensor dy, Tensor x, GradientMode mode) {
    kernels.denseBackwardWeights(weightGradient, biasGradient, dy, x, mode);
  }
}

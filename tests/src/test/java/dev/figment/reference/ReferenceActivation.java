package dev.figment.reference;

import dev.figment.device.Activation;

/** The activations, one number at a time; a NaN stays one. */
final class ReferenceActivation {
  private ReferenceActivation() {}

  static double value(Activation activation, double x) {
    return switch (activation.kind()) {
      case IDENTITY -> x;
      case RELU -> x <= 0 ? 0 : x;
      case LEAKY_RELU -> x > 0 ? x : activation.slope() * x;
      case TANH -> Math.tanh(x);
      case SIGMOID -> sigmoid(x);
    };
  }

  /** The derivative where the activation's value is y. */
  static double derivative(Activation activation, double y) {
    return switch (activation.kind()) {
      case IDENTITY -> 1;
      case RELU -> y > 0 ? 1 : 0;
      case LEAKY_RELU -> y > 0 ? 1 : activation.slope();
      case TANH -> 1 - y * y;
      case SIGMOID -> y * (1 - y);
    };
  }

  static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /** log(1 + e^x) without overflow. */
  static double softplus(double x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }
}

package dev.figment.device;

/**
 * What a layer ends with: an activation, and in training perhaps inverted dropout after it. A
 * device may do it in passing: see {@link Kernels#convForward(Tensor, Tensor, Tensor, Tensor,
 * Nonlinearity, ConvGeometry)}.
 *
 * @param activation applied first
 * @param dropped the share of elements that dropout zeroes, in [0, 1); 0 for no dropout
 * @param stream the numbers of dropout's mask; null without
 */
public record Nonlinearity(Activation activation, double dropped, RandomStream stream) {
  public static final Nonlinearity NONE = of(Activation.IDENTITY);

  /** An activation alone. */
  public static Nonlinearity of(Activation activation) {
    return new Nonlinearity(activation, 0, null);
  }

  /** Whether it changes nothing. */
  public boolean isNone() {
    return !drops() && activation.equals(Activation.IDENTITY);
  }

  /** Whether dropout is part of it. */
  public boolean drops() {
    return dropped > 0;
  }

  /** Turns dy, the gradient after it, into the one before it; y is what it has made. */
  public void undo(ElementwiseKernels kernels, Tensor dy, Tensor y) {
    if (drops()) {
      kernels.dropoutBackward(dy, dy, y, activation, dropped, stream);
    } else if (!isNone()) {
      kernels.activationBackward(dy, dy, y, activation);
    }
  }

  /** The activation that a product applies before {@link #drop}. */
  Activation beforeDropout() {
    return drops() ? Activation.IDENTITY : activation;
  }

  /** Does to y what a product with {@link #beforeDropout} has left undone. */
  void drop(ElementwiseKernels kernels, Tensor y) {
    if (drops()) {
      kernels.dropoutForward(y, y, activation, dropped, stream);
    }
  }
}

package dev.figment.nn;

import dev.figment.device.GradientMode;
import dev.figment.device.Tensor;

/** A layer planned for one pass: its buffers are bound, so running it is a list of kernel calls. */
public interface Stage {
  /** Writes the pass's output tensor of this layer from its input tensor. */
  void forward();

  /**
   * @param dx receives the gradient of the input; null where nobody wants it
   * @param dy the gradient of the output; used as scratch
   * @param mode what to do with the gradients of parameters
   */
  void backward(Tensor dx, Tensor dy, GradientMode mode);

  /**
   * Pushes a tangent forward: out = J in, with J the stage's Jacobian at the last {@link #forward};
   * and adds the gradient of delta J' in with respect to the parameters, J' being J before the
   * activation. A stage whose layer is {@linkplain Layer#isPiecewiseLinear() piecewise linear} can.
   *
   * @param out receives the output's tangent
   * @param in the input's tangent
   * @param delta the gradient before the activation, as {@link #backward} left it in its dy
   */
  default void tangent(Tensor out, Tensor in, Tensor delta, GradientMode mode) {
    throw new IllegalStateException("This stage has second derivatives.");
  }
}

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
}

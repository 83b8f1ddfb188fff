package dev.figment.nn;

import dev.figment.device.Shape;

/**
 * A tensor that a layer owns.
 *
 * @param name its name within the layer, for example {@code weight}
 * @param shape its sizes
 * @param initializer its first value
 * @param rate times the optimizer's learning rate; 0 for what is only kept, as running statistics
 */
public record ParameterSpec(String name, Shape shape, Initializer initializer, double rate) {
  static ParameterSpec trained(String name, Shape shape, Initializer initializer) {
    return new ParameterSpec(name, shape, initializer, 1);
  }

  static ParameterSpec kept(String name, Shape shape, Initializer initializer) {
    return new ParameterSpec(name, shape, initializer, 0);
  }

  /** Whether an optimizer updates it. */
  public boolean trained() {
    return rate > 0;
  }
}

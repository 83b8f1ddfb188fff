package dev.figment.nn;

import dev.figment.device.Shape;

/**
 * A tensor that a layer owns.
 *
 * @param name its name within the layer, for example {@code weight}
 * @param shape its sizes
 * @param initializer its first value
 * @param trained whether an optimizer updates it; running statistics are not trained
 */
public record ParameterSpec(String name, Shape shape, Initializer initializer, boolean trained) {
  static ParameterSpec trained(String name, Shape shape, Initializer initializer) {
    return new ParameterSpec(name, shape, initializer, true);
  }

  static ParameterSpec kept(String name, Shape shape, Initializer initializer) {
    return new ParameterSpec(name, shape, initializer, false);
  }
}

package dev.figment.nn;

import dev.figment.device.FigmentException;
import dev.figment.device.Shape;

/**
 * The same elements under another shape: a view, which costs nothing.
 *
 * @param shape the shape of a sample; null flattens it
 */
public record Reshape(Shape shape) implements Layer {

  /** To one axis. */
  public static Reshape flatten() {
    return new Reshape(null);
  }

  @Override
  public String kind() {
    return "reshape";
  }

  @Override
  public Shape outputShape(Shape input) {
    Shape result = shape == null ? Shape.of(Math.toIntExact(input.count())) : shape;
    if (result.count() != input.count()) {
      throw new FigmentException(
          "A reshape to %s got samples of shape %s; the element counts differ (%d and %d)."
              .formatted(result, input, result.count(), input.count()));
    }
    return result;
  }

  @Override
  public boolean isPiecewiseLinear() {
    return true;
  }

  @Override
  public ActivationTypes activationTypes() {
    return ActivationTypes.ALIKE;
  }

  @Override
  public Stage plan(StagePlan plan) {
    throw new IllegalStateException("A reshape is a view and has no stage.");
  }
}

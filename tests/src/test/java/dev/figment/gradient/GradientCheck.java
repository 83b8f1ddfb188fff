package dev.figment.gradient;

import dev.figment.device.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;

/**
 * Compares a gradient with central differences of the function it is the gradient of. It means
 * something on a device in double precision only: the reference.
 *
 * <p>Of a large tensor a fixed sample of elements is compared, and besides the derivative along
 * random directions, in which every element takes part. The error is the largest difference over
 * the gradient's norm.
 */
public final class GradientCheck {
  private static final double TOLERANCE = 1e-6;
  private static final int DIRECTIONS = 3;

  private final double step;
  private final int sample;
  private final SplittableRandom random = new SplittableRandom(20);

  /** Steps of 1e-5, at most 200 elements of a tensor. */
  public GradientCheck() {
    this(1e-5, 200);
  }

  /**
   * @param step of the differences: the error has a part in step^2 and one in 1e-16 / step
   * @param sample how many elements of a tensor are compared at most
   */
  public GradientCheck(double step, int sample) {
    this.step = step;
    this.sample = sample;
  }

  /**
   * Checks {@code gradient} at the present values of {@code parameters}, which are left as they
   * were.
   *
   * @param what names the function and the tensor in a failure
   * @param parameters REAL, what the function depends on; any shape, a whole arena too
   * @param function evaluates the function anew from {@code parameters}
   * @param gradient as many elements as {@code parameters}: the gradient under test, already
   *     computed
   * @throws AssertionError where it differs by more than 1e-6 of its norm
   */
  public void check(String what, Tensor parameters, DoubleSupplier function, Tensor gradient) {
    double[] start = parameters.toDoubles();
    double[] given = gradient.toDoubles();
    if (given.length != start.length) {
      throw new AssertionError(
          "%s: a gradient of shape %s was given for parameters of shape %s."
              .formatted(what, gradient.shape(), parameters.shape()));
    }
    double norm = Math.sqrt(Arrays.stream(given).map(g -> g * g).sum());
    if (!(norm > 0 && norm < Double.POSITIVE_INFINITY)) {
      throw new AssertionError(
          "%s: the gradient has norm %s; nothing can be learned from it.".formatted(what, norm));
    }
    for (int element : elements(start.length)) {
      double[] direction = new double[start.length];
      direction[element] = 1;
      double found = derivative(parameters, start, direction, function);
      compare("%s at element %d".formatted(what, element), found, given[element], norm);
    }
    for (int i = 0; i < DIRECTIONS; i++) {
      double[] direction = unitDirection(start.length);
      double slope =
          IntStream.range(0, start.length).mapToDouble(j -> given[j] * direction[j]).sum();
      double found = derivative(parameters, start, direction, function);
      compare("%s along random direction %d".formatted(what, i), found, slope, norm);
    }
    parameters.write(start);
  }

  private static void compare(String where, double differences, double given, double norm) {
    double error = Math.abs(differences - given) / norm;
    if (!(error <= TOLERANCE)) {
      throw new AssertionError(
          "%s: differences give %s, the gradient %s; the error is %.3g of the gradient's norm %.3g."
              .formatted(where, differences, given, error, norm));
    }
  }

  private double derivative(
      Tensor parameters, double[] start, double[] direction, DoubleSupplier function) {
    parameters.write(moved(start, direction, step));
    double above = function.getAsDouble();
    parameters.write(moved(start, direction, -step));
    double below = function.getAsDouble();
    return (above - below) / (2 * step);
  }

  private static double[] moved(double[] start, double[] direction, double step) {
    double[] result = new double[start.length];
    Arrays.setAll(result, i -> start[i] + step * direction[i]);
    return result;
  }

  private int[] elements(int length) {
    return length <= sample
        ? IntStream.range(0, length).toArray()
        : IntStream.generate(() -> random.nextInt(length)).distinct().limit(sample).toArray();
  }

  private double[] unitDirection(int length) {
    double[] result = new double[length];
    Arrays.setAll(result, i -> (random.nextBoolean() ? 1 : -1) / Math.sqrt(length));
    return result;
  }
}

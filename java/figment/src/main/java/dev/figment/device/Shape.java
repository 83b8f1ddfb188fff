package dev.figment.device;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Sizes of a tensor, outermost first: N x H x W x C for images, N x F for dense data. */
public final class Shape {
  private final int[] sizes;

  private Shape(int[] sizes) {
    this.sizes = sizes;
  }

  /** A shape of the given sizes, each at least 1; no sizes at all is a scalar. */
  public static Shape of(int... sizes) {
    long count = 1;
    for (int size : sizes) {
      if (size < 1) {
        throw new FigmentException(
            "A tensor of sizes " + Arrays.toString(sizes) + " was asked for; each must be >= 1.");
      }
      count = Math.multiplyExact(count, size);
    }
    return new Shape(sizes.clone());
  }

  public int rank() {
    return sizes.length;
  }

  /** The size of axis {@code axis}; negative axes count from the innermost (-1). */
  public int size(int axis) {
    if (axis < -sizes.length || axis >= sizes.length) {
      throw new FigmentException(
          "Axis %d of shape %s was asked for; it has %d axes.".formatted(axis, this, sizes.length));
    }
    return sizes[axis < 0 ? sizes.length + axis : axis];
  }

  /** The number of elements. */
  public long count() {
    long count = 1;
    for (int size : sizes) {
      count *= size;
    }
    return count;
  }

  /** This shape with one more axis of {@code size} in front: a batch of such samples. */
  public Shape batched(int size) {
    int[] result = new int[sizes.length + 1];
    result[0] = size;
    System.arraycopy(sizes, 0, result, 1, sizes.length);
    return of(result);
  }

  /** This shape without its first axis: one sample of a batch. */
  public Shape sample() {
    if (sizes.length == 0) {
      throw new FigmentException("A sample of a scalar was asked for; it has no batch.");
    }
    return of(Arrays.copyOfRange(sizes, 1, sizes.length));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(sizes, shape.sizes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sizes);
  }

  /** For example {@code 128x7x7x256}; {@code scalar} for no axes. */
  @Override
  public String toString() {
    return sizes.length == 0
        ? "scalar"
        : Arrays.stream(sizes).mapToObj(Integer::toString).collect(Collectors.joining("x"));
  }
}

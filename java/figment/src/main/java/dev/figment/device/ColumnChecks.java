package dev.figment.device;

/** What {@link CheckedKernels} checks of columns. */
final class ColumnChecks {
  private ColumnChecks() {}

  static void copyColumns(
      Tensor y, int yFrom, Tensor x, int xFrom, int columns, GradientMode mode) {
    Checks.reals("copyColumns", y, x);
    range("y", y, yFrom, columns);
    range("x", x, xFrom, columns);
    if (rows(y) != rows(x)) {
      throw new FigmentException(
          "copyColumns takes y and x of as many rows and got shapes %s and %s."
              .formatted(y.shape(), x.shape()));
    }
    if (y.overlaps(x)) {
      throw new FigmentException("copyColumns was asked between overlapping tensors.");
    }
    Checks.wanted("copyColumns", mode);
  }

  private static void range(String name, Tensor tensor, int from, int columns) {
    if (tensor.shape().rank() < 1
        || from < 0
        || columns < 1
        || from > tensor.shape().size(-1) - columns) {
      throw new FigmentException(
          "copyColumns was asked for %d columns of %s from %d on, and %s is of shape %s."
              .formatted(columns, name, from, name, tensor.shape()));
    }
  }

  private static long rows(Tensor tensor) {
    return tensor.count() / tensor.shape().size(-1);
  }
}

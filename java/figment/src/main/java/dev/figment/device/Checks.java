package dev.figment.device;

/**
 * What {@link CheckedKernels} checks of types, shapes and scalars; each failure is one sentence.
 */
final class Checks {
  private Checks() {}

  static void reals(String operation, Tensor... tensors) {
    for (Tensor tensor : tensors) {
      type(operation, "a tensor", tensor, DataType.REAL);
    }
  }

  /** What layers leave for one another, and its gradients: REAL or BFLOAT16. */
  static void activations(String operation, Tensor... tensors) {
    for (Tensor tensor : tensors) {
      if (tensor.type() != DataType.BFLOAT16) {
        reals(operation, tensor);
      }
    }
  }

  /** The same, all of one type. */
  static void alike(String operation, Tensor... tensors) {
    activations(operation, tensors);
    for (Tensor tensor : tensors) {
      type(operation, "tensors", tensor, tensors[0].type());
    }
  }

  static void type(String operation, String name, Tensor tensor, DataType type) {
    if (tensor.type() != type) {
      throw new FigmentException(
          "%s takes %s of type %s and got %s.".formatted(operation, name, type, tensor.type()));
    }
  }

  static void same(String operation, String name, Tensor a, String other, Tensor b) {
    if (!a.shape().equals(b.shape())) {
      throw new FigmentException(
          "%s takes %s and %s of one shape and got %s and %s."
              .formatted(operation, name, other, a.shape(), b.shape()));
    }
  }

  static void shape(String operation, String name, Tensor tensor, Shape expected) {
    if (!tensor.shape().equals(expected)) {
      throw new FigmentException(
          "%s takes %s of shape %s and got %s."
              .formatted(operation, name, expected, tensor.shape()));
    }
  }

  static void swapped(
      String operation, String lastName, Tensor last, String firstName, Tensor first) {
    Shape shape = last.shape();
    if (shape.rank() != 4) {
      throw new FigmentException(
          "%s takes %s of four axes and got %s.".formatted(operation, lastName, shape));
    }
    shape(
        operation,
        firstName,
        first,
        Shape.of(shape.size(0), shape.size(3), shape.size(1), shape.size(2)));
  }

  static void counter(String operation, Tensor counter) {
    type(operation, "a counter", counter, DataType.INT32);
    if (counter.count() != 1) {
      throw new FigmentException(
          "%s takes a counter of one element and got shape %s."
              .formatted(operation, counter.shape()));
    }
  }

  static void probability(String operation, double p) {
    if (!(p >= 0 && p < 1)) {
      throw new FigmentException(
          "%s takes a drop probability in [0, 1) and got %s.".formatted(operation, p));
    }
  }

  static void vector(String operation, String name, Tensor tensor, int length) {
    if (tensor != null) {
      reals(operation, tensor);
      if (tensor.count() != length) {
        throw new FigmentException(
            "%s takes %s of %d elements and got shape %s."
                .formatted(operation, name, length, tensor.shape()));
      }
    }
  }

  static void channels(String operation, Tensor x, Tensor... vectors) {
    for (Tensor vector : vectors) {
      vector(operation, "a per-channel vector", vector, x.shape().size(-1));
    }
  }

  static void tiles(String operation, Tensor statistics, int channels) {
    Shape shape = statistics.shape();
    if (shape.rank() != 3 || shape.size(1) != 3 || shape.size(2) != channels) {
      throw new FigmentException(
          "%s takes statistics of shape [tiles, 3, %d] and got %s."
              .formatted(operation, channels, shape));
    }
  }

  /** What a convolution is to leave, of so many tiles as the device gives of it. */
  static void statistics(String operation, Tensor statistics, int tiles, int channels) {
    if (tiles == 0) {
      throw noStatistics(operation);
    }
    reals(operation, statistics);
    shape(operation, "statistics", statistics, Shape.of(tiles, 3, channels));
  }

  static NotSupportedException noStatistics(String operation) {
    return new NotSupportedException(
        "%s was asked for statistics of its output, and this device gives none at this geometry; let batchNormForward find them."
            .formatted(operation));
  }

  static void nonlinearity(String operation, Nonlinearity nonlinearity) {
    probability(operation, nonlinearity.dropped());
    if (nonlinearity.drops()) {
      counter(operation, nonlinearity.stream().counter());
    }
  }

  static void rows(String operation, String name, Tensor vector, Tensor x) {
    if (x.shape().rank() < 1) {
      throw new FigmentException(operation + " takes rows and got a scalar.");
    }
    vector(operation, name, vector, x.shape().size(0));
  }

  static void dense(String operation, Tensor y, Tensor x, Tensor w) {
    if (y.shape().rank() != 2 || x.shape().rank() != 2 || w.shape().rank() != 2) {
      throw new FigmentException(
          "%s takes matrices and got %s, %s and %s."
              .formatted(operation, y.shape(), x.shape(), w.shape()));
    }
    int batch = x.shape().size(0);
    shape(operation, "outputs", y, Shape.of(batch, w.shape().size(0)));
    shape(operation, "inputs", x, Shape.of(batch, w.shape().size(1)));
  }

  static void conv(String operation, Tensor large, Tensor small, Tensor w, ConvGeometry geometry) {
    activations(operation, large, small);
    reals(operation, w);
    int batch = large.shape().size(0);
    shape(operation, "the large image", large, geometry.large(batch));
    shape(operation, "the small image", small, geometry.small(batch));
    shape(operation, "weights", w, geometry.weights());
  }

  static void wanted(String operation, GradientMode mode) {
    if (mode == GradientMode.IGNORE) {
      throw new FigmentException(
          operation + " was asked to ignore the gradients it computes; do not call it.");
    }
  }
}

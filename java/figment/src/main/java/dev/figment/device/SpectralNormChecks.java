package dev.figment.device;

import static dev.figment.device.Checks.reals;
import static dev.figment.device.Checks.vector;

/** What {@link CheckedKernels} checks of spectral normalisation. */
final class SpectralNormChecks {
  private SpectralNormChecks() {}

  static void check(String operation, Tensor w, Tensor u, Tensor v, Tensor inverse) {
    reals(operation, w, u, v, inverse);
    if (w.shape().rank() < 2) {
      throw new FigmentException(
          "%s takes weights of two or more axes and got %s.".formatted(operation, w.shape()));
    }
    int rows = w.shape().size(0);
    vector(operation, "u", u, rows);
    vector(operation, "v", v, Math.toIntExact(w.count() / rows));
    vector(operation, "inverse", inverse, 1);
  }
}

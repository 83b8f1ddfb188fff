package dev.figment.reference;

import dev.figment.device.SpectralNormKernels;
import dev.figment.device.Tensor;

/** The spectral normalisation of {@link ReferenceKernels}, in plain loops. */
interface ReferenceSpectralNorm extends SpectralNormKernels {
  double SMALLEST = 1e-12;

  @Override
  default void spectralNorm(Tensor inverse, Tensor u, Tensor v, Tensor w) {
    Reals left = Reals.of(u);
    Reals right = Reals.of(v);
    Reals weights = Reals.of(w);
    int rows = left.count();
    int columns = right.count();
    right.fill(0);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        right.add(c, weights.get(r * columns + c) * left.get(r));
      }
    }
    double rightNorm = norm(right);
    double[] products = new double[rows];
    double squares = 0;
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        products[r] += weights.get(r * columns + c) * right.get(c) / rightNorm;
      }
      squares += products[r] * products[r];
    }
    double sigma = Math.sqrt(squares);
    if (rightNorm < SMALLEST || sigma < SMALLEST) {
      right.fill(0);
      Reals.of(inverse).set(0, 1);
      return;
    }
    for (int r = 0; r < rows; r++) {
      left.set(r, products[r] / sigma);
    }
    for (int c = 0; c < columns; c++) {
      right.set(c, right.get(c) / rightNorm);
    }
    Reals.of(inverse).set(0, 1 / sigma);
  }

  private static double norm(Reals x) {
    double squares = 0;
    for (int i = 0; i < x.count(); i++) {
      squares += x.get(i) * x.get(i);
    }
    return Math.sqrt(squares);
  }

  @Override
  default void spectralNormBackward(Tensor dw, Tensor w, Tensor u, Tensor v, Tensor inverse) {
    Reals gradient = Reals.of(dw);
    Reals weights = Reals.of(w);
    double scale = Reals.of(inverse).get(0);
    double product = 0;
    for (int i = 0; i < gradient.count(); i++) {
      product += gradient.get(i) * weights.get(i);
    }
    int columns = (int) v.count();
    for (int i = 0; i < gradient.count(); i++) {
      double outer = Reals.of(u).get(i / columns) * Reals.of(v).get(i % columns);
      gradient.set(i, scale * (gradient.get(i) - scale * product * outer));
    }
  }
}

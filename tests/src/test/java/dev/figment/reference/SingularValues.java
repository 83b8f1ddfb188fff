package dev.figment.reference;

/** Singular values by one-sided Jacobi rotations: Hestenes (1958). */
public final class SingularValues {
  private static final int SWEEPS = 40;

  private SingularValues() {}

  /** The largest singular value of a matrix of so many rows. */
  public static double largest(double[] matrix, int rows) {
    int columns = matrix.length / rows;
    double[][] a = new double[rows][columns];
    for (int i = 0; i < matrix.length; i++) {
      a[i / columns][i % columns] = matrix[i];
    }
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      for (int p = 0; p < rows; p++) {
        for (int q = p + 1; q < rows; q++) {
          rotate(a[p], a[q]);
        }
      }
    }
    double largest = 0;
    for (double[] row : a) {
      largest = Math.max(largest, Math.sqrt(dot(row, row)));
    }
    return largest;
  }

  /** Makes two rows orthogonal. */
  private static void rotate(double[] x, double[] y) {
    double xy = dot(x, y);
    if (xy == 0) {
      return;
    }
    double zeta = (dot(y, y) - dot(x, x)) / (2 * xy);
    double tangent = Math.copySign(1, zeta) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
    double cosine = 1 / Math.sqrt(1 + tangent * tangent);
    double sine = cosine * tangent;
    for (int i = 0; i < x.length; i++) {
      double before = x[i];
      x[i] = cosine * before - sine * y[i];
      y[i] = sine * before + cosine * y[i];
    }
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }
}

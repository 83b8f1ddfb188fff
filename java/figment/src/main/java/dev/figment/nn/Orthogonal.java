package dev.figment.nn;

/** Makes rows orthonormal. */
final class Orthogonal {
  private Orthogonal() {}

  /**
   * Modified Gram-Schmidt, twice over each row, which makes rows orthogonal to rounding ("twice is
   * enough": Giraud et al., 2005).
   *
   * @param w holds a matrix [size][size] from element {@code first} on, of full rank
   */
  static void rows(double[] w, int first, int size) {
    for (int row = 0; row < size; row++) {
      int at = first + row * size;
      for (int round = 0; round < 2; round++) {
        for (int other = first; other < at; other += size) {
          add(w, at, other, size, -product(w, at, other, size));
        }
      }
      double length = Math.sqrt(product(w, at, at, size));
      for (int i = 0; i < size; i++) {
        w[at + i] /= length;
      }
    }
  }

  private static double product(double[] w, int a, int b, int size) {
    double sum = 0;
    for (int i = 0; i < size; i++) {
      sum += w[a + i] * w[b + i];
    }
    return sum;
  }

  private static void add(double[] w, int to, int from, int size, double factor) {
    for (int i = 0; i < size; i++) {
      w[to + i] += factor * w[from + i];
    }
  }
}

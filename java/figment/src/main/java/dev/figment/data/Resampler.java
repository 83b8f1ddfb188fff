package dev.figment.data;

/**
 * Resizes rows of samples with the Lanczos kernel of three lobes. Where it makes smaller, the
 * kernel widens with the step, so that every source sample counts and fine patterns are averaged;
 * sample centres stay in place. Columns are done as rows of the transposed image.
 *
 * <p>Source: C. Duchon, "Lanczos filtering in one and two dimensions", J. Applied Meteorology 1979.
 */
final class Resampler {
  private static final int LOBES = 3;

  private final int[] first; // source sample that the weights of a result begin at
  private final float[][] weights; // of each result, their sum being 1

  /** From so many samples to so many. */
  Resampler(int from, int to) {
    first = new int[to];
    weights = new float[to][];
    double step = (double) from / to;
    double widening = Math.max(1, step);
    for (int i = 0; i < to; i++) {
      double centre = (i + 0.5) * step - 0.5;
      int low = Math.max(0, (int) Math.ceil(centre - LOBES * widening));
      int high = Math.min(from - 1, (int) Math.floor(centre + LOBES * widening));
      first[i] = low;
      weights[i] = new float[high - low + 1];
      double sum = 0;
      for (int j = low; j <= high; j++) {
        sum += lanczos((j - centre) / widening);
      }
      for (int j = low; j <= high; j++) {
        weights[i][j - low] = (float) (lanczos((j - centre) / widening) / sum);
      }
    }
  }

  private static double lanczos(double x) {
    double angle = Math.PI * x;
    return Math.abs(x) < 1e-8
        ? 1
        : Math.abs(x) >= LOBES
            ? 0
            : LOBES * Math.sin(angle) * Math.sin(angle / LOBES) / (angle * angle);
  }

  /**
   * Resizes one row and puts it into a column: done for all rows, the image is transposed, and done
   * again, it is whole.
   *
   * @param x from x channels
   * @param y receives to x rows x channels
   * @param row of x in its image of {@code rows} rows
   */
  void rowToColumn(float[] x, float[] y, int row, int rows, int channels) {
    for (int i = 0; i < first.length; i++) {
      int at = first[i] * channels;
      int to = (i * rows + row) * channels;
      for (float weight : weights[i]) {
        for (int c = 0; c < channels; c++) {
          y[to + c] += weight * x[at++];
        }
      }
    }
  }
}

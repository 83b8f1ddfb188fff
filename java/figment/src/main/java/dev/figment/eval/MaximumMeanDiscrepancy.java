package dev.figment.eval;

import dev.figment.device.FigmentException;
import java.util.stream.IntStream;

/**
 * The squared maximum mean discrepancy of two sets of samples: the squared distance of their means
 * in the space of a kernel. It is 0 in expectation where both come from one distribution, and may
 * then be below 0, for the estimate is unbiased.
 *
 * <p>Source: A. Gretton, K. Borgwardt, M. Rasch, B. Schoelkopf, A. Smola, "A Kernel Two-Sample
 * Test", JMLR 2012, lemma 6.
 */
public final class MaximumMeanDiscrepancy {
  private final double[][] withinX; // n x n
  private final double[][] withinY; // m x m
  private final double[][] across; // n x m

  /**
   * Computes the kernel of all pairs.
   *
   * @param x at least two vectors
   * @param y at least two vectors, all of the same length as those of x
   */
  public MaximumMeanDiscrepancy(float[][] x, float[][] y, SampleKernel kernel) {
    if (x.length < 2 || y.length < 2) {
      throw new FigmentException(
          "the discrepancy needs at least two samples of each kind; there are %d and %d"
              .formatted(x.length, y.length));
    }
    int length = x[0].length;
    for (float[][] samples : new float[][][] {x, y}) {
      for (float[] sample : samples) {
        if (sample.length != length) {
          throw new FigmentException(
              "the discrepancy needs samples of one length; there are some of %d and of %d numbers"
                  .formatted(length, sample.length));
        }
      }
    }
    withinX = pairs(x, x, kernel);
    withinY = pairs(y, y, kernel);
    across = pairs(x, y, kernel);
  }

  private static double[][] pairs(float[][] a, float[][] b, SampleKernel kernel) {
    double[][] values = new double[a.length][b.length];
    IntStream.range(0, a.length)
        .parallel()
        .forEach(
            i -> {
              for (int j = 0; j < b.length; j++) {
                values[i][j] = kernel.of(a[i], b[j]);
              }
            });
    return values;
  }

  /** Of all samples. */
  public double squared() {
    return squared(
        IntStream.range(0, withinX.length).toArray(), IntStream.range(0, withinY.length).toArray());
  }

  /**
   * Of a resample, as {@link Bootstrap} draws them. A pair of a sample with itself does not count,
   * also where it was drawn twice: it would make a resample seem to differ.
   *
   * @param x which samples of the first set; at least two different ones
   * @param y which of the second
   */
  public double squared(int[] x, int[] y) {
    double sum = 0;
    for (int i : x) {
      for (int j : y) {
        sum += across[i][j];
      }
    }
    return meanOfPairs(withinX, x)
        + meanOfPairs(withinY, y)
        - 2 * sum / ((double) x.length * y.length);
  }

  private static double meanOfPairs(double[][] values, int[] drawn) {
    double sum = 0;
    long count = 0;
    for (int i : drawn) {
      for (int j : drawn) {
        if (i != j) {
          sum += values[i][j];
          count++;
        }
      }
    }
    return sum / count;
  }
}

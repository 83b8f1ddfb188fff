package dev.figment.eval;

import dev.figment.device.FigmentException;
import java.util.Arrays;

/**
 * The mean of Gaussian kernels exp(-|a - b|^2 / (2 width^2)) of several widths.
 *
 * @param widths in the unit of the samples, above 0
 */
public record RbfKernel(double[] widths) implements SampleKernel {
  private static final double[] MULTIPLES = {0.25, 0.5, 1, 2, 4};

  /**
   * Five widths about the median distance: 1/4, 1/2, 1, 2 and 4 times it. The median is that of all
   * pairs of real samples, so that two generators are measured by the same kernel.
   *
   * <p>Source: the median heuristic of A. Gretton et al., "A Kernel Two-Sample Test", JMLR 2012,
   * section 8; several widths as Y. Li, K. Swersky, R. Zemel, "Generative Moment Matching
   * Networks", ICML 2015.
   *
   * @param real at least two, not all the same
   */
  public static RbfKernel aroundMedian(float[][] real) {
    double[] distances = new double[real.length * (real.length - 1) / 2];
    int used = 0;
    for (int i = 0; i < real.length; i++) {
      for (int j = 0; j < i; j++) {
        distances[used++] = Math.sqrt(SampleKernel.squaredDistance(real[i], real[j]));
      }
    }
    Arrays.sort(distances);
    double median = used == 0 ? 0 : distances[used / 2];
    if (!(median > 0)) {
      throw new FigmentException(
          "the kernel's width is the median distance of the real samples, which is %s for these %d; give more samples that differ and are finite"
              .formatted(median, real.length));
    }
    return new RbfKernel(Arrays.stream(MULTIPLES).map(m -> m * median).toArray());
  }

  @Override
  public double of(float[] a, float[] b) {
    double squared = SampleKernel.squaredDistance(a, b);
    double sum = 0;
    for (double width : widths) {
      sum += Math.exp(-squared / (2 * width * width));
    }
    return sum / widths.length;
  }
}

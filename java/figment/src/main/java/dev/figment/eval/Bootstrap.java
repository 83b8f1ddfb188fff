package dev.figment.eval;

import dev.figment.device.FigmentException;
import dev.figment.device.RandomStream;
import dev.figment.device.UniformIntegers;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Percentile intervals by the bootstrap: the statistic of resamples, drawn with replacement, each
 * as large as the sample. A pure function of the seed.
 *
 * <p>Source: B. Efron, R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
 */
public final class Bootstrap {
  /**
   * A statistic and its interval.
   *
   * @param estimate of the samples themselves
   * @param low the end below
   * @param high the end above
   */
  public record Interval(double estimate, double low, double high) {}

  /** A number computed from one or more samples. */
  @FunctionalInterface
  public interface Statistic {
    /**
     * Computes it.
     *
     * @param drawn which elements of each sample
     */
    double of(int[][] drawn);
  }

  private Bootstrap() {}

  /**
   * The interval of a statistic.
   *
   * @param resamples how many, such as 1000
   * @param level what share of resamples lies within, such as 0.95
   * @param sizes the elements of each sample
   * @throws FigmentException when these do not make sense, or the statistic is not finite
   */
  public static Interval percentile(
      Statistic statistic, int resamples, double level, long seed, int... sizes) {
    if (resamples < 2 || !(level > 0 && level < 1) || Arrays.stream(sizes).anyMatch(s -> s < 1)) {
      throw new FigmentException(
          "an interval of level %s by %d resamples of %s elements was asked for; give a level between 0 and 1, at least 2 resamples and no empty sample"
              .formatted(level, resamples, Arrays.toString(sizes)));
    }
    double[] values = new double[resamples];
    for (int i = 0; i < resamples; i++) {
      UniformIntegers random = new UniformIntegers(i, RandomStream.BOOTSTRAP, seed);
      int[][] drawn = new int[sizes.length][];
      for (int sample = 0; sample < sizes.length; sample++) {
        int size = sizes[sample];
        drawn[sample] = IntStream.range(0, size).map(element -> random.below(size)).toArray();
      }
      values[i] = finite(statistic.of(drawn));
    }
    Arrays.sort(values);
    int[][] all =
        Arrays.stream(sizes).mapToObj(s -> IntStream.range(0, s).toArray()).toArray(int[][]::new);
    double tail = (1 - level) / 2;
    return new Interval(
        finite(statistic.of(all)), quantile(values, tail), quantile(values, 1 - tail));
  }

  private static double finite(double value) {
    if (!Double.isFinite(value)) {
      throw new FigmentException(
          "the statistic of a resample is %s; give more samples that differ".formatted(value));
    }
    return value;
  }

  /** Between the two nearest of sorted values, in proportion. */
  private static double quantile(double[] sorted, double share) {
    double place = share * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }
}

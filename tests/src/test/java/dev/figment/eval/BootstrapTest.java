package dev.figment.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.FigmentException;
import dev.figment.eval.Bootstrap.Interval;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BootstrapTest {
  private static double mean(double[] sample, int[] drawn) {
    return Arrays.stream(drawn).mapToDouble(i -> sample[i]).average().orElseThrow();
  }

  private static double[] normal(int count, long seed) {
    Random random = new Random(seed);
    return random.doubles(count).map(u -> random.nextGaussian()).toArray();
  }

  @Test
  void ofAMeanIsNearTheNormalInterval() {
    double[] sample = normal(400, 1);
    double mean = Arrays.stream(sample).average().orElseThrow();
    double deviation =
        Math.sqrt(Arrays.stream(sample).map(x -> (x - mean) * (x - mean)).average().orElseThrow());
    Interval interval = Bootstrap.percentile(d -> mean(sample, d[0]), 2000, 0.95, 9, 400);
    double half = 1.95996 * deviation / Math.sqrt(400);
    assertThat(interval.estimate()).isEqualTo(mean, within(1e-12));
    // The end of 2,000 resamples is itself uncertain by some hundredths of the width.
    assertThat(interval.low()).isEqualTo(mean - half, within(0.1 * half));
    assertThat(interval.high()).isEqualTo(mean + half, within(0.1 * half));
  }

  @Test
  void ofTwoElementsIsKnown() {
    // The mean of a resample of {0, 1} is 0 or 1 with probability 1/4 each, else 1/2.
    double[] sample = {0, 1};
    Interval wide = Bootstrap.percentile(d -> mean(sample, d[0]), 999, 0.9, 3, 2);
    assertThat(wide).isEqualTo(new Interval(0.5, 0, 1));
    Interval narrow = Bootstrap.percentile(d -> mean(sample, d[0]), 999, 0.3, 3, 2);
    assertThat(narrow).isEqualTo(new Interval(0.5, 0.5, 0.5));
  }

  @Test
  void coversTheTruthAboutAsOftenAsItSays() {
    int covered = 0;
    for (int i = 0; i < 200; i++) {
      double[] sample = normal(50, 50 + i);
      Interval interval = Bootstrap.percentile(d -> mean(sample, d[0]), 300, 0.9, i, 50);
      covered += interval.low() <= 0 && interval.high() >= 0 ? 1 : 0;
    }
    // 180 expected, with a deviation of 4.2; percentile intervals are a little narrow.
    assertThat(covered).isBetween(158, 196);
  }

  @Test
  void dependsOnTheSeedAlone() {
    double[] sample = normal(30, 4);
    double[] other = normal(20, 5);
    Bootstrap.Statistic difference = d -> mean(sample, d[0]) - mean(other, d[1]);
    Interval first = Bootstrap.percentile(difference, 200, 0.95, 7, 30, 20);
    assertThat(Bootstrap.percentile(difference, 200, 0.95, 7, 30, 20)).isEqualTo(first);
    assertThat(Bootstrap.percentile(difference, 200, 0.95, 8, 30, 20).low())
        .isNotEqualTo(first.low());
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    for (double level : new double[] {0, 1, Double.NaN}) {
      assertThatThrownBy(() -> Bootstrap.percentile(d -> 0, 100, level, 1, 5))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("give a level between 0 and 1");
    }
    assertThatThrownBy(() -> Bootstrap.percentile(d -> 0, 1, 0.9, 1, 5))
        .hasMessageContaining("at least 2 resamples");
    assertThatThrownBy(() -> Bootstrap.percentile(d -> 0, 10, 0.9, 1, 5, 0))
        .hasMessageContaining("of [5, 0] elements");
    assertThatThrownBy(() -> Bootstrap.percentile(d -> Double.NaN, 10, 0.9, 1, 5))
        .isInstanceOf(FigmentException.class)
        .hasMessage("the statistic of a resample is NaN; give more samples that differ");
  }
}

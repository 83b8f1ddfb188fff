package dev.figment.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.FigmentException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MaximumMeanDiscrepancyTest {
  private static final SampleKernel DOT =
      (a, b) -> {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
          sum += (double) a[i] * b[i];
        }
        return sum;
      };

  private static float[][] normal(int count, int length, double mean, long seed) {
    Random random = new Random(seed);
    float[][] samples = new float[count][length];
    for (float[] sample : samples) {
      for (int i = 0; i < length; i++) {
        sample[i] = (float) (mean + random.nextGaussian());
      }
    }
    return samples;
  }

  @Test
  void isWhatTheFormulaGivesByHand() {
    float[][] x = {{1}, {2}};
    float[][] y = {{0}, {3}, {4}};
    // Pairs within x: 1*2. Within y: (0 + 0 + 12) / 3. Across: 3 * 7 / 6.
    assertThat(new MaximumMeanDiscrepancy(x, y, DOT).squared())
        .isEqualTo(2 + 4 - 2 * 21 / 6.0, within(1e-12));
  }

  @Test
  void comesNearTheClosedFormForNormalsAndOneWidth() {
    // For N(0, 1) and N(m, 1) in d dimensions and width w, the means of exp(-|a - b|^2 / (2 w^2))
    // are c and c exp(-d m^2 / (2 (w^2 + 2))), c = (w^2 / (w^2 + 2))^(d/2).
    int length = 2;
    double mean = 0.8;
    double width = 1.5;
    double c = Math.pow(width * width / (width * width + 2), length / 2.0);
    double expected = 2 * c * (1 - Math.exp(-length * mean * mean / (2 * (width * width + 2))));
    RbfKernel kernel = new RbfKernel(new double[] {width});
    double sum = 0;
    int trials = 20;
    for (int i = 0; i < trials; i++) {
      float[][] x = normal(200, length, 0, i);
      float[][] y = normal(200, length, mean, 100 + i);
      sum += new MaximumMeanDiscrepancy(x, y, kernel).squared();
    }
    // One estimate deviates by about 0.02, the mean of 20 by 0.0045.
    assertThat(sum / trials).isEqualTo(expected, within(0.02));
    assertThat(expected).isGreaterThan(0.1);
  }

  @Test
  void isUnbiasedWhereBothAreAlike() {
    double sum = 0;
    int below = 0;
    for (int i = 0; i < 100; i++) {
      float[][] x = normal(20, 3, 0, i);
      float[][] y = normal(30, 3, 0, 1000 + i);
      double squared =
          new MaximumMeanDiscrepancy(x, y, new RbfKernel(new double[] {1, 2})).squared();
      below += squared < 0 ? 1 : 0;
      sum += squared;
    }
    // With the biased estimate all would be above 0, and the mean about 0.06.
    assertThat(sum / 100).isEqualTo(0, within(0.006));
    assertThat(below).isBetween(25, 90);
  }

  @Test
  void aResampleDoesNotCountASampleAgainstItself() {
    float[][] x = normal(4, 2, 0, 1);
    float[][] y = normal(4, 2, 1, 2);
    MaximumMeanDiscrepancy all = new MaximumMeanDiscrepancy(x, y, DOT);
    int[] every = {0, 1, 2, 3};
    assertThat(all.squared(every, every)).isEqualTo(all.squared());
    // Each sample twice: the same pairs, each four times.
    int[] twice = {0, 0, 1, 1, 2, 2, 3, 3};
    assertThat(all.squared(twice, twice)).isEqualTo(all.squared(), within(1e-12));
    float[][] part = {x[2], x[0]};
    assertThat(all.squared(new int[] {2, 0}, every))
        .isEqualTo(new MaximumMeanDiscrepancy(part, y, DOT).squared(), within(1e-12));
  }

  @Test
  void theKernelsWidthsStandAboutTheMedianDistance() {
    RbfKernel kernel = RbfKernel.aroundMedian(new float[][] {{0, 0}, {3, 4}, {0, 0.5f}});
    // The distances are 0.5, 4.61 and 5.
    double median = Math.sqrt(9 + 3.5 * 3.5);
    assertThat(kernel.widths())
        .containsExactly(
            new double[] {median / 4, median / 2, median, 2 * median, 4 * median}, within(1e-9));
    assertThat(kernel.of(new float[] {1, 2}, new float[] {1, 2})).isEqualTo(1);
    assertThat(new RbfKernel(new double[] {2}).of(new float[] {0}, new float[] {2}))
        .isEqualTo(Math.exp(-0.5), within(1e-12));
  }

  @Test
  void samplesThatCannotBeMeasuredAreRefused() {
    float[][] one = {{1}};
    float[][] two = {{1}, {2}};
    float[][] wide = {{1, 2}, {3, 4}};
    assertThatThrownBy(() -> new MaximumMeanDiscrepancy(one, two, DOT))
        .isInstanceOf(FigmentException.class)
        .hasMessage("the discrepancy needs at least two samples of each kind; there are 1 and 2");
    assertThatThrownBy(() -> new MaximumMeanDiscrepancy(two, wide, DOT))
        .hasMessage(
            "the discrepancy needs samples of one length; there are some of 1 and of 2 numbers");
    for (float[][] samples : new float[][][] {{{1}, {1}}, {{1}}, {{Float.NaN}, {1}}}) {
      assertThatThrownBy(() -> RbfKernel.aroundMedian(samples))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("give more samples that differ and are finite");
    }
  }
}

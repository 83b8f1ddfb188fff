package dev.figment.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.figment.data.SeriesWindow;
import dev.figment.device.FigmentException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AutocorrelationTest {
  private static final int STEPS = 50;

  /** x_t = a x_{t-1} + e_t, from its stationary distribution: the correlation at lag k is a^k. */
  private static List<SeriesWindow> autoregressive(double a, int windows, long seed) {
    Random random = new Random(seed);
    List<SeriesWindow> made = new ArrayList<>();
    for (int i = 0; i < windows; i++) {
      double[] values = new double[STEPS];
      values[0] = random.nextGaussian() / Math.sqrt(1 - a * a);
      for (int t = 1; t < STEPS; t++) {
        values[t] = a * values[t - 1] + random.nextGaussian();
      }
      made.add(new SeriesWindow(1, values));
    }
    return made;
  }

  @Test
  void ofAnAutoregressiveSeriesIsItsPowers() {
    double[] found = Autocorrelation.of(autoregressive(0.7, 2000, 1), 5)[0];
    for (int lag = 1; lag <= 5; lag++) {
      assertThat(found[lag - 1]).as("lag %d", lag).isEqualTo(Math.pow(0.7, lag), within(0.03));
    }
  }

  @Test
  void ofACosineIsTheCosineOfTheLag() {
    // Whole periods at every lag but for the ends: 20 windows of other phases make up for these.
    List<SeriesWindow> windows =
        IntStream.range(0, 20)
            .mapToObj(
                i ->
                    new SeriesWindow(
                        1,
                        IntStream.range(0, STEPS)
                            .mapToDouble(t -> 3 + Math.cos(2 * Math.PI * (t / 10.0 + i / 20.0)))
                            .toArray()))
            .toList();
    double[] found = Autocorrelation.of(windows, 10)[0];
    for (int lag = 1; lag <= 10; lag++) {
      assertThat(found[lag - 1]).isEqualTo(Math.cos(2 * Math.PI * lag / 10), within(1e-9));
    }
  }

  @Test
  void missingValuesAndShortWindowsTakePartWhereTheyCan() {
    SeriesWindow whole = new SeriesWindow(2, new double[] {1, 5, Double.NaN, 6, 3, 9, 2, 4});
    SeriesWindow one = new SeriesWindow(2, new double[] {2, Double.NaN});
    double[][] found = Autocorrelation.of(List.of(whole, one), 1);
    // First feature: 1, missing, 3, 2 and 2: mean 2, variance 2/4; the only pair is (3, 2).
    assertThat(found[0][0]).isEqualTo(0, within(1e-12));
    // Second: 5, 6, 9, 4: mean 6; products 0, 0, -6; variance 14/4.
    assertThat(found[1][0]).isEqualTo(-2 / 3.5, within(1e-12));
  }

  @Test
  void theDistanceIsTheNormOverTheLags() {
    List<SeriesWindow> a = autoregressive(0.9, 200, 1);
    List<SeriesWindow> b = autoregressive(0.2, 200, 2);
    assertThat(Autocorrelation.distance(a, a, 8)).isZero();
    double[] x = Autocorrelation.of(a, 2)[0];
    double[] y = Autocorrelation.of(b, 2)[0];
    assertThat(Autocorrelation.distance(a, b, 2))
        .isEqualTo(Math.hypot(x[0] - y[0], x[1] - y[1]), within(1e-12))
        .isGreaterThan(0.8);
    assertThat(Autocorrelation.distance(b, a, 2)).isEqualTo(Autocorrelation.distance(a, b, 2));
  }

  @Test
  void whatHasNoneIsRefused() {
    List<SeriesWindow> constant = List.of(new SeriesWindow(1, new double[] {2, 2, 2}));
    List<SeriesWindow> brief = List.of(new SeriesWindow(1, new double[] {1, 2, 3}));
    assertThatThrownBy(() -> Autocorrelation.of(constant, 1))
        .isInstanceOf(FigmentException.class)
        .hasMessageStartingWith("feature 1 has no autocorrelation at lag 1");
    assertThatThrownBy(() -> Autocorrelation.of(brief, 3)).hasMessageContaining("at lag 3");
    assertThatThrownBy(() -> Autocorrelation.of(List.of(), 3)).isInstanceOf(FigmentException.class);
  }
}

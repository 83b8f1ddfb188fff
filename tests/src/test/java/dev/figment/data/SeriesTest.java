package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.figment.device.FigmentException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SeriesTest {
  /** Row t is (t, 1000 + t squared). */
  private static Series series(int rows) {
    double[] values =
        IntStream.range(0, rows)
            .boxed()
            .flatMapToDouble(t -> DoubleStream.of(t, 1000 + (double) t * t))
            .toArray();
    return new Series("test", List.of("a", "b"), values);
  }

  @Test
  void partsFollowEachOtherAndNoWindowReachesOver() {
    Split<SeriesDataset> split = series(100).split(4, 3, Scaling.Kind.STANDARD);
    assertThat(starts(split.train())).startsWith(0, 3, 6).endsWith(75).hasSize(26);
    assertThat(starts(split.validation())).containsExactly(80, 83, 86);
    assertThat(starts(split.test())).containsExactly(90, 93, 96);
    assertThat(split.train().steps()).isEqualTo(4);
  }

  private static List<Integer> starts(SeriesDataset data) {
    for (int i = 0; i < data.size(); i++) {
      assertThat(data.window(i).at(0, 0)).isEqualTo(data.start(i), within(1e-4));
    }
    return IntStream.range(0, data.size()).mapToObj(data::start).toList();
  }

  @ParameterizedTest
  @EnumSource(Scaling.Kind.class)
  void scalingIsFittedOnTheTrainingPartAloneAndInvertible(Scaling.Kind kind) throws Exception {
    Series series = series(100);
    Split<SeriesDataset> split = series.split(10, 10, kind);
    float[] scaled = new float[0];
    for (float[] window : split.train().vectors(8)) {
      scaled = Arrays.copyOf(scaled, scaled.length + window.length);
      System.arraycopy(window, 0, scaled, scaled.length - window.length, window.length);
    }
    for (int f = 0; f < 2; f++) {
      int feature = f;
      float[] all = scaled;
      double[] column = IntStream.range(0, 80).mapToDouble(i -> all[2 * i + feature]).toArray();
      double mean = Arrays.stream(column).average().orElseThrow();
      if (kind == Scaling.Kind.MINMAX) {
        assertThat(Arrays.stream(column).min().orElseThrow()).isZero();
        assertThat(Arrays.stream(column).max().orElseThrow()).isEqualTo(1);
      } else {
        assertThat(mean).isEqualTo(0, within(1e-6));
        double squares = Arrays.stream(column).map(x -> x * x).average().orElseThrow();
        assertThat(squares).isEqualTo(1, within(1e-6));
      }
    }
    SeriesWindow last = split.test().window(0);
    assertThat(last.at(9, 0)).isEqualTo(99, within(1e-4));
    assertThat(last.at(9, 1)).isEqualTo(1000 + 99 * 99, within(1e-2));
    ObjectMapper json = new ObjectMapper();
    Scaling scaling = split.train().scaling();
    assertThat(json.readValue(json.writeValueAsString(scaling), Scaling.class)).isEqualTo(scaling);
    Series changed = series(100);
    changed.values()[199] = 1e9;
    assertThat(changed.split(10, 10, kind).train().scaling()).isEqualTo(scaling);
  }

  @Test
  void batchesAreTimeMajorWithMissingValuesAndTheRestMaskedOut() {
    Series series = series(100);
    series.values()[2 * 5 + 1] = Double.NaN;
    Scaling scaling = series.split(3, 1, Scaling.Kind.STANDARD).train().scaling();
    List<SeriesWindow> windows =
        List.of(
            new SeriesWindow(2, new double[] {1, 2, 3, Double.NaN, 5, 6}),
            new SeriesWindow(2, new double[] {7, 8}));
    SeriesDataset data = SeriesDataset.of("made", scaling, windows, 4);
    SequenceBatch batch = data.batch(2);
    Arrays.fill(batch.values(), 77);
    Arrays.fill(batch.mask(), 77);
    data.gather(new int[] {1, 0}, batch);
    assertThat(batch.lengths()).containsExactly(1, 3);
    // T x N x F with window 1 first.
    assertThat(batch.mask()).containsExactly(1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0);
    List<SeriesWindow> back = scaling.restore(batch.values(), batch.lengths());
    assertThat(back.get(0).values()).containsExactly(new double[] {7, 8}, within(1e-3));
    assertThat(back.get(1).at(2, 1)).isEqualTo(6, within(1e-3));
    assertThat(batch.values()[7]).isZero();
    assertThat(data.window(0).at(1, 1)).isNaN();
    assertThat(data.window(1).length()).isEqualTo(1);
    assertThat(data.spread(9)).hasSize(2);
  }

  @Test
  void missingValuesDoNotCountInTheScaling() {
    Series whole = series(100);
    double[] gaps = Arrays.copyOf(whole.values(), 200);
    gaps[0] = Double.NaN;
    gaps[158] = Double.NaN;
    Scaling.Column column =
        new Series("gaps", whole.columns(), gaps)
            .split(3, 1, Scaling.Kind.MINMAX)
            .train()
            .scaling()
            .columns()
            .get(0);
    assertThat(column).isEqualTo(new Scaling.Column("a", 1, 77, 1, 78));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1|1|a window of 1 does not fit test: it is longer than one of the parts for training (0 rows), validation (0) and test (1); give at least 10 rows",
        "1|24|a window of 24 does not fit test: it is longer than the series, which has 1 row; give at least 240 rows",
        "100|101|a window of 101 does not fit test: it is longer than the series, which has 100 rows; give a window of at most 10, or more rows",
        "100|11|a window of 11 does not fit test: it is longer than one of the parts for training (80 rows), validation (10) and test (10); give a window of at most 10, or more rows",
      })
  void windowsThatDoNotFitAreRefused(int rows, int window, String message) {
    assertThatThrownBy(() -> series(rows).split(window, 1, Scaling.Kind.STANDARD))
        .isInstanceOf(FigmentException.class)
        .hasMessage(message);
  }

  @Test
  void columnsThatCannotBeScaledAreNamed() {
    Series constant = series(100);
    Series empty = series(100);
    for (int t = 0; t < 80; t++) {
      constant.values()[2 * t] = 5;
      empty.values()[2 * t + 1] = Double.NaN;
    }
    assertThatThrownBy(() -> constant.split(4, 1, Scaling.Kind.STANDARD))
        .isInstanceOf(FigmentException.class)
        .hasMessage(
            "cannot scale column \"a\" of test: it is 5.0 throughout in the 80 rows of the training"
                + " part; leave it out with --columns");
    assertThatThrownBy(() -> empty.split(4, 1, Scaling.Kind.MINMAX))
        .hasMessage(
            "cannot scale column \"b\" of test: it has no value in the 80 rows of the training part;"
                + " leave it out with --columns");
  }

  @Test
  void theFingerprintTellsDataApart() {
    long base = fingerprint(series(100), 4, 1, Scaling.Kind.STANDARD);
    assertThat(fingerprint(series(100), 4, 1, Scaling.Kind.STANDARD)).isEqualTo(base);
    Series changed = series(100);
    changed.values()[17] += 1;
    assertThat(
            List.of(
                fingerprint(changed, 4, 1, Scaling.Kind.STANDARD),
                fingerprint(series(100), 5, 1, Scaling.Kind.STANDARD),
                fingerprint(series(100), 4, 2, Scaling.Kind.STANDARD),
                fingerprint(series(100), 4, 1, Scaling.Kind.MINMAX)))
        .doesNotContain(base)
        .doesNotHaveDuplicates();
  }

  private static long fingerprint(Series series, int window, int stride, Scaling.Kind kind) {
    return series.split(window, stride, kind).train().fingerprint();
  }

  @Test
  void whatDoesNotFitIsRefused() {
    SeriesDataset data = series(100).split(4, 1, Scaling.Kind.STANDARD).test();
    assertThatThrownBy(() -> data.gather(new int[] {7}, data.batch(1)))
        .isInstanceOf(FigmentException.class)
        .hasMessage("there is no window 7: test holds 7");
    assertThatThrownBy(() -> data.gather(new int[] {0}, data.batch(2)))
        .hasMessageContaining("1 windows of 4 steps do not fit a batch of 2 windows of 4 steps");
    List<SeriesWindow> long5 = List.of(new SeriesWindow(2, new double[10]));
    assertThatThrownBy(() -> SeriesDataset.of("made", data.scaling(), long5, 4))
        .hasMessage(
            "window 0 of made has 5 steps of 2 features; they must have 1 to 4 steps of 2 features");
  }
}

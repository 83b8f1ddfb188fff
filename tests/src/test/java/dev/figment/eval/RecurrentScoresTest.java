package dev.figment.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.data.Scaling;
import dev.figment.data.SeriesDataset;
import dev.figment.data.SeriesWindow;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Scores by small recurrent networks, on windows whose distributions are known. */
class RecurrentScoresTest {
  private static final int STEPS = 8;
  private static final int WINDOWS = 160;
  private static final int RESAMPLES = 100;

  private Device device;

  @BeforeEach
  void open() {
    device = Devices.open("cpu", 1).device();
  }

  @AfterEach
  void close() {
    device.close();
  }

  /** Waves of one frequency and any phase, of two lengths; some values are missing. */
  private static SeriesDataset waves(int count, double frequency, int seed) {
    Random random = new Random(seed);
    List<SeriesWindow> windows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double phase = 2 * Math.PI * random.nextDouble();
      double[] values = new double[STEPS - i % 2];
      for (int t = 0; t < values.length; t++) {
        boolean missing = random.nextInt(20) == 0;
        values[t] = missing ? Double.NaN : Math.sin(frequency * t + phase);
      }
      windows.add(new SeriesWindow(1, values));
    }
    Scaling scaling =
        new Scaling(Scaling.Kind.STANDARD, List.of(new Scaling.Column("wave", 0, 1, -1, 1)));
    return SeriesDataset.of("waves", scaling, windows, STEPS);
  }

  @Test
  void theClassifierTellsWhatDiffersAndNothingElse() {
    Bootstrap.Interval alike =
        DiscriminativeScore.of(
            device, waves(WINDOWS, 0.8, 1), waves(WINDOWS, 0.8, 2), RESAMPLES, 3);
    Bootstrap.Interval unlike =
        DiscriminativeScore.of(device, waves(WINDOWS, 0.8, 1), waves(WINDOWS, 2, 2), RESAMPLES, 3);

    assertThat(alike.estimate()).isLessThan(0.2);
    assertThat(unlike.estimate()).isBetween(0.4, 0.5);
    assertThat(unlike.low()).isGreaterThan(alike.estimate()).isLessThanOrEqualTo(unlike.high());
  }

  @Test
  void whatIsLearntOnAlikeWindowsPredictsBetter() {
    SeriesDataset real = waves(60, 0.8, 1);
    double alike =
        PredictiveScore.of(device, waves(WINDOWS, 0.8, 2), real, RESAMPLES, 3).estimate();
    double unlike = PredictiveScore.of(device, waves(WINDOWS, 2, 2), real, RESAMPLES, 3).estimate();
    double repeated = PredictiveScore.ofLastValues(real, RESAMPLES, 3).estimate();

    assertThat(alike).isLessThan(repeated / 2);
    assertThat(unlike).isGreaterThan(2 * alike);
  }

  /** One window 0, 1, 3: repeating is wrong by 1 and by 2. */
  @Test
  void theErrorOfRepeatingIsTheMeanChange() {
    Scaling scaling =
        new Scaling(Scaling.Kind.STANDARD, List.of(new Scaling.Column("x", 0, 1, -1, 1)));
    SeriesDataset one =
        SeriesDataset.of(
            "one", scaling, List.of(new SeriesWindow(1, new double[] {0, 1, 3})), STEPS);
    assertThat(PredictiveScore.ofLastValues(one, 2, 1).estimate()).isEqualTo(1.5);
  }

  @Test
  void tooFewWindowsAreASentence() {
    assertThatThrownBy(
            () -> DiscriminativeScore.of(device, waves(7, 1, 1), waves(9, 1, 1), RESAMPLES, 3))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("at least 8 windows of each kind; there are 7 real and 9 generated");
    SeriesDataset steps = waves(9, 1, 1);
    SeriesDataset single =
        SeriesDataset.of(
            "single", steps.scaling(), List.of(new SeriesWindow(1, new double[] {1})), STEPS);
    assertThatThrownBy(() -> PredictiveScore.ofLastValues(single, RESAMPLES, 3))
        .hasMessageContaining("windows of two steps or more");
  }
}

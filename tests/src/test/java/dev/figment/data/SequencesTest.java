package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.FigmentException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SequencesTest {
  @TempDir Path folder;

  private static SequenceRequest request(
      String data, Integer window, Integer stride, String... columns) {
    return new SequenceRequest(data, window, stride, List.of(columns), Scaling.Kind.STANDARD, 5);
  }

  private static Split<?> open(SequenceRequest request) {
    return Sequences.open(request, line -> {});
  }

  @Test
  void sinesAreSinesOfTheSeed() {
    Split<?> split = open(SequenceRequest.of("sines"));
    SeriesDataset train = (SeriesDataset) split.train();
    assertThat(train.size()).isEqualTo(8000);
    assertThat(split.validation().size()).isEqualTo(1000);
    assertThat(train.steps()).isEqualTo(24);
    assertThat(train.features()).isEqualTo(5);
    double[] slowest = new double[2000];
    for (int i = 0; i < slowest.length; i++) {
      SeriesWindow window = train.window(i);
      double phase = Math.asin(window.at(0, 2));
      double frequency = Math.asin(window.at(1, 2)) - phase;
      assertThat(phase).isBetween(-1e-4, 0.1001);
      assertThat(frequency).isBetween(-2e-4, 0.1002);
      assertThat(window.at(23, 2)).isEqualTo(Math.sin(23 * frequency + phase), within(0.01));
      slowest[i] = frequency;
    }
    // The mean of 2,000 uniform numbers on [0, 0.1): six deviations of 0.0289 / sqrt(2000).
    assertThat(Arrays.stream(slowest).average().orElseThrow()).isEqualTo(0.05, within(0.0039));
    long other = open(request("sines", null, null)).train().fingerprint();
    assertThat(train.fingerprint()).isNotEqualTo(other);
    assertThat(open(SequenceRequest.of("sines")).train().fingerprint())
        .isEqualTo(train.fingerprint());
  }

  @Test
  void filesAreKnownByTheirNames() throws Exception {
    String rows =
        IntStream.range(0, 300).mapToObj(i -> i + "," + i % 7).collect(Collectors.joining("\n"));
    Path csv = Files.writeString(folder.resolve("a.CSV"), rows);
    SeriesDataset numbers = (SeriesDataset) open(request(csv.toString(), null, null)).train();
    assertThat(numbers.steps()).isEqualTo(24);
    assertThat(numbers.size()).isEqualTo(240 - 23);
    assertThat(numbers.features()).isEqualTo(2);
    Path txt = Files.writeString(folder.resolve("a.txt"), "hello ".repeat(200));
    TextDataset text = (TextDataset) open(request(txt.toString(), null, null)).train();
    assertThat(text.steps()).isEqualTo(64);
    assertThat(text.size()).isEqualTo(14);
    Files.createFile(folder.resolve("a.dat"));
    assertThatThrownBy(() -> open(request(folder.resolve("a.dat").toString(), null, null)))
        .isInstanceOf(FigmentException.class)
        .hasMessageEndingWith(
            "its name does not say what it holds; name a series .csv and a text .txt");
    assertThatThrownBy(() -> open(request("nothing.csv", null, null)))
        .isInstanceOf(FigmentException.class)
        .hasMessage(
            "--data nothing.csv: there is no such file; give one (.csv, .txt), or one of the names"
                + " ecg, sines, bible");
  }

  @Test
  void optionsThatDoNotApplyAreRefused() {
    assertThatThrownBy(() -> open(request("sines", null, 3)))
        .isInstanceOf(FigmentException.class)
        .hasMessageStartingWith("--stride does not apply to --data sines");
    assertThatThrownBy(() -> open(request("sines", null, null, "a")))
        .hasMessage("--columns does not apply to --data sines, which is no CSV file; leave it out");
    assertThatThrownBy(() -> open(request("sines", 513, null)))
        .isInstanceOf(FigmentException.class)
        .hasMessage("a window of 513 steps of sines was asked for; give 1 to 512");
    assertThatThrownBy(() -> request("sines", 0, null))
        .hasMessage("A window of 0 steps was asked for; give 1 to 4096.");
    assertThatThrownBy(() -> request("sines", null, 0))
        .hasMessage("A window every 0 steps was asked for; give a stride from 1 on.");
  }

  @Test
  void anElectrocardiogramIsCutOnBeatsOrEveryStride() {
    double[] signal = new double[3600];
    for (int i = 100; i < 3600 - 20; i += 90) {
      signal[i - 1] = 0.5;
      signal[i] = 1;
      signal[i + 1] = 0.5;
    }
    Series ecg = new Series("ecg", List.of("mV"), signal);
    Split<SeriesDataset> beats = Sequences.ecg(request("ecg", null, null), ecg);
    assertThat(beats.train().steps()).isEqualTo(64);
    assertThat(beats.train().window(0).at(24, 0)).isEqualTo(1, within(1e-6));
    assertThat(beats.train().window(5).at(24, 0)).isEqualTo(1, within(1e-6));
    Split<SeriesDataset> even = Sequences.ecg(request("ecg", 50, 10), ecg);
    assertThat(even.train().steps()).isEqualTo(50);
    assertThat(even.test().size()).isEqualTo(32);
  }
}

package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.FigmentException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EcgTest {
  private static final String FILE = "usr/lib/python3/dist-packages/scipy/misc/ecg.dat";

  @TempDir Path folder;
  private final List<String> notices = new ArrayList<>();

  /** 30 s of beats at 120 Hz: a triangle of 0.1 s every 72 samples, from sample 40 on. */
  private static double[] beats(int[] peaks) {
    double[] signal = new double[3600];
    for (int i = 0; i < signal.length; i++) {
      signal[i] = 0.1 * Math.sin(i * 0.05); // slow, as breathing
    }
    for (int peak : peaks) {
      for (int d = -6; d <= 6; d++) {
        signal[peak + d] += 1.5 * (1 - Math.abs(d) / 6.0);
      }
    }
    return signal;
  }

  private static int[] everyBeat() {
    return IntStream.range(0, 49).map(i -> 40 + 72 * i).toArray();
  }

  @Test
  void findsEveryPeak() {
    assertThat(RPeaks.find(beats(everyBeat()), 120)).containsExactly(everyBeat());
  }

  @Test
  void anArtefactHidesNoBeatButItsOwnSecond() {
    double[] signal = beats(everyBeat());
    for (int i = 1805; i < 1825; i++) {
      signal[i] += i % 2 == 0 ? 8 : -8;
    }
    int[] found = RPeaks.find(signal, 120);
    int[] clear = Arrays.stream(everyBeat()).filter(p -> Math.abs(p - 1815) > 40).toArray();
    assertThat(found).contains(clear);
  }

  @Test
  void ofTwoPeaksTooCloseOneStays() {
    int[] regular = everyBeat();
    int[] peaks = Arrays.copyOf(regular, regular.length + 1);
    peaks[regular.length] = regular[20] + 28; // samples; 0.25 s are 30
    int[] found = RPeaks.find(beats(peaks), 120);
    assertThat(found).hasSize(regular.length).contains(regular[19], regular[21]);
    assertThat(found[20]).isIn(regular[20], regular[20] + 28);
  }

  @Test
  void aFlatLineHasNoPeak() {
    assertThat(RPeaks.find(new double[1000], 120)).isEmpty();
    assertThat(RPeaks.find(new double[0], 120)).isEmpty();
  }

  @Test
  void aBeatsWindowEndsWhereTheNextBegins() {
    int[] peaks = IntStream.range(0, 36).map(i -> 40 + 72 * i + (i % 2 == 0 ? 0 : 22)).toArray();
    Series ecg = new Series("ecg", List.of("mV"), beats(peaks));
    WindowPlan plan = Ecg.beats(ecg, 64);
    assertThat(plan.starts()[0]).isEqualTo(16); // 0.2 s before the first peak
    assertThat(plan.lengths()[0]).isEqualTo(64);
    assertThat(plan.lengths()[1]).isEqualTo(50);
    Split<SeriesDataset> split = ecg.split(plan, Scaling.Kind.STANDARD);
    int all = split.train().size() + split.validation().size() + split.test().size();
    assertThat(all).isBetween(plan.starts().length - 2, plan.starts().length);
    assertThat(split.train().length(1)).isEqualTo(50);
  }

  @Test
  void isFetchedOnceAndReadInMillivolts() throws IOException {
    byte[] array = npy();
    FakePackage made = FakePackage.of(folder, "python3-scipy", FILE, zip("ecg.npy", array));
    Map<String, String> sha256 = Map.of("ecg.npy", FakePackage.sha256(array));
    Ecg ecg = new Ecg(made.caches(), made.source(), sha256, notices::add);
    Series series = ecg.open();
    assertThat(series.rows()).isEqualTo(2);
    assertThat(series.values()[0]).isEqualTo(0.0, within(1e-12)); // 1023, 1024 and 1025
    assertThat(series.values()[1]).isEqualTo((65535 - 1024) / 200.0, within(1e-9));
    assertThat(made.calls()).isEqualTo(2);
    assertThat(ecg.open().values()).isEqualTo(series.values());
    assertThat(made.calls()).as("the second start fetches nothing").isEqualTo(2);
  }

  @Test
  void aPackageWithoutItSaysSo() throws IOException {
    FakePackage made = FakePackage.of(folder, "python3-scipy", FILE, zip("other.npy", npy()));
    Ecg ecg = new Ecg(made.caches(), made.source(), Ecg.SHA256, notices::add);
    assertThatThrownBy(ecg::open)
        .isInstanceOf(FigmentException.class)
        .hasMessage(
            "The electrocardiogram is not on this machine and could not be fetched (its ecg.dat holds"
                + " no ecg.npy); see that apt-get reaches a Debian 12, or give your own with --data"
                + " FILE.csv or --data FILE.txt");
    FakePackage later = FakePackage.of(folder, "python3-scipy", "usr/share/nothing", new byte[1]);
    Ecg none = new Ecg(later.caches(), later.source(), Ecg.SHA256, notices::add);
    assertThatThrownBy(none::open)
        .hasMessageContaining("the package holds no ecg.dat: it is of a later SciPy than 1.11");
  }

  /** Seven samples: three, three and one that fills no mean. */
  private static byte[] npy() {
    String header = "{'descr': '<u2', 'fortran_order': False, 'shape': (7,), }";
    ByteBuffer file = ByteBuffer.allocate(10 + header.length() + 14).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    file.putShort((short) header.length()).put(header.getBytes(StandardCharsets.US_ASCII));
    for (int sample : new int[] {1023, 1024, 1025, 65535, 65535, 65535, 0}) {
      file.putShort((short) sample);
    }
    return file.array();
  }

  private static byte[] zip(String name, byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry(name));
      zip.write(content);
    }
    return bytes.toByteArray();
  }
}

package dev.figment.data;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Five minutes of an electrocardiogram with normal and other beats: 108,000 samples at 360 Hz, here
 * the means of three, so 36,000 at 120 Hz, in millivolts. It is fetched from a Debian package into
 * a per-user cache on first use.
 *
 * <p>Source: record 208 (19:35 to 24:35, lead MLII) of G. Moody, R. Mark, "The impact of the
 * MIT-BIH Arrhythmia Database", IEEE Engineering in Medicine and Biology, 2001.
 */
final class Ecg {
  static final String NAME = "ecg";
  static final int RATE = 120;

  private static final String ARRAY = "ecg.npy";

  /** SHA-256 of the array. */
  static final Map<String, String> SHA256 =
      Map.of(ARRAY, "32efa9c3781f028e107f9919c66ad652aa238a8da763b4f59e57f5c00b7790f3");

  private static final String FOLDER = "usr/lib/python3/dist-packages/scipy/misc";
  private static final String ARCHIVE = "ecg.dat"; // a zip file
  private static final Duration FETCH_LIMIT = Duration.ofMinutes(10);
  private static final int MEANS_OF = 3;
  private static final double ZERO = 1024; // what the recorder wrote for 0 mV
  private static final double PER_MILLIVOLT = 200;
  private static final double SECONDS_BEFORE_PEAK = 0.2;

  private final VerifiedCache cache;

  /** The arguments are those of {@link VerifiedCache}. */
  Ecg(Path caches, DebianPackage source, Map<String, String> sha256, Consumer<String> notice) {
    VerifiedCache.Description description =
        new VerifiedCache.Description(
            NAME,
            "The electrocardiogram",
            "Debian package " + source.name() + ", 15 MB",
            "see that apt-get reaches a Debian 12",
            VerifiedCache.OWN_SERIES);
    cache =
        new VerifiedCache(
            description, caches, work -> unpack(source.fetchInto(work), work), sha256, notice);
  }

  /** The usual places of this machine and user. */
  static Ecg ofThisMachine(Consumer<String> notice) {
    DebianPackage source = new DebianPackage("python3-scipy", "apt-get", "dpkg-deb", FETCH_LIMIT);
    return new Ecg(VerifiedCache.userCaches(), source, SHA256, notice);
  }

  private static Path unpack(Path root, Path work) throws IOException {
    Path archive = root.resolve(FOLDER).resolve(ARCHIVE);
    if (!Files.exists(archive)) {
      throw new FigmentException(
          "the package holds no " + archive.getFileName() + ": it is of a later SciPy than 1.11");
    }
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      ZipEntry entry = zip.getEntry(ARRAY);
      if (entry == null) {
        throw new FigmentException("its " + archive.getFileName() + " holds no " + ARRAY);
      }
      try (InputStream in = zip.getInputStream(entry)) {
        Files.copy(in, work.resolve(ARRAY));
      }
    }
    return work;
  }

  /** Reads it, fetching it if it must. */
  Series open() {
    Path path = cache.folder().resolve(ARRAY);
    double[] samples = NpyFile.vector(path);
    double[] means = new double[samples.length / MEANS_OF];
    for (int i = 0; i < means.length; i++) {
      double[] part = Arrays.copyOfRange(samples, i * MEANS_OF, (i + 1) * MEANS_OF);
      means[i] = (Arrays.stream(part).average().orElseThrow() - ZERO) / PER_MILLIVOLT;
    }
    return new Series(NAME, List.of("mV"), means);
  }

  /**
   * A window a beat: from 0.2 s before its R peak until the window is full or the next beat's would
   * begin.
   *
   * @param steps T
   */
  static WindowPlan beats(Series ecg, int steps) {
    int before = (int) Math.round(SECONDS_BEFORE_PEAK * RATE);
    int[] starts =
        Arrays.stream(RPeaks.find(ecg.values(), RATE))
            .map(peak -> peak - before)
            .filter(start -> start >= 0)
            .toArray();
    int[] lengths =
        IntStream.range(0, starts.length)
            .map(i -> (i + 1 < starts.length ? starts[i + 1] : ecg.rows()) - starts[i])
            .map(length -> Math.min(steps, length))
            .toArray();
    return new WindowPlan(steps, starts, lengths);
  }
}

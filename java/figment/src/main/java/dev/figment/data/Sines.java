package dev.figment.data;

import dev.figment.device.FigmentException;
import dev.figment.device.Philox;
import dev.figment.device.RandomStream;
import java.util.stream.IntStream;

/**
 * Generated windows of five sine waves: feature j of window i at step t is sin(f t + p), its
 * frequency f and phase p each uniform on [0, 0.1), in radians. A pure function of the seed.
 *
 * <p>Source: J. Yoon, D. Jarrett, M. van der Schaar, "Time-series Generative Adversarial Networks",
 * NeurIPS 2019, whose sines are these, brought to 0 to 1.
 */
final class Sines {
  static final String NAME = "sines";

  private static final int WINDOWS = 10_000;
  private static final int FEATURES = 5;
  private static final int LONGEST = 512; // a gigabyte at most while they are made
  private static final double RANGE = 0.1;
  private static final double WORDS = 4294967296.0; // 2^32

  private Sines() {}

  /** The windows one after the other, of {@code steps} rows each. */
  static Series make(int steps, long seed) {
    if (steps > LONGEST) {
      throw new FigmentException(
          "a window of %d steps of sines was asked for; give 1 to %d".formatted(steps, LONGEST));
    }
    double[] values = new double[WINDOWS * steps * FEATURES];
    for (int window = 0; window < WINDOWS; window++) {
      for (int feature = 0; feature < FEATURES; feature++) {
        int[] words =
            Philox.block((long) window * FEATURES + feature, 0, RandomStream.GENERATED_DATA, seed);
        double frequency = Integer.toUnsignedLong(words[0]) / WORDS * RANGE;
        double phase = Integer.toUnsignedLong(words[1]) / WORDS * RANGE;
        for (int t = 0; t < steps; t++) {
          values[(window * steps + t) * FEATURES + feature] = Math.sin(frequency * t + phase);
        }
      }
    }
    return new Series(
        NAME, IntStream.rangeClosed(1, FEATURES).mapToObj(i -> "sine " + i).toList(), values);
  }
}

package dev.figment.bench.steps;

import dev.figment.data.ImageDataset;
import dev.figment.data.Scaling;
import dev.figment.data.SeriesDataset;
import dev.figment.data.SeriesWindow;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Images and series to train on: a step takes the same time whatever it learns. */
public final class Noise {
  /** More than a batch, so that their bytes are not in the nearest cache. */
  public static final int EXAMPLES = 1024;

  private Noise() {}

  /** The bytes of square grey images. */
  public static byte[] pixels(int side) {
    byte[] pixels = new byte[EXAMPLES * side * side];
    new Random(1).nextBytes(pixels);
    return pixels;
  }

  static ImageDataset images(int side) {
    return new ImageDataset("noise", EXAMPLES, side, side, 1, pixels(side), null);
  }

  /** Windows of normal numbers, none missing. */
  static SeriesDataset windows(int steps, int features) {
    List<Scaling.Column> columns =
        IntStream.range(0, features)
            .mapToObj(i -> new Scaling.Column("x" + i, 0, 1, -6, 6))
            .toList();
    Random random = new Random(1);
    List<SeriesWindow> windows =
        Stream.generate(() -> new SeriesWindow(features, normal(random, steps * features)))
            .limit(EXAMPLES)
            .toList();
    return SeriesDataset.of("noise", new Scaling(Scaling.Kind.STANDARD, columns), windows, steps);
  }

  private static double[] normal(Random random, int count) {
    return IntStream.range(0, count).mapToDouble(i -> random.nextGaussian()).toArray();
  }

  /** Bytes as numbers from 0 to 255, scaled and shifted. */
  static float[] scaled(byte[] bytes, double scale, double shift) {
    float[] values = new float[bytes.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (Byte.toUnsignedInt(bytes[i]) * scale + shift);
    }
    return values;
  }
}

package dev.figment.bench.steps;

import dev.figment.data.ImageDataset;
import java.util.Random;

/** Images to train on: a step takes the same time whatever it learns. */
public final class Noise {
  /** More than a batch, so that their bytes are not in the nearest cache. */
  public static final int IMAGES = 1024;

  private Noise() {}

  /** The bytes of square grey images. */
  public static byte[] pixels(int side) {
    byte[] pixels = new byte[IMAGES * side * side];
    new Random(1).nextBytes(pixels);
    return pixels;
  }

  static ImageDataset images(int side) {
    return new ImageDataset("noise", IMAGES, side, side, 1, pixels(side), null);
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

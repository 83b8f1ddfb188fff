package dev.figment.data;

/**
 * One image of unsigned bytes, row-major.
 *
 * @param channels 1 (grey) or 3 (red, green, blue)
 * @param pixels height x width x channels
 */
record Picture(int height, int width, int channels, byte[] pixels) {
  // Luma of ITU-R BT.601, in 1/65536: what "grey" means to most programs.
  private static final int RED = 19595;
  private static final int GREEN = 38470;
  private static final int BLUE = 7471;

  /** The same image in grey (luma of BT.601), or in three equal colours, or as it is. */
  Picture withChannels(int wanted) {
    if (wanted == channels) {
      return this;
    }
    int count = height * width;
    byte[] converted = new byte[count * wanted];
    for (int i = 0; i < count; i++) {
      if (wanted == 1) {
        int sum = RED * at(3 * i) + GREEN * at(3 * i + 1) + BLUE * at(3 * i + 2);
        converted[i] = (byte) (sum + (1 << 15) >> 16);
      } else {
        converted[3 * i] = converted[3 * i + 1] = converted[3 * i + 2] = pixels[i];
      }
    }
    return new Picture(height, width, wanted, converted);
  }

  private int at(int index) {
    return Byte.toUnsignedInt(pixels[index]);
  }

  /** The largest square in the middle, resized to {@code side} x {@code side} with Lanczos. */
  Picture square(int side) {
    int crop = Math.min(height, width);
    int top = (height - crop) / 2;
    int left = (width - crop) / 2;
    if (crop == side && height == width) {
      return this;
    }
    Resampler resampler = new Resampler(crop, side);
    float[] row = new float[crop * channels];
    float[] transposed = new float[side * crop * channels];
    for (int y = 0; y < crop; y++) {
      int from = ((top + y) * width + left) * channels;
      for (int i = 0; i < row.length; i++) {
        row[i] = at(from + i);
      }
      resampler.rowToColumn(row, transposed, y, crop, channels);
    }
    float[] samples = new float[side * side * channels];
    for (int y = 0; y < side; y++) {
      System.arraycopy(transposed, y * row.length, row, 0, row.length);
      resampler.rowToColumn(row, samples, y, side, channels);
    }
    byte[] result = new byte[side * side * channels];
    for (int i = 0; i < result.length; i++) {
      result[i] = (byte) Math.round(Math.max(0, Math.min(255, samples[i])));
    }
    return new Picture(side, side, channels, result);
  }
}

package dev.figment.data;

import com.twelvemonkeys.image.ResampleOp;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;

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
    BufferedImage cropped = image(crop, channels);
    byte[] data = ((DataBufferByte) cropped.getRaster().getDataBuffer()).getData();
    for (int y = 0; y < crop; y++) {
      int from = ((top + y) * width + left) * channels;
      System.arraycopy(pixels, from, data, y * crop * channels, crop * channels);
    }
    if (crop == side) {
      return new Picture(side, side, channels, data);
    }
    BufferedImage resized = image(side, channels);
    new ResampleOp(side, side, ResampleOp.FILTER_LANCZOS).filter(cropped, resized);
    byte[] result = ((DataBufferByte) resized.getRaster().getDataBuffer()).getData();
    return new Picture(side, side, channels, result);
  }

  /** The order of the colours does not matter here: each channel is resized alike. */
  private static BufferedImage image(int side, int channels) {
    int type = channels == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_3BYTE_BGR;
    return new BufferedImage(side, side, type);
  }
}

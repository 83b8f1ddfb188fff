package dev.figment.io;

import dev.figment.device.FigmentException;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.nio.file.Path;

/** A PNG of many images side by side, with black gaps of two pixels. */
public final class ImageGrid {
  /** Pixels between neighbouring images. */
  public static final int GAP = 2;

  private ImageGrid() {}

  /** Writes a grid that is as near to a square as the number of images allows. */
  public static void write(
      Path path, float[] images, int count, int height, int width, int channels) {
    write(path, images, count, squareColumns(count), height, width, channels);
  }

  /**
   * Writes a grid in the manner of {@link AtomicFile}.
   *
   * @param columns images a row
   * @param images count x height x width x channels values; -1 is black and 1 full, what lies
   *     outside is clamped and NaN is black
   * @param channels 1 (grey) or 3 (red, green, blue)
   * @throws FigmentException when the sizes do not fit the array or the file cannot be written
   */
  public static void write(
      Path path, float[] images, int count, int columns, int height, int width, int channels) {
    PngFile.write(path, render(images, count, columns, height, width, channels));
  }

  /** Images a row of a grid that is as near to a square as the number of images allows. */
  public static int squareColumns(int count) {
    return (int) Math.ceil(Math.sqrt(Math.max(1, count)));
  }

  /** A grid that is as near to a square as the number of images allows. */
  static BufferedImage render(float[] images, int count, int height, int width, int channels) {
    return render(images, count, squareColumns(count), height, width, channels);
  }

  /** Lays the images out row by row; the arguments are those of {@link #write}. */
  static BufferedImage render(
      float[] images, int count, int columns, int height, int width, int channels) {
    if (count < 1 || columns < 1 || height < 1 || width < 1 || (channels != 1 && channels != 3)) {
      throw new FigmentException(
          String.format(
              "cannot draw %d images of %d x %d x %d: at least one is needed, with 1 or 3 channels",
              count, height, width, channels));
    }
    if (images.length != (long) count * height * width * channels) {
      throw new FigmentException(
          String.format(
              "%d images of %d x %d x %d do not fit an array of %d values",
              count, height, width, channels, images.length));
    }
    int rows = (count + columns - 1) / columns;
    long gridWidth = (long) columns * (width + GAP) - GAP;
    long gridHeight = (long) rows * (height + GAP) - GAP;
    if (gridWidth * gridHeight * channels > Integer.MAX_VALUE - 8) {
      throw new FigmentException("a grid of " + count + " images is too large: draw fewer");
    }
    byte[] pixels = new byte[(int) (gridWidth * gridHeight) * channels];
    for (int i = 0; i < count; i++) {
      for (int y = 0; y < height; y++) {
        int from = (i * height + y) * width * channels;
        int gridY = i / columns * (height + GAP) + y;
        int to = (gridY * (int) gridWidth + i % columns * (width + GAP)) * channels;
        for (int j = 0; j < width * channels; j++) {
          pixels[to + j] = toByte(images[from + j]);
        }
      }
    }
    return toImage(pixels, (int) gridHeight, (int) gridWidth, channels);
  }

  private static byte toByte(float value) {
    return (byte) Math.round(Math.min(Math.max((value + 1f) * 127.5f, 0f), 255f));
  }

  private static BufferedImage toImage(byte[] pixels, int height, int width, int channels) {
    int[] offsets = channels == 1 ? new int[] {0} : new int[] {0, 1, 2};
    WritableRaster raster =
        Raster.createInterleavedRaster(
            new DataBufferByte(pixels, pixels.length),
            width,
            height,
            width * channels,
            channels,
            offsets,
            null);
    ColorSpace space =
        ColorSpace.getInstance(channels == 1 ? ColorSpace.CS_GRAY : ColorSpace.CS_sRGB);
    ColorModel model =
        new ComponentColorModel(space, false, false, Transparency.OPAQUE, DataBuffer.TYPE_BYTE);
    return new BufferedImage(model, raster, false, null);
  }
}

package dev.figment.data;

import dev.figment.device.FigmentException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/** Images of one size in memory: count x height x width x channels unsigned bytes, row-major. */
public final class ImageDataset {
  private final String name;
  private final int size;
  private final int height;
  private final int width;
  private final int channels;
  private final byte[] pixels;
  private final byte[] labels;

  /**
   * Takes over the arrays: the caller must not write to them any more.
   *
   * @param name where the images come from, for messages
   * @param channels 1 (grey) or 3 (red, green, blue)
   * @param pixels size x height x width x channels unsigned bytes
   * @param labels one unsigned byte an image, or null when there are none
   * @throws FigmentException when the sizes do not fit together
   */
  public ImageDataset(
      String name, int size, int height, int width, int channels, byte[] pixels, byte[] labels) {
    if (size < 1 || height < 1 || width < 1 || (channels != 1 && channels != 3)) {
      throw new FigmentException(
          String.format(
              "%s holds %d images of %d x %d x %d: at least one is needed, with 1 or 3 channels",
              name, size, height, width, channels));
    }
    if (pixels.length != (long) size * height * width * channels) {
      throw new FigmentException(
          String.format(
              "%s: %d images of %d x %d x %d do not fit %d bytes",
              name, size, height, width, channels, pixels.length));
    }
    if (labels != null && labels.length != size) {
      throw new FigmentException(
          String.format(
              "%s has %d images but %d labels: give it the labels of these images",
              name, size, labels.length));
    }
    this.name = name;
    this.size = size;
    this.height = height;
    this.width = width;
    this.channels = channels;
    this.pixels = pixels;
    this.labels = labels;
  }

  /** Where the images come from. */
  public String name() {
    return name;
  }

  /** The number of images. */
  public int size() {
    return size;
  }

  public int height() {
    return height;
  }

  public int width() {
    return width;
  }

  public int channels() {
    return channels;
  }

  /** Bytes of one image: height x width x channels. */
  public int imageBytes() {
    return height * width * channels;
  }

  public boolean hasLabels() {
    return labels != null;
  }

  /** The label of an image, from 0 to 255. */
  public int label(int index) {
    if (labels == null) {
      throw new FigmentException(name + " has no labels");
    }
    return Byte.toUnsignedInt(labels[index]);
  }

  /** CRC-32 of the sizes and all pixels and labels: tells whether a run goes on with its data. */
  public long fingerprint() {
    CRC32 crc = new CRC32();
    ByteBuffer sizes = ByteBuffer.allocate(4 * Integer.BYTES);
    crc.update(sizes.putInt(size).putInt(height).putInt(width).putInt(channels).flip());
    crc.update(pixels);
    if (labels != null) {
      crc.update(labels);
    }
    return crc.getValue();
  }

  /**
   * Copies images side by side.
   *
   * @param indices which images, in the order wanted
   * @param out indices.length x height x width x channels bytes
   */
  public void gather(int[] indices, byte[] out) {
    int bytes = imageBytes();
    if (out.length != (long) indices.length * bytes) {
      throw new FigmentException(
          String.format(
              "%d images of %d bytes do not fit an array of %d",
              indices.length, bytes, out.length));
    }
    for (int i = 0; i < indices.length; i++) {
      if (indices[i] < 0 || indices[i] >= size) {
        throw new FigmentException(
            "there is no image " + indices[i] + ": " + name + " holds " + size);
      }
      System.arraycopy(pixels, indices[i] * bytes, out, i * bytes, bytes);
    }
  }
}

package dev.figment.data;

import dev.figment.device.FigmentException;
import dev.figment.io.IoFailure;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * An array of unsigned bytes in the idx format: two zero bytes, the element type, the number of
 * dimensions, each extent as a big-endian 32-bit integer, then the elements, row-major. The file
 * may be compressed with gzip, whatever its name.
 *
 * <p>Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
 *
 * @param extents outermost first; 1 to 4 of them
 * @param elements as many as the product of the extents
 */
record IdxFile(int[] extents, byte[] elements) {
  private static final int UNSIGNED_BYTE = 0x08;
  private static final int MAX_DIMENSIONS = 4;
  private static final int MAX_ELEMENTS = Integer.MAX_VALUE - 8; // of a Java array
  private static final int MAX_DEFLATE_RATIO = 1032; // of the format; a larger claim is untrue
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int MAX_READ_BYTES = 1 << 20;

  /**
   * Reads a whole file.
   *
   * @throws FigmentException when it cannot be read, is cut off, or is no idx file of unsigned
   *     bytes
   */
  static IdxFile read(Path path) {
    try {
      if (Files.exists(path) && !Files.isRegularFile(path)) {
        throw invalid(path, "it is no ordinary file");
      }
      long fileBytes = Files.size(path);
      if (fileBytes == 0) {
        throw invalid(path, "it is empty");
      }
      try (PushbackInputStream file = new PushbackInputStream(Files.newInputStream(path), 2)) {
        if (!isGzip(file)) {
          return read(path, file, fileBytes);
        }
        long limit = Math.multiplyExact(fileBytes, MAX_DEFLATE_RATIO);
        try (InputStream inflated = new GZIPInputStream(file, BUFFER_BYTES)) {
          return read(path, inflated, limit);
        }
      }
    } catch (EOFException e) {
      throw invalid(path, "it is cut off; fetch or copy it again", e);
    } catch (ZipException e) {
      throw invalid(path, "its gzip compression is damaged; fetch or copy it again", e);
    } catch (IOException e) {
      throw IoFailure.reading(path, e);
    }
  }

  /**
   * The images of this file: N x H x W (grey), N x H x W x C with C of 1 or 3, or N x D, which is N
   * square grey images of D pixels.
   *
   * @param path where this was read from, for messages
   * @param name the data set's name
   * @param labels one an image, or null
   */
  ImageDataset toImages(Path path, String name, ImageDataset.Labels labels) {
    int side = extents.length == 2 ? (int) Math.round(Math.sqrt(extents[1])) : 0;
    int height = extents.length == 2 ? side : extents.length > 2 ? extents[1] : 0;
    int width = extents.length == 2 ? side : extents.length > 2 ? extents[2] : 0;
    int channels = extents.length == 4 ? extents[3] : 1;
    if (extents.length < 2 || (long) height * width * channels * extents[0] != elements.length) {
      throw invalid(
          path, "its shape " + shapeText() + " is not that of images: N x H x W or N x H x W x C");
    }
    if (channels != 1 && channels != 3) {
      throw invalid(
          path,
          "its shape " + shapeText() + " has " + channels + " channels (last) and not 1 or 3");
    }
    PixelStore pixels = PixelStore.of(elements, height * width * channels);
    return new ImageDataset(name, height, width, channels, pixels, labels);
  }

  /** The labels of this file, a vector of N, with the names that they have, or none. */
  ImageDataset.Labels toLabels(Path path, List<String> names) {
    if (extents.length != 1) {
      throw invalid(path, "its shape " + shapeText() + " is not that of labels: N");
    }
    return new ImageDataset.Labels(elements, names);
  }

  private String shapeText() {
    StringBuilder text = new StringBuilder();
    for (int extent : extents) {
      text.append(text.length() == 0 ? "" : " x ").append(extent);
    }
    return text.toString();
  }

  private static boolean isGzip(PushbackInputStream file) throws IOException {
    byte[] magic = file.readNBytes(2);
    file.unread(magic);
    return magic.length == 2 && magic[0] == 0x1f && magic[1] == (byte) 0x8b;
  }

  /** Reads the array; {@code limit} is the most bytes that the file can hold. */
  private static IdxFile read(Path path, InputStream in, long limit) throws IOException {
    ByteBuffer magic = ByteBuffer.wrap(readExactly(in, Integer.BYTES));
    if (magic.getShort(0) != 0) {
      throw invalid(
          path,
          String.format("it begins with %08x instead of 000008xx: no idx file", magic.getInt(0)));
    }
    if (magic.get(2) != UNSIGNED_BYTE) {
      throw invalid(
          path,
          String.format(
              "its elements are of type 0x%02x; only unsigned bytes (0x08) are read",
              magic.get(2)));
    }
    int dimensions = magic.get(3);
    if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
      throw invalid(
          path, "it has " + Byte.toUnsignedInt(magic.get(3)) + " dimensions; 1 to 4 are read");
    }
    ByteBuffer sizes = ByteBuffer.wrap(readExactly(in, dimensions * Integer.BYTES));
    long count = 1;
    int[] extents = new int[dimensions];
    for (int i = 0; i < dimensions; i++) {
      extents[i] = sizes.getInt();
      if (extents[i] < 1) {
        String text = Integer.toUnsignedString(extents[i]);
        throw invalid(path, "dimension " + (i + 1) + " of its shape is " + text);
      }
      count *= extents[i];
      if (count > limit || count > MAX_ELEMENTS) {
        throw invalid(path, "its shape needs more bytes than the file or the memory can hold");
      }
    }
    byte[] elements = readExactly(in, (int) count);
    if (in.read() >= 0) {
      throw invalid(
          path, "bytes follow its " + count + " elements: the shape or the file is wrong");
    }
    return new IdxFile(extents, elements);
  }

  private static byte[] readExactly(InputStream in, int count) throws IOException {
    byte[] bytes = new byte[count];
    for (int done = 0; done < count; ) {
      // In parts: Java copies each through a native buffer as large as the part.
      int part = Math.min(count - done, MAX_READ_BYTES);
      if (in.readNBytes(bytes, done, part) < part) {
        throw new EOFException();
      }
      done += part;
    }
    return bytes;
  }

  private static FigmentException invalid(Path path, String what) {
    return invalid(path, what, null);
  }

  private static FigmentException invalid(Path path, String what, Throwable cause) {
    return new FigmentException("cannot use " + path + " as training data: " + what, cause);
  }
}

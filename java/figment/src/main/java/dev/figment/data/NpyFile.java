package dev.figment.data;

import dev.figment.device.FigmentException;
import dev.figment.io.IoFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Images from an array in NumPy's .npy format: N x H x W (grey) or N x H x W x C with C of 1 or 3,
 * in C order; uint8, or float32 or float64 of either byte order. Floats are read as numbers from 0
 * to 1 where all lie there, else from -1 to 1 where all lie there, else from 0 to 255. Labels lie
 * beside {@code a.npy} in {@code a-labels.npy}, a vector of N uint8 or signed integers.
 *
 * <p>Source: R. Kern, "A Simple File Format for NumPy Arrays", NEP 1.
 */
final class NpyFile implements AutoCloseable {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int LONGEST_HEADER = 1 << 16;
  private static final int MOST_DIMENSIONS = 4;
  private static final Pattern TYPE = Pattern.compile("'descr': *'([<>|=])([a-zA-Z])(\\d{1,4})'");
  private static final Pattern FORTRAN = Pattern.compile("'fortran_order': *(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape': *\\(([0-9, L]{0,200})\\)");
  private static final int FULL = 255;

  private final Path path;
  private final FileChannel file;
  private final char kind; // u, i or f
  private final int elementBytes;
  private final ByteOrder order;
  private final int[] extents;
  private final long start; // of the elements, in bytes

  private NpyFile(Path path) throws IOException {
    this.path = path;
    if (!Files.isRegularFile(path)) {
      throw invalid("it is no ordinary file");
    }
    file = FileChannel.open(path);
    try {
      ByteBuffer fixed = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
      fill(fixed, 0);
      if (fixed.limit() < 10 || !Arrays.equals(Arrays.copyOf(fixed.array(), 6), MAGIC)) {
        throw invalid("it does not begin as an .npy file does");
      }
      int version = fixed.get(6);
      int skip = version == 1 ? 10 : 12; // a length of 2 bytes, later of 4
      long length = version == 1 ? fixed.getShort(8) & 0xFFFF : fixed.getInt(8) & 0xFFFFFFFFL;
      if (version < 1 || version > 3 || length > LONGEST_HEADER) {
        throw invalid("its version or header is none that NumPy writes");
      }
      ByteBuffer header = ByteBuffer.allocate((int) length);
      fill(header, skip);
      String text = new String(header.array(), StandardCharsets.UTF_8);
      Matcher type = find(TYPE, text, "element type");
      kind = type.group(2).charAt(0);
      elementBytes = Integer.parseInt(type.group(3));
      order = type.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
      extents = extents(find(SHAPE, text, "shape").group(1));
      start = skip + length;
      if (find(FORTRAN, text, "order").group(1).equals("True") && extents.length > 1) {
        throw invalid("it is in Fortran order; save numpy.ascontiguousarray of it");
      }
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * Reads images, and their labels where there are some.
   *
   * @param name the data set's name
   * @throws FigmentException when it cannot be read or holds no images
   */
  static ImageDataset read(Path path, String name) {
    String own = path.getFileName().toString();
    Path labels = path.resolveSibling(own.substring(0, own.length() - 4) + "-labels.npy");
    try (NpyFile images = new NpyFile(path)) {
      return images.images(name, Files.exists(labels) ? labels(labels) : null);
    } catch (IOException e) {
      throw IoFailure.reading(path, e);
    }
  }

  /**
   * Reads a vector of unsigned 16-bit integers.
   *
   * @throws FigmentException when it cannot be read or holds something else
   */
  static double[] vector(Path path) {
    try (NpyFile vector = new NpyFile(path)) {
      return vector.vector();
    } catch (IOException e) {
      throw IoFailure.reading(path, e);
    }
  }

  private static ImageDataset.Labels labels(Path path) {
    try (NpyFile labels = new NpyFile(path)) {
      return new ImageDataset.Labels(labels.labels(), List.of());
    } catch (IOException e) {
      throw IoFailure.reading(path, e);
    }
  }

  private Matcher find(Pattern pattern, String header, String what) {
    Matcher matcher = pattern.matcher(header);
    if (!matcher.find()) {
      throw invalid(
          "its header gives no " + what + " of a plain array of numbers; save a plain array");
    }
    return matcher;
  }

  private int[] extents(String text) {
    String[] parts = text.replace("L", "").replace(" ", "").split(",");
    int[] sizes = new int[text.isBlank() ? 0 : parts.length];
    for (int i = 0; i < sizes.length; i++) {
      try {
        sizes[i] = Integer.parseInt(parts[i]);
      } catch (NumberFormatException e) {
        throw invalid("its shape (" + text + ") has an extent that is no number below 2^31");
      }
    }
    return sizes;
  }

  private ImageDataset images(String name, ImageDataset.Labels labels) throws IOException {
    int channels = extents.length == MOST_DIMENSIONS ? extents[3] : 1;
    if (extents.length < 3 || extents.length > MOST_DIMENSIONS || channels != 1 && channels != 3) {
      boolean first = extents.length == MOST_DIMENSIONS && (extents[1] == 1 || extents[1] == 3);
      throw invalid(
          "its shape %s is not N x H x W or N x H x W x C with 1 or 3 channels%s"
              .formatted(shapeText(), first ? "; save numpy.transpose(it, (0, 2, 3, 1))" : ""));
    }
    boolean bytes = kind == 'u' && elementBytes == 1;
    if (!bytes && !(kind == 'f' && (elementBytes == 4 || elementBytes == 8))) {
      throw invalid(
          "its elements are %s; save it as uint8, float32 or float64 (array.astype('uint8'))"
              .formatted(typeText()));
    }
    checkLength();
    int height = extents[1];
    int width = extents[2];
    long imageElements = (long) height * width * channels;
    if (imageElements * elementBytes > 1 << 30) {
      throw invalid("its images of " + height + " x " + width + " are too large");
    }
    PixelStore pixels = bytes ? bytes((int) imageElements) : floats((int) imageElements);
    return new ImageDataset(name, height, width, channels, pixels, labels);
  }

  private byte[] labels() throws IOException {
    if (extents.length != 1) {
      throw invalid("its shape " + shapeText() + " is not that of labels: N");
    }
    if (kind != 'u' && kind != 'i' || elementBytes > 8) {
      throw invalid("its labels are " + typeText() + "; save them as uint8");
    }
    checkLength();
    byte[] labels = new byte[extents[0]];
    ByteBuffer element = ByteBuffer.allocate(Math.multiplyExact(extents[0], elementBytes));
    fill(element.order(order), start);
    for (int i = 0; i < labels.length; i++) {
      long value =
          switch (elementBytes) {
            case 1 -> kind == 'u' ? element.get(i) & FULL : element.get(i);
            case 2 -> element.getShort(2 * i);
            case 4 -> element.getInt(4 * i);
            default -> element.getLong(8 * i);
          };
      if (value < 0 || value > FULL) {
        throw invalid("label " + i + " is " + value + "; labels are numbers from 0 to 255");
      }
      labels[i] = (byte) value;
    }
    return labels;
  }

  private double[] vector() throws IOException {
    if (extents.length != 1 || kind != 'u' || elementBytes != Short.BYTES) {
      throw invalid("its shape " + shapeText() + " of " + typeText() + " is no vector of uint16");
    }
    checkLength();
    ByteBuffer elements = ByteBuffer.allocate(Math.multiplyExact(extents[0], Short.BYTES));
    fill(elements.order(order), start);
    double[] vector = new double[extents[0]];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = Short.toUnsignedInt(elements.getShort(Short.BYTES * i));
    }
    return vector;
  }

  private void checkLength() throws IOException {
    double needed = elementBytes; // double, for a hostile shape may leave a long's range
    for (int extent : extents) {
      if (extent < 1) {
        throw invalid("its shape " + shapeText() + " holds nothing");
      }
      needed *= extent;
    }
    long found = file.size() - start;
    if (needed > found) {
      throw invalid("it is cut off; copy or save it again");
    }
    if (needed < found) {
      throw invalid("bytes follow its elements: the shape or the file is wrong");
    }
  }

  /** Small files are read, large ones mapped where they lie. */
  private PixelStore bytes(int imageBytes) throws IOException {
    long total = (long) extents[0] * imageBytes;
    if (total > Math.min(PixelStore.memoryLimit(), Integer.MAX_VALUE - 8)) {
      return PixelStore.mapped(file, start, extents[0], imageBytes);
    }
    byte[] pixels = new byte[(int) total];
    fill(ByteBuffer.wrap(pixels), start);
    return PixelStore.of(pixels, imageBytes);
  }

  private PixelStore floats(int imageElements) throws IOException {
    ByteBuffer image = ByteBuffer.allocate(imageElements * elementBytes).order(order);
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < extents[0]; i++) {
      read(image, i);
      for (int j = 0; j < imageElements; j++) {
        double value = value(image, j);
        if (!Double.isFinite(value)) {
          throw invalid("image " + i + " holds " + value + "; give finite numbers");
        }
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    if (low < -1 || high > FULL || low < 0 && high > 1) {
      throw invalid(
          "its numbers go from %s to %s; give pixels from 0 to 1, from -1 to 1 or from 0 to 255"
              .formatted(low, high));
    }
    double shift = low < 0 ? 1 : 0;
    double scale = high > 1 ? 1 : FULL / (1 + shift);
    byte[] bytes = new byte[imageElements];
    try (PixelStore.Writer writer =
        new PixelStore.Writer(
            extents[0], imageElements, PixelStore.memoryLimit(), VerifiedCache.userCaches())) {
      for (int i = 0; i < extents[0]; i++) {
        read(image, i);
        for (int j = 0; j < imageElements; j++) {
          bytes[j] = (byte) Math.round((value(image, j) + shift) * scale);
        }
        writer.put(i, bytes);
      }
      return writer.finish(IntStream.range(0, extents[0]).toArray());
    }
  }

  private double value(ByteBuffer image, int element) {
    return elementBytes == 4 ? image.getFloat(4 * element) : image.getDouble(8 * element);
  }

  private void read(ByteBuffer image, int index) throws IOException {
    image.clear();
    fill(image, start + (long) index * image.capacity());
  }

  /** Fills a buffer from a position of the file and flips it; it is shorter at the file's end. */
  private void fill(ByteBuffer buffer, long position) throws IOException {
    long from = position;
    while (buffer.hasRemaining()) {
      int n = file.read(buffer, from);
      if (n < 0) {
        break;
      }
      from += n;
    }
    buffer.flip();
  }

  private String typeText() {
    String name =
        switch (kind) {
          case 'u' -> "uint" + 8 * elementBytes;
          case 'i' -> "int" + 8 * elementBytes;
          case 'f' -> "float" + 8 * elementBytes;
          case 'b' -> "bool";
          case 'c' -> "complex" + 8 * elementBytes;
          default -> "of type " + kind + elementBytes;
        };
    return name.toLowerCase(Locale.ROOT);
  }

  private String shapeText() {
    return String.join(" x ", Arrays.stream(extents).mapToObj(Integer::toString).toList());
  }

  private FigmentException invalid(String what) {
    return new FigmentException("cannot use " + path + " as training data: " + what);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}

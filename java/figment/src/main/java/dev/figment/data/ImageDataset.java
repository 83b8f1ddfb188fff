package dev.figment.data;

import dev.figment.device.FigmentException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

/**
 * Images of one size: count x height x width x channels unsigned bytes, row-major, in memory or in
 * a mapped file. Any thread may read them.
 */
public final class ImageDataset {
  /** A label is a byte. */
  static final int MOST_CLASSES = 256;

  private final String name;
  private final int size;
  private final int height;
  private final int width;
  private final int channels;
  private final PixelStore pixels;
  private final byte[] labels;
  private final List<String> classNames;
  private final Augmentation augmentation;

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
    this(
        name,
        size,
        height,
        width,
        channels,
        store(name, size, height, width, channels, pixels),
        labels,
        List.of(),
        Augmentation.NONE);
  }

  /**
   * Images that are stored already.
   *
   * @param labels one an image, or null
   */
  ImageDataset(String name, int height, int width, int channels, PixelStore pixels, Labels labels) {
    this(
        name,
        pixels.count(),
        height,
        width,
        channels,
        pixels,
        labels == null ? null : labels.values(),
        labels == null ? List.of() : labels.names(),
        Augmentation.NONE);
  }

  /**
   * Labels of images.
   *
   * @param values one an image
   * @param names the name of each value from 0 on; empty where they have none
   */
  record Labels(byte[] values, List<String> names) {}

  private ImageDataset(
      String name,
      int size,
      int height,
      int width,
      int channels,
      PixelStore pixels,
      byte[] labels,
      List<String> classNames,
      Augmentation augmentation) {
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
    this.classNames = classNames;
    this.augmentation = augmentation;
  }

  private static PixelStore store(
      String name, int size, int height, int width, int channels, byte[] pixels) {
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
    return PixelStore.of(pixels, height * width * channels);
  }

  /** The same images, each changed anew whenever it is drawn. */
  public ImageDataset augmentedBy(Augmentation changes) {
    return new ImageDataset(
        name, size, height, width, channels, pixels, labels, classNames, changes);
  }

  /**
   * The same images as squares of a size: the middle of each, resized with Lanczos.
   *
   * @param side height and width of the result
   * @param wantedChannels 1 or 3; grey becomes three equal channels, colour becomes its luma
   */
  ImageDataset resized(int side, int wantedChannels) {
    if (side == height && side == width && wantedChannels == channels) {
      return this;
    }
    int bytes = side * side * wantedChannels;
    try (PixelStore.Writer writer =
        new PixelStore.Writer(size, bytes, PixelStore.memoryLimit(), VerifiedCache.userCaches())) {
      IntStream.range(0, size)
          .parallel()
          .forEach(
              i -> {
                byte[] image = new byte[imageBytes()];
                pixels.copy(i, image, 0);
                Picture picture = new Picture(height, width, channels, image);
                writer.put(i, picture.square(side).withChannels(wantedChannels).pixels());
              });
      PixelStore stored = writer.finish(IntStream.range(0, size).toArray());
      return new ImageDataset(
          name, size, side, side, wantedChannels, stored, labels, classNames, augmentation);
    }
  }

  /** Some of the images, with their labels. */
  ImageDataset selected(int[] indices) {
    try (PixelStore.Writer writer =
        new PixelStore.Writer(
            indices.length, imageBytes(), PixelStore.memoryLimit(), VerifiedCache.userCaches())) {
      byte[] image = new byte[imageBytes()];
      byte[] kept = labels == null ? null : new byte[indices.length];
      for (int i = 0; i < indices.length; i++) {
        pixels.copy(indices[i], image, 0);
        writer.put(i, image);
        if (kept != null) {
          kept[i] = labels[indices[i]];
        }
      }
      PixelStore stored = writer.finish(IntStream.range(0, indices.length).toArray());
      return new ImageDataset(
          name, indices.length, height, width, channels, stored, kept, classNames, augmentation);
    }
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

  /** How images change when they are drawn. */
  public Augmentation augmentation() {
    return augmentation;
  }

  /** Bytes of one image: height x width x channels. */
  public int imageBytes() {
    return pixels.imageBytes();
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

  /**
   * The labels of images in a random order, all of them before one comes again.
   *
   * @param count how many
   * @param stream a random stream that nothing else draws an order from
   */
  public int[] labelsInRandomOrder(int count, int stream, long seed) {
    int[] order = Shuffle.order(size, 0, stream, seed);
    return IntStream.range(0, count).map(i -> label(order[i % size])).toArray();
  }

  /** How many labels there are: the names, or one more than the largest label; 0 without labels. */
  public int classes() {
    if (labels == null || !classNames.isEmpty()) {
      return classNames.size();
    }
    return 1 + IntStream.range(0, size).map(this::label).max().orElse(-1);
  }

  /** The names of the labels from 0 on; empty where they have none. */
  public List<String> classNames() {
    return classNames;
  }

  /**
   * CRC-32 of the sizes, all pixels and labels, and how they change: tells whether a run goes on
   * with its data.
   */
  public long fingerprint() {
    CRC32 crc = new CRC32();
    ByteBuffer sizes = ByteBuffer.allocate(4 * Integer.BYTES);
    crc.update(sizes.putInt(size).putInt(height).putInt(width).putInt(channels).flip());
    pixels.addTo(crc);
    if (labels != null) {
      crc.update(labels);
    }
    if (!augmentation.equals(Augmentation.NONE)) {
      crc.update(augmentation.flip() ? 1 : 0);
      crc.update(augmentation.shift());
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
      pixels.copy(indices[i], out, i * bytes);
    }
  }
}

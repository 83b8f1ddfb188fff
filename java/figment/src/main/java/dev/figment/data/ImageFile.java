package dev.figment.data;

import dev.figment.io.IoFailure;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Reads PNG and JPEG files. What is transparent is laid on white. An image is grey when its file
 * says so (a grey colour space, or a palette of greys), whatever its pixels look like.
 */
final class ImageFile {
  private static final long MOST_PIXELS = 1 << 27; // a file of a few bytes can claim far more

  private static final int WHITE = 255;

  private ImageFile() {}

  /** What a file says of its image. */
  record Header(int height, int width, boolean colour) {}

  /** A file that holds no image that can be read; its message says why, without the file's name. */
  static final class UnreadableException extends Exception {
    private static final long serialVersionUID = 1;

    UnreadableException(String reason, Throwable cause) {
      super(reason, cause);
    }
  }

  /** What is done with a reader that has its input. */
  private interface Use<T> {
    T of(ImageReader reader) throws IOException, UnreadableException;
  }

  /** Reads the first bytes of a file. */
  static Header header(Path path) throws UnreadableException {
    try (ImageInputStream in = new FileImageInputStream(path.toFile())) {
      return read(in, ImageFile::header);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /** Reads and decodes a file; 3 channels where the image is coloured, else 1. */
  static Picture read(Path path) throws UnreadableException {
    try {
      byte[] bytes = Files.readAllBytes(path);
      if (isCutOffJpeg(bytes)) {
        throw new UnreadableException("it is cut off", null);
      }
      try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
        return read(in, ImageFile::picture);
      }
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /**
   * Whether a JPEG does not end: no end marker (ff d9) follows its last scan (ff da). Decoders fill
   * it up with grey. The compressed data hold neither marker.
   */
  private static boolean isCutOffJpeg(byte[] bytes) {
    if (bytes.length < 2 || bytes[0] != (byte) 0xff || bytes[1] != (byte) 0xd8) {
      return false;
    }
    for (int i = bytes.length - 2; i > 1; i--) {
      if (bytes[i] == (byte) 0xff) {
        if (bytes[i + 1] == (byte) 0xd9) {
          return false;
        }
        if (bytes[i + 1] == (byte) 0xda) {
          return true;
        }
      }
    }
    return true;
  }

  private static UnreadableException unreadable(Path path, IOException e) {
    String sentence = IoFailure.reading(path, e).getMessage();
    return new UnreadableException(sentence.substring(sentence.indexOf(": ") + 2), e);
  }

  private static <T> T read(ImageInputStream in, Use<T> use)
      throws IOException, UnreadableException {
    Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
    if (!readers.hasNext()) {
      throw new UnreadableException("it is no image", null);
    }
    ImageReader reader = readers.next();
    try {
      reader.setInput(in, true, true);
      return use.of(reader);
    } catch (IOException e) {
      throw damaged(e);
    } catch (RuntimeException e) {
      throw damaged(e); // decoders throw anything at damaged input
    } finally {
      reader.dispose();
    }
  }

  private static UnreadableException damaged(Exception e) {
    String detail = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return new UnreadableException("it is damaged (" + IoFailure.quote(detail) + ")", e);
  }

  private static Header header(ImageReader reader) throws IOException, UnreadableException {
    int height = reader.getHeight(0);
    int width = reader.getWidth(0);
    if ((long) height * width > MOST_PIXELS) {
      throw new UnreadableException(
          "its " + width + " x " + height + " pixels are more than " + MOST_PIXELS, null);
    }
    Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
    return new Header(height, width, !types.hasNext() || isColour(types.next().getColorModel()));
  }

  private static Picture picture(ImageReader reader) throws IOException, UnreadableException {
    header(reader); // refuses what is too large before it is decoded
    BufferedImage image = reader.read(0);
    return isColour(image.getColorModel()) ? colours(image) : greys(image);
  }

  private static boolean isColour(ColorModel model) {
    if (model instanceof IndexColorModel palette) {
      for (int i = 0; i < palette.getMapSize(); i++) {
        if (palette.getRed(i) != palette.getGreen(i) || palette.getRed(i) != palette.getBlue(i)) {
          return true;
        }
      }
      return false;
    }
    return model.getColorSpace().getType() != ColorSpace.TYPE_GRAY;
  }

  private static Picture colours(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    byte[] pixels = new byte[Math.multiplyExact(3, height * width)];
    int[] row = new int[width];
    int to = 0;
    for (int y = 0; y < height; y++) {
      image.getRGB(0, y, width, 1, row, 0, width);
      for (int argb : row) {
        int alpha = argb >>> 24;
        pixels[to++] = onWhite(argb >>> 16 & 255, alpha);
        pixels[to++] = onWhite(argb >>> 8 & 255, alpha);
        pixels[to++] = onWhite(argb & 255, alpha);
      }
    }
    return new Picture(height, width, 3, pixels);
  }

  /** Samples as they stand: Java's own conversion takes greys for linear light and brightens. */
  private static Picture greys(BufferedImage image) {
    ColorModel model = image.getColorModel();
    Optional<IndexColorModel> palette =
        model instanceof IndexColorModel indexed ? Optional.of(indexed) : Optional.empty();
    Raster raster = image.getRaster();
    int width = image.getWidth();
    int height = image.getHeight();
    int most = (1 << model.getComponentSize(0)) - 1;
    boolean transparent = palette.isEmpty() && model.hasAlpha();
    byte[] pixels = new byte[height * width];
    for (int i = 0; i < pixels.length; i++) {
      int x = i % width;
      int y = i / width;
      int sample = raster.getSample(x, y, 0);
      if (palette.isPresent()) {
        pixels[i] = onWhite(palette.get().getRed(sample), palette.get().getAlpha(sample));
      } else {
        int alpha = transparent ? toByte(raster.getSample(x, y, 1), most) : WHITE;
        pixels[i] = onWhite(toByte(sample, most), alpha);
      }
    }
    return new Picture(height, width, 1, pixels);
  }

  private static int toByte(int sample, int most) {
    return (sample * WHITE + most / 2) / most;
  }

  /** The value over white: alpha of it and the rest of white, rounded. */
  private static byte onWhite(int value, int alpha) {
    return (byte) ((value * alpha + WHITE * (WHITE - alpha) + WHITE / 2) / WHITE);
  }
}

package dev.figment.io;

import dev.figment.device.FigmentException;
import java.awt.image.RenderedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** A picture as a PNG file, whole or untouched. */
public final class PngFile {
  static {
    // Pictures are only ever written to files: without this Java would look for a display.
    if (System.getProperty("java.awt.headless") == null) {
      System.setProperty("java.awt.headless", "true");
    }
  }

  private PngFile() {}

  /** Writes a picture in the manner of {@link AtomicFile}. */
  public static void write(Path path, RenderedImage picture) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream stream = new MemoryCacheImageOutputStream(bytes)) {
      if (!ImageIO.write(picture, "png", stream)) {
        throw new FigmentException("cannot write " + path + ": this Java has no PNG writer");
      }
    } catch (IOException e) {
      throw IoFailure.writing(path, e);
    }
    AtomicFile.write(path, bytes.toByteArray());
  }
}

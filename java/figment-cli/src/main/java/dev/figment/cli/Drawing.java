package dev.figment.cli;

import dev.figment.device.FigmentException;
import dev.figment.io.PngFile;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.function.Supplier;

/** Pictures with text in them. */
final class Drawing {
  private Drawing() {}

  /** Draws a picture and writes it as PNG. */
  static void write(Path picture, Supplier<BufferedImage> render) {
    try {
      PngFile.write(picture, render.get());
    } catch (InternalError | NoClassDefFoundError | NullPointerException e) {
      // What Java's text drawing throws where the machine has no font at all.
      throw new FigmentException(
          "%s was not drawn, for Java finds no font (%s); install one, on Debian fontconfig and fonts-dejavu-core."
              .formatted(picture, e),
          e);
    }
  }
}

package dev.figment.cli;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Writes small images for tests. */
final class TestImages {
  private static final int MAGIC = 0x00000803;

  private TestImages() {}

  /** Grey images, each a light and a dark half, at a place that changes from image to image. */
  static Path write(Path file, int count, int height, int width) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(16 + count * height * width);
    bytes.putInt(MAGIC).putInt(count).putInt(height).putInt(width);
    for (int i = 0; i < count; i++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          bytes.put((byte) ((x + i) % width < width / 2 ? 240 : 15));
        }
      }
    }
    return Files.write(file, bytes.array());
  }

  /**
   * The same images with labels beside them: 0 where the light half begins left of the middle, else
   * 1.
   *
   * @param stem what the names of both files begin with
   * @return the file of the images
   */
  static Path writeLabelled(Path stem, int count, int height, int width) throws IOException {
    ByteBuffer labels = ByteBuffer.allocate(8 + count);
    labels.putInt(0x00000801).putInt(count);
    for (int i = 0; i < count; i++) {
      labels.put((byte) (i % width < width / 2 ? 0 : 1));
    }
    Files.write(Path.of(stem + "-labels-idx1-ubyte"), labels.array());
    return write(Path.of(stem + "-images-idx3-ubyte"), count, height, width);
  }

  /** A picture with a disc on white. */
  static void writePng(Path file, int height, int width, boolean colour) throws IOException {
    BufferedImage picture =
        new BufferedImage(
            width, height, colour ? BufferedImage.TYPE_INT_RGB : BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D graphics = picture.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width, height);
    graphics.setColor(colour ? Color.ORANGE : Color.DARK_GRAY);
    graphics.fillOval(1, 1, width - 2, height - 2);
    graphics.dispose();
    ImageIO.write(picture, "png", file.toFile());
  }
}

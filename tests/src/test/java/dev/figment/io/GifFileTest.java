package dev.figment.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An animation read back frame by frame, and its bytes by the format's own numbers. */
class GifFileTest {
  @TempDir private Path folder;

  @Test
  void holdsItsFramesInOrderWithTheirTimesAndRepeats() throws IOException {
    Path file = folder.resolve("a.gif");
    GifFile.write(file, List.of(grey(10), grey(128), grey(250)), 200, 2000);

    ImageReader reader = ImageIO.getImageReadersByFormatName("gif").next();
    try (ImageInputStream stream = ImageIO.createImageInputStream(file.toFile())) {
      reader.setInput(stream);
      assertThat(reader.getNumImages(true)).isEqualTo(3);
      for (int i = 0; i < 3; i++) {
        assertThat(reader.read(i).getRGB(3, 2) & 0xff).isEqualTo(152);
        assertThat(reader.read(i).getRGB(1, 1) & 0xff).isEqualTo(new int[] {10, 128, 250}[i]);
        assertThat(delay(reader, i)).isEqualTo(i == 2 ? "200" : "20"); // hundredths of a second
      }
    } finally {
      reader.dispose();
    }
    String bytes =
        new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1);
    assertThat(bytes).startsWith("GIF89a").contains("NETSCAPE2.0\u0003\u0001\u0000\u0000\u0000");
  }

  @Test
  void keepsColours() throws IOException {
    BufferedImage red = new BufferedImage(4, 4, BufferedImage.TYPE_3BYTE_BGR);
    red.setRGB(0, 0, 0xff0000);
    Path file = folder.resolve("b.gif");
    GifFile.write(file, List.of(red), 100, 100);
    assertThat(ImageIO.read(file.toFile()).getRGB(0, 0)).isEqualTo(0xffff0000);
  }

  private static BufferedImage grey(int value) {
    BufferedImage image = new BufferedImage(5, 3, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < 3; y++) {
      for (int x = 0; x < 5; x++) {
        image.getRaster().setSample(x, y, 0, x == 1 ? value : 50 * x + y);
      }
    }
    return image;
  }

  private static String delay(ImageReader reader, int frame) throws IOException {
    IIOMetadataNode root =
        (IIOMetadataNode) reader.getImageMetadata(frame).getAsTree("javax_imageio_gif_image_1.0");
    IIOMetadataNode control =
        (IIOMetadataNode) root.getElementsByTagName("GraphicControlExtension").item(0);
    return control.getAttribute("delayTime");
  }
}

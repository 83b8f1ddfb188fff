package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFileTest {
  @TempDir Path folder;

  @Test
  void transparencyIsLaidOnWhite() throws Exception {
    BufferedImage image = new BufferedImage(4, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 0xFF102030);
    image.setRGB(1, 0, 0x00102030); // nothing but white
    image.setRGB(2, 0, 0x80000000); // 128 of 255: (255 * 127 + 127) / 255
    image.setRGB(3, 0, 0x33FF0064); // a fifth
    Picture picture = ImageFile.read(write(image, "png"));
    assertThat(picture.channels()).isEqualTo(3);
    assertThat(ints(picture))
        .containsExactly(16, 32, 48, 255, 255, 255, 127, 127, 127, 255, 204, 224);
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 16})
  void greysAreTakenAsTheyStand(int bits) throws Exception {
    int type = bits == 16 ? BufferedImage.TYPE_USHORT_GRAY : BufferedImage.TYPE_BYTE_GRAY;
    BufferedImage image = new BufferedImage(3, 2, type);
    WritableRaster raster = image.getRaster();
    for (int i = 0; i < 6; i++) {
      raster.setSample(i % 3, i / 3, 0, bits == 16 ? i * 50 * 257 : i * 50);
    }
    Path file = write(image, "png");
    assertThat(ImageFile.header(file)).isEqualTo(new ImageFile.Header(2, 3, false));
    Picture picture = ImageFile.read(file);
    assertThat(picture.channels()).isEqualTo(1);
    assertThat(ints(picture)).containsExactly(0, 50, 100, 150, 200, 250);
  }

  @Test
  void greyWithTransparencyIsGrey() throws Exception {
    Path file = Files.write(folder.resolve("ga.png"), greyAlphaPng(100, 255, 100, 51));
    assertThat(ImageFile.header(file).colour()).isFalse();
    // a fifth of 100 and four fifths of 255
    assertThat(ints(ImageFile.read(file))).containsExactly(100, 224);
  }

  @Test
  void palettesAreGreyWhereAllOfThemIs() throws Exception {
    byte[] ramp = {0, 90, (byte) 200};
    byte[] other = {0, 91, (byte) 200};
    IndexColorModel greys = new IndexColorModel(8, 3, ramp, ramp, ramp);
    IndexColorModel colours = new IndexColorModel(8, 3, ramp, other, ramp);
    for (IndexColorModel palette : new IndexColorModel[] {greys, colours}) {
      BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_BYTE_INDEXED, palette);
      image.getRaster().setPixels(0, 0, 3, 1, new int[] {2, 1, 0});
      Path file = write(image, "png");
      Picture picture = ImageFile.read(file);
      assertThat(ImageFile.header(file).colour()).isEqualTo(palette == colours);
      if (palette == greys) {
        assertThat(ints(picture)).containsExactly(200, 90, 0);
      } else {
        assertThat(ints(picture)).containsExactly(200, 200, 200, 90, 91, 90, 0, 0, 0);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_3BYTE_BGR})
  void jpegsAreReadInTheirOwnChannels(int type) throws Exception {
    BufferedImage image = new BufferedImage(16, 24, type);
    WritableRaster raster = image.getRaster();
    for (int band = 0; band < raster.getNumBands(); band++) {
      for (int i = 0; i < 16 * 24; i++) {
        raster.setSample(i % 16, i / 16, band, 60 + 60 * band);
      }
    }
    Path file = write(image, "jpg");
    boolean colour = type == BufferedImage.TYPE_3BYTE_BGR;
    assertThat(ImageFile.header(file)).isEqualTo(new ImageFile.Header(24, 16, colour));
    Picture picture = ImageFile.read(file);
    int[] values = ints(picture);
    for (int i = 0; i < values.length; i++) {
      int expected = colour ? 60 + 60 * (i % 3) : 60;
      assertThat(values[i]).isBetween(expected - 3, expected + 3);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg"})
  void whatIsCutOffIsRefused(String format) throws Exception {
    byte[] whole = Files.readAllBytes(write(noise(), format));
    for (int length : new int[] {whole.length / 2, whole.length - 200, 20}) {
      Path file = Files.write(folder.resolve("cut." + format), Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> ImageFile.read(file))
          .as("%d of %d bytes", length, whole.length)
          .isInstanceOf(ImageFile.UnreadableException.class);
    }
  }

  @Test
  void whatIsNoImageIsRefused() throws Exception {
    Path text = Files.writeString(folder.resolve("a.png"), "no image");
    assertRefused(text, "it is no image");
    assertRefused(Files.write(folder.resolve("b.png"), new byte[0]), "it is no image");
    assertRefused(folder.resolve("none.png"), "there is no such file");
    byte[] damaged = Files.readAllBytes(write(noise(), "png"));
    Arrays.fill(damaged, 100, 1000, (byte) 0x55);
    assertRefused(Files.write(folder.resolve("c.png"), damaged), "it is damaged (");
  }

  @Test
  void whatMayNotBeReadIsRefused() throws Exception {
    Path file = write(noise(), "png");
    assertThat(file.toFile().setReadable(false)).isTrue();
    assumeFalse(Files.isReadable(file), "this user may read everything");
    assertRefused(file, "permission denied");
  }

  @Test
  void aSizeBeyondAnyMemoryIsRefusedBeforeItIsTaken() throws Exception {
    Path file = Files.write(folder.resolve("huge.png"), png(60_000, 60_000, 2, new byte[10]));
    assertRefused(file, "its 60000 x 60000 pixels are more than 134217728");
    assertThatThrownBy(() -> ImageFile.header(file)).hasMessageContaining("60000 x 60000");
  }

  private static void assertRefused(Path file, String reason) {
    assertThatThrownBy(() -> ImageFile.read(file))
        .isInstanceOf(ImageFile.UnreadableException.class)
        .hasMessageStartingWith(reason);
  }

  private static BufferedImage noise() {
    BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_3BYTE_BGR);
    for (int i = 0; i < 64 * 64; i++) {
      image.setRGB(i % 64, i / 64, i * 2_654_435 & 0xFFFFFF);
    }
    return image;
  }

  private Path write(BufferedImage image, String format) throws IOException {
    Path file = folder.resolve("image." + format);
    assertThat(ImageIO.write(image, format, file.toFile())).isTrue();
    return file;
  }

  private static int[] ints(Picture picture) {
    int[] values = new int[picture.pixels().length];
    for (int i = 0; i < values.length; i++) {
      values[i] = Byte.toUnsignedInt(picture.pixels()[i]);
    }
    return values;
  }

  /** A row of grey pixels with transparency, which Java does not write: by hand. */
  private static byte[] greyAlphaPng(int... samples) {
    byte[] row = new byte[1 + samples.length]; // filter 0
    for (int i = 0; i < samples.length; i++) {
      row[1 + i] = (byte) samples[i];
    }
    return png(samples.length / 2, 1, 4, row);
  }

  private static byte[] png(int width, int height, int colourType, byte[] rows) {
    Deflater deflater = new Deflater();
    deflater.setInput(rows);
    deflater.finish();
    byte[] data = new byte[1000];
    data = Arrays.copyOf(data, deflater.deflate(data));
    ByteBuffer png = ByteBuffer.allocate(2000);
    png.put(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    chunk(png, "IHDR", header.put((byte) 8).put((byte) colourType).array());
    chunk(png, "IDAT", data);
    chunk(png, "IEND", new byte[0]);
    return Arrays.copyOf(png.array(), png.position());
  }

  private static void chunk(ByteBuffer png, String name, byte[] data) {
    byte[] type = name.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(type);
    crc.update(data);
    png.putInt(data.length).put(type).put(data).putInt((int) crc.getValue());
  }
}

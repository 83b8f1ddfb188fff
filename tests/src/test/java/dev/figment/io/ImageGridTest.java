package dev.figment.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageGridTest {
  @TempDir Path folder;

  @Test
  void greyImagesAreDecodedBackWhereTheyBelong() throws IOException {
    int count = 5;
    float[] images = new float[count * 4 * 3];
    for (int i = 0; i < images.length; i++) {
      images[i] = i / 127.5f - 1f; // the byte i
    }
    BufferedImage grid = decode(images, count, 4, 3, 1);
    assertThat(grid.getWidth()).isEqualTo(3 * 3 + 2 * 2);
    assertThat(grid.getHeight()).isEqualTo(2 * 4 + 2);
    assertThat(grid.getRaster().getNumBands()).isEqualTo(1);
    int[][] expected = new int[10][13];
    for (int image = 0; image < count; image++) {
      for (int y = 0; y < 4; y++) {
        for (int x = 0; x < 3; x++) {
          expected[image / 3 * 6 + y][image % 3 * 5 + x] = (image * 4 + y) * 3 + x;
        }
      }
    }
    for (int y = 0; y < 10; y++) {
      for (int x = 0; x < 13; x++) {
        assertThat(grid.getRaster().getSample(x, y, 0))
            .as("y %d x %d", y, x)
            .isEqualTo(expected[y][x]);
      }
    }
  }

  @Test
  void coloursAreRedGreenBlue() throws IOException {
    BufferedImage grid = decode(new float[] {1, -1, 0, -1, 1, -1}, 1, 1, 2, 3);
    assertThat(Integer.toHexString(grid.getRGB(0, 0))).isEqualTo("ffff0080");
    assertThat(Integer.toHexString(grid.getRGB(1, 0))).isEqualTo("ff00ff00");
  }

  @Test
  void valuesOutsideAreClampedAndNanIsBlack() throws IOException {
    float[] values = {-7, 7, Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY};
    BufferedImage grid = decode(values, 1, 1, 5, 1);
    int[] found = grid.getRaster().getSamples(0, 0, 5, 1, 0, (int[]) null);
    assertThat(found).containsExactly(0, 255, 0, 0, 255);
  }

  @ParameterizedTest
  @CsvSource({"1,1,1", "2,2,1", "3,2,2", "4,2,2", "5,3,2", "9,3,3", "10,4,3", "64,8,8"})
  void layoutIsNearlySquare(int count, int columns, int rows) throws IOException {
    BufferedImage grid = decode(new float[count], count, 1, 1, 1);
    assertThat(grid.getWidth()).isEqualTo(columns * 3 - 2);
    assertThat(grid.getHeight()).isEqualTo(rows * 3 - 2);
  }

  @Test
  void runsWithoutADisplay() throws IOException {
    decode(new float[1], 1, 1, 1, 1);
    assertThat(System.getProperty("java.awt.headless")).isEqualTo("true");
  }

  @Test
  void wrongSizesAreRefused() {
    Path file = folder.resolve("grid.png");
    assertThatThrownBy(() -> ImageGrid.write(file, new float[7], 2, 2, 2, 1))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("do not fit an array of 7 values");
    assertThatThrownBy(() -> ImageGrid.write(file, new float[8], 1, 2, 2, 2))
        .hasMessageContaining("1 or 3 channels");
    assertThatThrownBy(() -> ImageGrid.write(file, new float[0], 0, 2, 2, 1))
        .hasMessageContaining("at least one");
    assertThat(file).doesNotExist();
  }

  @Test
  void fullDiskKeepsTheOldPicture() throws Exception {
    try (TinyDisk disk = TinyDisk.mount(folder.resolve("disk"))) {
      Path file = disk.folder().resolve("samples.png");
      ImageGrid.write(file, new float[4], 1, 2, 2, 1);
      byte[] old = Files.readAllBytes(file);
      float[] noise = new float[512 * 512]; // a picture that no compression makes small
      Random random = new Random(1);
      for (int i = 0; i < noise.length; i++) {
        noise[i] = random.nextFloat() * 2 - 1;
      }
      assertThatThrownBy(() -> ImageGrid.write(file, noise, 1, 512, 512, 1))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("no space left on the disk");
      assertThat(Arrays.equals(Files.readAllBytes(file), old)).isTrue();
    }
  }

  private BufferedImage decode(float[] images, int count, int height, int width, int channels)
      throws IOException {
    Path file = folder.resolve("grid.png");
    ImageGrid.write(file, images, count, height, width, channels);
    assertThat(AtomicFileTest.names(folder)).containsExactly("grid.png");
    return ImageIO.read(file.toFile());
  }
}

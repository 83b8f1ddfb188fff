package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.data.SeriesWindow;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeriesChartTest {
  private static final int BLUE = 0xFF1F77B4;
  private static final int RED = 0xFFD62728;
  private static final int GREY = 0xFFB0B0B0;

  @TempDir Path folder;

  private static SeriesWindow waves(double height, int features) {
    return new SeriesWindow(
        features,
        IntStream.range(0, 40 * features)
            .mapToDouble(i -> height * Math.sin(i / features * 0.3 + i % features))
            .toArray());
  }

  private static int count(BufferedImage image, int colour, int fromX, int toX) {
    int found = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = fromX; x < toX; x++) {
        found += image.getRGB(x, y) == colour ? 1 : 0;
      }
    }
    return found;
  }

  @Test
  void realWindowsStandBesideGeneratedOnes() throws Exception {
    Path file = folder.resolve("pairs.png");
    SeriesChart.sideBySide(
        file,
        List.of("a", "b"),
        Collections.nCopies(3, waves(1, 2)),
        Collections.nCopies(5, waves(0.5, 2)));
    BufferedImage image = ImageIO.read(file.toFile());
    assertThat(image.getWidth()).isEqualTo(4 * 320);
    assertThat(image.getHeight()).isEqualTo(3 * 150);
    for (int column = 0; column < 4; column++) {
      boolean real = column % 2 == 0;
      int from = column * 320;
      assertThat(count(image, real ? BLUE : RED, from, from + 320)).isGreaterThan(100);
      assertThat(count(image, real ? RED : BLUE, from, from + 320)).isZero();
    }
  }

  @Test
  void reconstructionsLieOverTheirOriginals() throws Exception {
    Path file = folder.resolve("over.png");
    SeriesChart.reconstructions(file, List.of("a"), List.of(waves(1, 1)), List.of(waves(0.5, 1)));
    BufferedImage image = ImageIO.read(file.toFile());
    assertThat(image.getWidth()).isEqualTo(320);
    assertThat(count(image, GREY, 0, 320)).isGreaterThan(100);
    assertThat(count(image, RED, 0, 320)).isGreaterThan(50);
  }

  @Test
  void gapsAndConstantsAreDrawnToo() throws Exception {
    double[] gaps = waves(1, 1).values();
    gaps[5] = Double.NaN;
    double[] none = new double[40];
    Arrays.fill(none, Double.NaN);
    List<SeriesWindow> windows =
        List.of(
            new SeriesWindow(1, gaps),
            new SeriesWindow(1, none),
            new SeriesWindow(1, new double[] {3}));
    Path file = folder.resolve("gaps.png");
    SeriesChart.sideBySide(file, List.of("a"), windows, windows);
    assertThat(count(ImageIO.read(file.toFile()), BLUE, 0, 320)).isGreaterThan(50);
    SeriesChart.reconstructions(file, List.of("a"), windows.subList(2, 3), windows.subList(2, 3));
    assertThat(ImageIO.read(file.toFile()).getHeight()).isEqualTo(150);
  }
}

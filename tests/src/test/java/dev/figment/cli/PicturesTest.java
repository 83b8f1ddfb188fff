package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.io.ImageGrid;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that draw with a trained generator. */
class PicturesTest {
  private static final int SIDE = 8;
  private static final int PITCH = SIDE + ImageGrid.GAP;

  @TempDir private static Path folder;
  private static Path run;

  @BeforeAll
  static void train() throws IOException {
    Path data = TestImages.write(folder.resolve("images.idx"), 20, SIDE, SIDE);
    run = folder.resolve("run");
    Program.run(Program.train(data, run, "--steps", "3"));
  }

  @Test
  void sampleDrawsTheRunsOwnSamples() {
    Path grid = draw("own.png", "sample");

    assertThat(grid).hasSameBinaryContentAs(run.resolve("samples.png"));
  }

  @Test
  void sampleDrawsAnyNumberAndTheFirstAreTheSame() throws IOException {
    BufferedImage few = ImageIO.read(draw("few.png", "sample", "-n", "3").toFile());
    BufferedImage many = ImageIO.read(draw("many.png", "sample", "-n", "70").toFile());

    assertThat(few.getWidth()).isEqualTo(2 * PITCH - ImageGrid.GAP);
    assertThat(many.getWidth()).isEqualTo(9 * PITCH - ImageGrid.GAP);
    assertThat(many.getHeight()).isEqualTo(8 * PITCH - ImageGrid.GAP);
    assertThat(image(many, 0, 1)).isEqualTo(image(few, 0, 1));
    assertThat(image(many, 0, 2)).isNotEqualTo(image(many, 0, 1));
    assertThat(image(many, 7, 1)).isNotEqualTo(image(many, 0, 0)); // number 64 is a new latent
  }

  @Test
  void anotherSeedDrawsOtherImages() throws IOException {
    BufferedImage own = ImageIO.read(run.resolve("samples.png").toFile());
    BufferedImage other = ImageIO.read(draw("other.png", "sample", "--seed", "5").toFile());

    assertThat(image(other, 0, 0)).isNotEqualTo(image(own, 0, 0));
  }

  @Test
  void truncationChangesImagesWhoseLatentsReachFurther() throws IOException {
    BufferedImage own = ImageIO.read(run.resolve("samples.png").toFile());
    BufferedImage cut = ImageIO.read(draw("cut.png", "sample", "--truncation", "0.5").toFile());
    BufferedImage wide = ImageIO.read(draw("wide.png", "sample", "--truncation", "9").toFile());

    assertThat(image(cut, 0, 0)).isNotEqualTo(image(own, 0, 0));
    assertThat(image(wide, 0, 0)).isEqualTo(image(own, 0, 0));
  }

  @Test
  void interpolateWalksFromOneImageToAnother() throws IOException {
    BufferedImage walk =
        ImageIO.read(draw("walk.png", "interpolate", "--pairs", "3", "--steps", "5").toFile());
    BufferedImage samples = ImageIO.read(draw("ends.png", "sample", "-n", "6").toFile());

    assertThat(walk.getWidth()).isEqualTo(5 * PITCH - ImageGrid.GAP);
    assertThat(walk.getHeight()).isEqualTo(3 * PITCH - ImageGrid.GAP);
    // Row r walks from sample 2r to sample 2r + 1; six samples lie in two rows of three.
    assertThat(image(walk, 0, 0)).isEqualTo(image(samples, 0, 0));
    assertThat(image(walk, 0, 4)).isEqualTo(image(samples, 0, 1));
    assertThat(image(walk, 2, 4)).isEqualTo(image(samples, 1, 2));
    int[] middle = image(walk, 0, 2);
    assertThat(distance(middle, image(walk, 0, 0))).isPositive();
    assertThat(distance(middle, image(walk, 0, 4))).isPositive();
    assertThat(distance(image(walk, 0, 0), image(walk, 0, 1)))
        .isLessThan(distance(image(walk, 0, 0), image(walk, 0, 4)));
  }

  @Test
  void aLongWalkHasTheSamplesOfItsSeedAtItsEndsToo() throws IOException {
    BufferedImage walk =
        ImageIO.read(draw("long.png", "interpolate", "--pairs", "34", "--steps", "2").toFile());
    BufferedImage samples = ImageIO.read(draw("all.png", "sample", "-n", "68").toFile());

    // Samples 66 and 67, of the second set of 64, lie in rows of nine.
    assertThat(image(walk, 33, 0)).isEqualTo(image(samples, 7, 3));
    assertThat(image(walk, 33, 1)).isEqualTo(image(samples, 7, 4));
  }

  private static Path draw(String name, String... args) {
    Path file = folder.resolve(name);
    Program.Result result =
        Program.run(Program.with(args, "--run", run.toString(), "--out", file.toString()));
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).contains(file.toString());
    return file;
  }

  private static int[] image(BufferedImage grid, int row, int column) {
    return grid.getRaster().getPixels(column * PITCH, row * PITCH, SIDE, SIDE, (int[]) null);
  }

  private static double distance(int[] a, int[] b) {
    int[] squares = new int[a.length];
    Arrays.setAll(squares, i -> (a[i] - b[i]) * (a[i] - b[i]));
    return Math.sqrt(Arrays.stream(squares).sum());
  }
}

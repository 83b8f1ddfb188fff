package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training on a folder of pictures, in colour, end to end. */
class PictureFolderTest {
  @TempDir private Path folder;
  private Path data;
  private Path run;

  @BeforeEach
  void makeData() throws IOException {
    data = Files.createDirectory(folder.resolve("pictures"));
    run = folder.resolve("run");
    for (int i = 0; i < 20; i++) {
      boolean colour = i % 5 > 0;
      TestImages.writePng(data.resolve(i + ".png"), 10 + i, 20, colour);
    }
    Files.writeString(data.resolve("broken.jpg"), "?");
  }

  @Test
  void trainsInColourAndGoesOnBitExactlyWithItsFlipsAndShifts() throws IOException {
    Path straight = folder.resolve("straight");
    String[] options = {"--image-size", "14", "--flip", "--shift", "2"};
    Program.Result result =
        Program.run(Program.with(Program.train(data, straight, options), "--steps", "6"));

    assertThat(result.err()).isEmpty();
    assertThat(result.out())
        .contains(
            "4 of the 20 images are grey and are taken as colour",
            "Left out 1 of the 21 files, which cannot be read: \"broken.jpg\": it is no image",
            "20 images of 14 x 14 x 3");
    assertThat(Files.readString(straight.resolve("config.yaml")))
        .contains("image-size: 14\n", "flip: true\n", "shift: 2\n", "strict: false\n")
        .contains("net: dense-stem\n");

    Program.run(Program.with(Program.train(data, run, options), "--steps", "4"));
    Program.Result resumed = Program.run("train", "gan", "--resume", "" + run, "--steps", "6");

    assertThat(resumed.err()).isEmpty();
    assertThat(RunFiles.checkpoint(run)).isEqualTo(RunFiles.checkpoint(straight));
    assertThat(run.resolve("samples.png")).hasSameBinaryContentAs(straight.resolve("samples.png"));

    Program.Result other =
        Program.run("train", "gan", "--resume", "" + run, "--steps", "8", "--shift", "1");
    assertThat(other.err()).contains("--shift 1 contradicts the --shift 2");

    Path grid = folder.resolve("grid.png");
    assertThat(Program.run("sample", "--run", "" + run, "--out", "" + grid, "-n", "4").exitCode())
        .isZero();
    BufferedImage picture = ImageIO.read(grid.toFile());
    assertThat(List.of(picture.getWidth(), picture.getHeight())).containsOnly(2 * 14 + 2);
    assertThat(picture.getColorModel().getNumComponents()).isEqualTo(3);
  }

  @Test
  void greyIsTakenWhereItIsAskedFor() {
    Program.Result result =
        Program.run(
            Program.train(
                data, run, "--image-size=8", "--channels=1", "--flip=false", "--steps=1"));

    assertThat(result.err()).isEmpty();
    assertThat(result.out()).contains("20 images of 8 x 8 x 1");
  }

  @Test
  void dcgan64TrainsAndSamples() {
    Program.Result result =
        Program.run(Program.train(data, run, "--net", "dcgan64", "--steps", "2"));

    assertThat(result.err()).isEmpty();
    assertThat(result.out()).contains("20 images of 64 x 64 x 3");
    Path walk = folder.resolve("walk.png");
    assertThat(
            Program.run("interpolate", "--run=" + run, "--out=" + walk, "--pairs=1", "--steps=2")
                .exitCode())
        .isZero();
  }
}

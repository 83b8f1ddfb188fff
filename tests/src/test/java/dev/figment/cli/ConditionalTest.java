package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.io.ImageGrid;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --conditional}, and the commands that ask for a class. */
class ConditionalTest {
  private static final int SIDE = 8;
  private static final int PITCH = SIDE + ImageGrid.GAP;
  private static final int ROWS = 8;

  @TempDir private static Path folder;
  private static Path numbered; // labels 0 and 1
  private static Path named; // classes Cat, cow and Dog
  private static Path run; // of the latter

  @BeforeAll
  static void train() throws IOException {
    numbered = TestImages.writeLabelled(folder.resolve("numbered"), 40, SIDE, SIDE);
    named = folder.resolve("animals");
    for (String name : new String[] {"Cat", "cow", "Dog"}) {
      Files.createDirectories(named.resolve(name));
      for (int i = 0; i < 4; i++) {
        Path file = named.resolve(name).resolve(i + ".png");
        TestImages.writePng(file, SIDE, SIDE, false);
      }
    }
    run = folder.resolve("run");
    Program.Result result =
        Program.run(
            Program.train(named, run, "--image-size", "8", "--conditional", "--steps", "3"));
    assertThat(result.err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--loss wasserstein --n-critic 2",
        "--loss hinge --r1 10 --penalty-every 2 --ema 0.9 --accumulate 2",
        "--loss wasserstein --gp 10 --spectral-norm",
        "--flip --label-smoothing 0.1 --clip 0.5",
      })
  void goesOnBitExactlyAndRepeats(String options) throws IOException {
    Path straight = folder.resolve("straight" + options.hashCode());
    Path parts = folder.resolve("parts" + options.hashCode());
    train(straight, options + " --conditional --steps 5");
    train(parts, options + " --conditional --steps 2");
    Program.Result resumed = Program.run("train", "gan", "--resume", "" + parts, "--steps", "5");

    assertThat(resumed.err()).isEmpty();
    assertThat(RunFiles.checkpoint(parts)).isEqualTo(RunFiles.checkpoint(straight));
    assertThat(RunFiles.metrics(parts)).isEqualTo(RunFiles.metrics(straight));
    assertThat(parts.resolve("samples.png"))
        .hasSameBinaryContentAs(straight.resolve("samples.png"));

    Path again = folder.resolve("again" + options.hashCode());
    Program.run("train", "gan", "--config", straight + "/config.yaml", "--out", "" + again);
    assertThat(RunFiles.checkpoint(again)).isEqualTo(RunFiles.checkpoint(straight));
  }

  private static Program.Result train(Path out, String options) {
    return Program.run(Program.train(numbered, out, options.split(" ")));
  }

  @Test
  void clipIsAnotherNameOfClipGrad() throws IOException {
    Path shortName = folder.resolve("clip");
    Path longName = folder.resolve("clip-grad");
    train(shortName, "--clip 0.01 --steps 2");
    train(longName, "--clip-grad 0.01 --steps 2");

    assertThat(RunFiles.checkpoint(shortName)).isEqualTo(RunFiles.checkpoint(longName));
    assertThat(shortName.resolve("config.yaml"))
        .hasSameBinaryContentAs(longName.resolve("config.yaml"));
    assertThat(
            Program.run("train", "gan", "--resume", "" + shortName, "--steps", "3", "--clip", "2")
                .err())
        .contains("contradicts the --clip-grad 0.01");
  }

  @Test
  void aRunsGridHasAColumnForEachClass() throws IOException {
    BufferedImage own = ImageIO.read(run.resolve("samples.png").toFile());
    assertThat(own.getWidth()).isEqualTo(3 * PITCH - ImageGrid.GAP);
    assertThat(own.getHeight()).isEqualTo(ROWS * PITCH - ImageGrid.GAP);
    assertThat(draw("own.png", "sample")).hasSameBinaryContentAs(run.resolve("samples.png"));

    Path longer = draw("longer.png", "sample", "-n", "27");
    BufferedImage nine = ImageIO.read(longer.toFile());
    assertThat(nine.getHeight()).isEqualTo(9 * PITCH - ImageGrid.GAP);
    assertThat(image(nine, 7, 2)).isEqualTo(image(own, 7, 2));
    assertThat(Files.readString(run.resolve("report.html")))
        .contains("A row shares its latent; the columns are Cat, Dog, cow.");
  }

  @ParameterizedTest
  @CsvSource({"Cat, 0", "dog, 1", "2, 2"})
  void aClassIsAskedForByNameOrNumber(String label, int column) throws IOException {
    Path file = draw(label + ".png", "sample", "--label", label, "-n", "8");
    BufferedImage samples = ImageIO.read(file.toFile());
    BufferedImage own = ImageIO.read(run.resolve("samples.png").toFile());

    assertThat(samples.getWidth()).isEqualTo(3 * PITCH - ImageGrid.GAP); // as near a square
    for (int i = 0; i < ROWS; i++) { // of the same latents
      assertThat(image(samples, i / 3, i % 3)).isEqualTo(image(own, i, column));
    }
  }

  @Test
  void walksStayInAClass() throws IOException {
    String[] walk = {"interpolate", "--pairs", "4", "--steps", "3"};
    BufferedImage all = ImageIO.read(draw("all.png", walk).toFile());
    BufferedImage dogs =
        ImageIO.read(draw("dogs.png", Program.with(walk, "--label", "Dog")).toFile());

    // A class a row, and after the last the first again.
    for (int step = 0; step < 3; step++) {
      assertThat(image(dogs, 1, step)).isEqualTo(image(all, 1, step));
      assertThat(image(dogs, 0, step)).isNotEqualTo(image(all, 0, step));
      assertThat(image(dogs, 3, step)).isNotEqualTo(image(all, 3, step));
    }
    BufferedImage cats =
        ImageIO.read(draw("cats.png", Program.with(walk, "--label", "0")).toFile());
    assertThat(image(cats, 3, 2)).isEqualTo(image(all, 3, 2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Dig | did you mean Dog?",
        "3 | it has labels from 0 to 2: Cat, Dog, cow.",
        "-1 | has no such class",
        "elephant | it has labels from 0 to 2",
      })
  void unknownClassesAreASentence(String label, String sentence) {
    Path file = folder.resolve("none.png");
    Program.Result result =
        Program.run("sample", "--run", "" + run, "--out", "" + file, "--label", label);

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).startsWith("figment: --label " + label).contains(sentence);
    assertThat(file).doesNotExist();
  }

  @Test
  void runsWithoutLabelsHaveNoClasses() throws IOException {
    Path plain = folder.resolve("plain");
    train(plain, "--steps 1");
    Program.Result result =
        Program.run("sample", "--run", "" + plain, "--out", folder + "/none.png", "--label", "1");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("was trained without labels");
    assertThat(Files.readString(plain.resolve("report.html"))).doesNotContain("columns are");
    Program.Result other =
        Program.run("train", "gan", "--resume", "" + plain, "--steps", "2", "--conditional");
    assertThat(other.err()).contains("--conditional true contradicts the --conditional false");
  }

  @Test
  void dataWithoutLabelsAreASentence() throws IOException {
    Path unlabelled = TestImages.write(folder.resolve("unlabelled.idx"), 20, SIDE, SIDE);
    Path out = folder.resolve("nothing");
    Program.Result result =
        Program.run(Program.train(unlabelled, out, "--conditional", "--steps", "1"));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("--conditional was given and ", "has no labels; leave it out, or give data");
    assertThat(out).doesNotExist();
  }

  private static Path draw(String name, String... args) {
    Path file = folder.resolve(name);
    Program.Result result =
        Program.run(Program.with(args, "--run", run.toString(), "--out", file.toString()));
    assertThat(result.err()).isEmpty();
    return file;
  }

  private static int[] image(BufferedImage grid, int row, int column) {
    return grid.getRaster().getPixels(column * PITCH, row * PITCH, SIDE, SIDE, (int[]) null);
  }
}

package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.figment.io.ImageGrid;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands that show what a VAE has learned. */
class VaeCommandsTest {
  private static final int SIDE = 8;
  private static final int PITCH = SIDE + ImageGrid.GAP;
  private static final int LATENT = 3;

  @TempDir private static Path folder;
  private static Path run;
  private static Path data;

  @BeforeAll
  static void train() throws IOException {
    data = folder.resolve("images-idx3");
    TestImages.write(data, 40, SIDE, SIDE);
    ByteBuffer labels = ByteBuffer.allocate(8 + 40).putInt(0x00000801).putInt(40);
    for (int i = 0; i < 40; i++) {
      labels.put((byte) (i % SIDE));
    }
    Files.write(folder.resolve("labels-idx1"), labels.array());
    run = folder.resolve("run");
    Program.Result result =
        Program.run(
            "train",
            "vae",
            "--data",
            "" + data,
            "--out",
            "" + run,
            "--steps",
            "60",
            "--batch",
            "8",
            "--width",
            "4",
            "--latent",
            "" + LATENT,
            "--lr",
            "0.005",
            "--threads",
            "1");
    assertThat(result.err()).isEmpty();
  }

  @Test
  void samplesAreTheRunsOwn() throws IOException {
    Path grid = made("own.png", "sample");
    assertThat(grid).hasSameBinaryContentAs(run.resolve("samples.png"));
    BufferedImage walk = image(made("walk.png", "interpolate", "--pairs", "2", "--steps", "3"));
    assertThat(walk.getWidth()).isEqualTo(3 * PITCH - ImageGrid.GAP);
  }

  @Test
  void reconstructionsAreTheRunsOwnAndOfAnyImages() throws IOException {
    assertThat(made("pairs.png", "reconstruct"))
        .hasSameBinaryContentAs(run.resolve("reconstructions.png"));
    BufferedImage pairs =
        image(made("training.png", "reconstruct", "-n", "6", "--part", "training"));
    assertThat(pairs.getWidth()).isEqualTo(8 * PITCH - ImageGrid.GAP);
    assertThat(pairs.getHeight()).isEqualTo(2 * PITCH - ImageGrid.GAP);
    int[] original = pairs.getRaster().getPixels(0, 0, SIDE, SIDE, (int[]) null);
    assertThat(original).containsOnly(15, 240); // as the file has it
  }

  @Test
  void aTraversalChangesOneDimensionARow() throws IOException {
    BufferedImage rows =
        image(made("rows.png", "traverse", "--dimensions", "9", "--steps", "5", "--range", "4"));
    assertThat(rows.getWidth()).isEqualTo(5 * PITCH - ImageGrid.GAP);
    assertThat(rows.getHeight()).as("all there are").isEqualTo(LATENT * PITCH - ImageGrid.GAP);
    // The middle of every row is the image of a latent of zeros.
    int[] middle = part(rows, 2, 0);
    assertThat(part(rows, 2, 1)).isEqualTo(middle);
    assertThat(part(rows, 0, 0)).isNotEqualTo(middle);
    assertThat(part(rows, 0, 0)).isNotEqualTo(part(rows, 0, 1));
  }

  @Test
  void latentsAndLabelsAreNumPysArrays() throws IOException {
    Path file = made("latents.npy", "encode", "--part", "training", "-n", "20");
    ByteBuffer array = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int header = 10 + array.getShort(8);
    assertThat(header % 64).isZero();
    assertThat(new String(array.array(), 10, header - 10, StandardCharsets.US_ASCII))
        .startsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (20, 3), }")
        .endsWith("\n");
    assertThat(array.capacity()).isEqualTo(header + 20 * LATENT * Float.BYTES);
    float first = array.getFloat(header);
    assertThat(first).isNotZero().isNotEqualTo(array.getFloat(header + LATENT * Float.BYTES));

    byte[] labels = Files.readAllBytes(folder.resolve("latents-labels.npy"));
    assertThat(labels).hasSize(128 + 20);
    // Images with the same label are the same, and so are their latents.
    for (int i = 1; i < 20; i++) {
      if (labels[128 + i] == labels[128]) {
        assertThat(array.getFloat(header + i * LATENT * Float.BYTES)).isEqualTo(first);
      }
    }
  }

  /** Images of a label are all alike here, so each label has one place and one colour. */
  @Test
  void aMapHasAColourALabel() throws IOException {
    Path file = made("map.png", "map", "--part", "training");
    BufferedImage map = image(file);
    assertThat(map.getWidth()).as("PCA beside t-SNE, each with a legend").isEqualTo(2 * 740);
    assertThat(colours(map)).isEqualTo(SIDE);
    assertThat(made("again.png", "map", "--part", "training")).hasSameBinaryContentAs(file);
    assertThat(image(made("few.png", "map", "-n", "4")).getWidth()).isEqualTo(740); // PCA alone
  }

  /** Colours that are no grey, and not the mixture of one with the background. */
  private static long colours(BufferedImage picture) {
    Map<Integer, Integer> counts = new HashMap<>();
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        Color colour = new Color(picture.getRGB(x, y));
        float[] hsb = Color.RGBtoHSB(colour.getRed(), colour.getGreen(), colour.getBlue(), null);
        if (Math.abs(hsb[1] - 0.85) < 0.01) {
          counts.merge(picture.getRGB(x, y), 1, Integer::sum);
        }
      }
    }
    return counts.values().stream().filter(count -> count > 10).count();
  }

  @Test
  void aClassCanBeAskedFor() throws IOException {
    Path labelled = folder.resolve("labelled");
    Program.Result result =
        Program.run(
            "train",
            "vae",
            "--data",
            "" + data,
            "--out",
            "" + labelled,
            "--conditional",
            "--steps",
            "3",
            "--batch",
            "8",
            "--width",
            "4",
            "--latent",
            "" + LATENT,
            "--threads",
            "1");
    assertThat(result.err()).isEmpty();
    assertThat(image(labelled.resolve("samples.png")).getWidth())
        .as("a column a class")
        .isEqualTo(SIDE * PITCH - ImageGrid.GAP);
    Path own = folder.resolve("own-classes.png");
    Program.run("sample", "--run", "" + labelled, "--out", "" + own);
    assertThat(own).hasSameBinaryContentAs(labelled.resolve("samples.png"));
    for (String command : new String[] {"sample", "interpolate", "traverse"}) {
      Path two = folder.resolve(command + "-2.png");
      Path three = folder.resolve(command + "-3.png");
      for (Path file : new Path[] {two, three}) {
        String label = file == two ? "2" : "3";
        Program.Result made =
            Program.run(
                command, "--run", "" + labelled, "--label", label, "--out", file.toString());
        assertThat(made.err()).isEmpty();
      }
      assertThat(Files.mismatch(two, three)).as(command).isNotEqualTo(-1);
    }
    assertThat(Program.run("reconstruct", "--run", "" + labelled, "--out", "" + own).err())
        .isEmpty();
    Path other = TestImages.write(folder.resolve("unlabelled.idx"), 12, SIDE, SIDE);
    assertThat(Program.run("evaluate", "--run", "" + labelled, "--data", "" + other).err())
        .contains("The networks take 8 labels and ", "unlabelled.idx has 0; give data");
    assertThat(Program.run("traverse", "--run", "" + run, "--label", "1", "--out", "" + own).err())
        .contains("was trained without labels");
    Program.Result resumed = Program.run("train", "vae", "--resume", "" + labelled, "--steps", "4");
    assertThat(resumed.err()).isEmpty();
    assertThat(resumed.exitCode()).isZero();
  }

  @Test
  void anEvaluationTellsTheBoundAndTheLikelihood() {
    Program.Result result =
        Program.run("evaluate", "--run", "" + run, "--samples", "50", "--part", "training");
    assertThat(result.err()).isEmpty();
    double bound = number(result.out(), "evidence lower bound");
    double likelihood = number(result.out(), "log-likelihood, 50 latents");
    assertThat(result.out()).startsWith("36 images of ").contains("active dimensions");
    assertThat(bound)
        .isCloseTo(
            -number(result.out(), "reconstruction") - number(result.out(), "KL"), within(2e-3));
    assertThat(likelihood).isGreaterThan(bound);
    String measures = Program.run("evaluate", "--run", "" + run).out();
    assertThat(measures).doesNotContain("log-likelihood");
    assertThat(run.resolve("measures.txt")).hasContent(measures);
  }

  private static double number(String out, String name) {
    String line =
        out.lines().filter(l -> l.strip().startsWith(name + " ")).findFirst().orElseThrow();
    return Double.parseDouble(line.strip().substring(name.length()).strip());
  }

  @Test
  void otherImagesTakeTheRunsSize() throws IOException {
    Path other = TestImages.write(folder.resolve("large.idx"), 12, 16, 16);
    BufferedImage pairs = image(made("large.png", "reconstruct", "--data", "" + other));
    assertThat(pairs.getHeight()).isEqualTo(SIDE); // of the one that is held out
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1 | reconstruct --out a.jpg | give a name that ends in it",
        "1 | reconstruct --out a.png -n 5 | -n 5 images were asked for and there are 4",
        "2 | traverse --out a.png --steps 1 | 2 steps or more",
        "1 | encode --out a.png | latents are written as .npy",
        "2 | map --out a.png -n 1 | give 2 to 10000",
        "1 | map --out a.npy | pictures are written as .png",
        "2 | evaluate --samples -1 | give 0 to 100000",
        "1 | evaluate --data none | there is no such file",
        "2 | evaluate --part test | --part",
      })
  void badOptionsAreASentence(int exitCode, String options, String sentence) {
    Program.Result result = Program.run(Program.with(options.split(" "), "--run", run.toString()));
    assertThat(result.exitCode()).isEqualTo(exitCode);
    assertThat(result.err()).startsWith("figment: ").contains(sentence).doesNotContain("\tat ");
  }

  @Test
  void aGanHasNothingToReconstruct() {
    Path gan = folder.resolve("gan");
    Program.run(Program.train(data, gan, "--steps", "1"));
    Program.Result result =
        Program.run("reconstruct", "--run", gan.toString(), "--out", "" + folder.resolve("x.png"));
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("holds no VAE; give the folder of a run of figment train vae.");
  }

  private static Path made(String name, String... args) {
    Path file = folder.resolve(name);
    Program.Result result =
        Program.run(Program.with(args, "--run", run.toString(), "--out", file.toString()));
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).contains(file.toString());
    return file;
  }

  private static BufferedImage image(Path file) throws IOException {
    return ImageIO.read(file.toFile());
  }

  private static int[] part(BufferedImage grid, int column, int row) {
    return grid.getRaster().getPixels(column * PITCH, row * PITCH, SIDE, SIDE, (int[]) null);
  }
}

package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.figment.io.JsonLines;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole trainings by the command line: what they leave, that they repeat, that they go on. */
class TrainGanTest {
  @TempDir private Path folder;
  private Path data;
  private Path run;

  @BeforeEach
  void makeData() throws IOException {
    data = TestImages.write(folder.resolve("images.idx"), 40, 8, 8);
    run = folder.resolve("run");
  }

  @Test
  void leavesEveryFileOfARun() throws IOException {
    Program.Result result =
        Program.run(Program.train(data, run, "--steps", "12", "--sample-every", "5"));

    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    try (Stream<Path> files = Files.list(run)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "config.yaml",
              "metrics.jsonl",
              "checkpoint.safetensors",
              "environment.txt",
              "losses.png",
              "report.html",
              "training.gif",
              "samples.png",
              "samples-000005.png",
              "samples-000010.png",
              "samples-000012.png");
    }
    assertThat(run.resolve("samples.png"))
        .hasSameBinaryContentAs(run.resolve("samples-000012.png"));
    BufferedImage samples = ImageIO.read(run.resolve("samples.png").toFile());
    assertThat(List.of(samples.getWidth(), samples.getHeight())).containsOnly(8 * 8 + 7 * 2);
    assertThat(ImageIO.read(run.resolve("losses.png").toFile()).getWidth()).isEqualTo(900);
    assertThat(JsonLines.read(run.resolve("metrics.jsonl")))
        .hasSize(12)
        .last()
        .satisfies(
            line -> {
              assertThat(line.fieldNames())
                  .toIterable()
                  .containsExactly(
                      "step", "epoch", "d_loss", "g_loss", "d_real", "d_fake", "images_per_second");
              assertThat(line.get("step").asInt()).isEqualTo(12);
              assertThat(line.get("epoch").asInt())
                  .isEqualTo(2); // five batches of 8 make one of 40
              assertThat(line.get("d_real").asDouble()).isBetween(0.01, 0.99);
              assertThat(line.get("images_per_second").asDouble()).isPositive();
            });
  }

  @Test
  void theReportIsOnePageThatNeedsNothingElse() throws IOException {
    Program.run(Program.train(data, run, "--steps", "12", "--sample-every", "5"));

    String page = Files.readString(run.resolve("report.html"));
    assertThat(page).doesNotContain("{{", "http:", "https:", "src=\"/", "<link");
    assertThat(page.split("<img ", -1)).hasSize(1 + 3 + 1); // three grids and the curves
    assertThat(page)
        .contains("after step 5", "after step 12", "max=\"2\"")
        .contains("<tr><th>batch<td>8", "<tr><th>step<td>12")
        .contains("processors", "figment ");
    assertThat(Files.readString(run.resolve("environment.txt")))
        .contains("device     cpu", "plan       ", "java       ");
  }

  @Test
  void saysItsCourseInLinesWhereThereIsNoTerminal() {
    Program.Result result = Program.run(Program.train(data, run, "--steps", "3"));

    assertThat(result.out().lines())
        .anyMatch(line -> line.startsWith("Device: ") && line.contains("threads"))
        .anyMatch(line -> line.startsWith("Data: ") && line.contains("40 images of 8 x 8 x 1"))
        .anyMatch(
            line ->
                line.matches(
                    "step 1/3 epoch 0 d_loss [0-9.]+ g_loss [0-9.]+ d_real 0[0-9.]+ d_fake 0[0-9.]+"
                        + " img/s [0-9.]+"))
        .anyMatch(line -> line.startsWith("step 3/3 ") && line.endsWith(" left 0:00:00"));
  }

  @Test
  void logsEverySoManyStepsAndTheLast() {
    Program.run(Program.train(data, run, "--steps", "7", "--log-every", "3"));

    assertThat(JsonLines.read(run.resolve("metrics.jsonl")))
        .extracting(line -> line.get("step").asInt())
        .containsExactly(3, 6, 7);
  }

  @Test
  void sameSeedGivesTheSameBitsAndAnotherOneDoesNot() throws IOException {
    Path again = folder.resolve("again");
    Path other = folder.resolve("other");
    Program.run(Program.train(data, run, "--steps", "3"));
    Program.run(Program.train(data, again, "--steps", "3"));
    Program.run(Program.train(data, other, "--steps", "3", "--seed", "2"));

    assertThat(RunFiles.checkpoint(again)).isEqualTo(RunFiles.checkpoint(run));
    assertThat(RunFiles.metrics(again)).isEqualTo(RunFiles.metrics(run));
    assertThat(RunFiles.metrics(other)).isNotEqualTo(RunFiles.metrics(run));
  }

  @Test
  void epochsCountWholePassesOverTheData() {
    Program.run(Program.train(data, run, "--epochs", "2"));

    assertThat(RunFiles.step(run)).isEqualTo(10); // 2 x 40 images in batches of 8
  }

  @Test
  void epochsCountTheImagesOfEveryDiscriminatorStep() {
    Program.run(Program.train(data, run, "--epochs", "2", "--n-critic", "4"));

    assertThat(RunFiles.step(run)).isEqualTo(3); // 10 batches, 4 a step, rounded up
  }

  @Test
  void goesOnBitExactlyInAnotherEpoch() throws IOException {
    Path straight = folder.resolve("straight");
    Program.run(Program.train(data, straight, "--steps", "8", "--n-critic", "2"));
    Program.run(Program.train(data, run, "--steps", "3", "--n-critic", "2"));
    Program.Result resumed =
        Program.run("train", "gan", "--resume", run.toString(), "--steps", "8");

    assertThat(resumed.err()).isEmpty();
    assertThat(resumed.exitCode()).isZero();
    assertThat(RunFiles.checkpoint(run)).isEqualTo(RunFiles.checkpoint(straight));
    assertThat(RunFiles.metrics(run)).isEqualTo(RunFiles.metrics(straight));
    assertThat(run.resolve("samples.png")).hasSameBinaryContentAs(straight.resolve("samples.png"));
  }

  @Test
  void stopsWithACheckpointAndGoesOnFromThere() throws IOException {
    Path straight = folder.resolve("straight");
    Program.run(Program.train(data, straight, "--steps", "6"));
    Program.Result stopped =
        Program.run(new Program.StopAt(4), Program.train(data, run, "--steps", "6"));

    assertThat(stopped.exitCode()).isEqualTo(130);
    assertThat(stopped.out()).contains("Stopped and saved at step 3 of 6", "--resume " + run);
    assertThat(RunFiles.step(run)).isEqualTo(3);
    assertThat(run.resolve("losses.png")).exists();

    Program.Result resumed = Program.run("train", "gan", "--resume", run.toString());

    assertThat(resumed.exitCode()).isZero();
    assertThat(RunFiles.checkpoint(run)).isEqualTo(RunFiles.checkpoint(straight));
    assertThat(RunFiles.metrics(run)).isEqualTo(RunFiles.metrics(straight));
  }

  @Test
  void stopsBeforeItsFirstStep() {
    Program.Result stopped =
        Program.run(new Program.StopAt(1), Program.train(data, run, "--steps", "6"));

    assertThat(stopped.exitCode()).isEqualTo(130);
    assertThat(stopped.err()).isEmpty();
    assertThat(RunFiles.step(run)).isZero();
  }

  @Test
  void metricsBeyondTheCheckpointAreWrittenAnew() throws IOException {
    Path straight = folder.resolve("straight");
    Program.run(Program.train(data, straight, "--steps", "5"));
    Program.run(Program.train(data, run, "--steps", "3"));
    // As after a kill: two more steps and half a line were logged and then lost.
    Files.writeString(
        run.resolve("metrics.jsonl"),
        Files.readString(run.resolve("metrics.jsonl"))
            + "{\"step\":4,\"d_loss\":9}\n{\"step\":5,\"d_loss\":9}\n{\"step\":");
    Program.run("train", "gan", "--resume", run.toString(), "--steps", "5");

    assertThat(RunFiles.metrics(run)).isEqualTo(RunFiles.metrics(straight));
  }

  @Test
  void aRunOfMoreThreadsGoesOnWithWhatThereIs() throws IOException {
    Program.run(Program.train(data, run, "--steps", "2"));
    Path config = run.resolve("config.yaml");
    Files.writeString(
        config, Files.readString(config).replaceAll("threads: [0-9]+", "threads: 100000"));
    Program.Result resumed =
        Program.run("train", "gan", "--resume", run.toString(), "--steps", "3");

    assertThat(resumed.err()).isEmpty();
    assertThat(RunFiles.step(run)).isEqualTo(3);
    assertThat(Files.readString(config))
        .contains("threads: " + Runtime.getRuntime().availableProcessors());
  }

  @Test
  void anotherPlanIsSaidToGiveOtherBits() {
    Program.run(Program.train(data, run, "--steps", "1", "--threads", "1"));
    assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "there is but one processor");
    Program.Result resumed =
        Program.run("train", "gan", "--resume", run.toString(), "--steps", "2", "--threads", "2");

    assertThat(resumed.out()).contains("close, but not bit for bit");
  }

  @Test
  void fastConvolutionsArePartOfThePlan() throws IOException {
    Program.Result direct =
        Program.run(Program.train(data, run, "--steps", "1", "--fast-conv", "off"));
    Program.Result resumed =
        Program.run(
            "train", "gan", "--resume", run.toString(), "--steps", "2", "--fast-conv", "on");

    assertThat(direct.out()).doesNotContain("fast convolutions");
    assertThat(resumed.out())
        .contains(", fast convolutions, oneDNN")
        .contains("close, but not bit for bit");
    assertThat(ConfigFile.read(run.resolve("config.yaml"))).containsEntry("fast-conv", "on");
  }

  @Test
  void thePrecisionIsPartOfThePlan() throws IOException {
    Program.Result half =
        Program.run(Program.train(data, run, "--steps", "1", "--precision", "bf16"));
    Program.Result resumed =
        Program.run("train", "gan", "--resume", run.toString(), "--steps", "2");
    Program.Result back =
        Program.run(
            "train", "gan", "--resume", run.toString(), "--steps", "3", "--precision", "float32");

    assertThat(half.out()).contains(", bf16");
    assertThat(resumed.out()).contains(", bf16").doesNotContain("not bit for bit");
    assertThat(back.out()).contains("close, but not bit for bit");
    assertThat(ConfigFile.read(run.resolve("config.yaml"))).containsEntry("precision", "float32");
  }

  @Test
  void resumingAFinishedRunChangesNothing() throws IOException {
    Program.run(Program.train(data, run, "--steps", "2"));
    byte[] before = RunFiles.checkpoint(run);
    Program.Result again = Program.run("train", "gan", "--resume", run.toString());

    assertThat(again.exitCode()).isZero();
    assertThat(again.out()).contains("give more --steps or --epochs to go on");
    assertThat(RunFiles.checkpoint(run)).isEqualTo(before);
    assertThat(RunFiles.lines(run)).isEqualTo(2);
  }

  @Test
  void leavingTheFiniteNumbersKeepsTheLastGoodCheckpoint() throws IOException {
    String[] args =
        Program.train(data, run, "--lr", "1e30", "--steps", "9", "--checkpoint-every", "1");
    Program.Result result = Program.run(args);

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("finite", "the last checkpoint, " + run, "is kept", "Try smaller --lr and --lr-d")
        .doesNotContain("\tat ");
    assertThat(RunFiles.step(run)).isPositive().isEqualTo(RunFiles.lines(run));
    assertThat(run.resolve("losses.png")).exists();
    Program.Result sampled =
        Program.run(
            "sample", "--run", run.toString(), "--out", folder.resolve("grid.png").toString());
    assertThat(sampled.exitCode()).isZero();
  }
}

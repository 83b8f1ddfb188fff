package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options from files: a run repeats from its config.yaml, and bad files are answered. */
class ConfigTest {
  @TempDir private Path folder;
  private Path data;
  private Path run;

  @BeforeEach
  void makeData() throws IOException {
    data = TestImages.write(folder.resolve("images.idx"), 20, 8, 8);
    run = folder.resolve("run");
  }

  @Test
  void theConfigOfARunRepeatsIt() throws IOException {
    String[] options = {
      "--steps",
      "3",
      "--lr",
      "1e-3",
      "--lr-d",
      "0.00025",
      "--seed",
      "-9007199254740993",
      "--n-critic",
      "2",
      "--log-every",
      "2",
      "--threads",
      "1"
    };
    Program.run(Program.train(data, run, options));
    Path again = folder.resolve("again");
    Program.Result result =
        Program.run(
            "train", "gan", "--config", "" + run.resolve("config.yaml"), "--out", "" + again);

    assertThat(result.err()).isEmpty();
    assertThat(RunFiles.checkpoint(again)).isEqualTo(RunFiles.checkpoint(run));
    assertThat(again.resolve("config.yaml")).hasSameBinaryContentAs(run.resolve("config.yaml"));
    assertThat(ConfigFile.read(run.resolve("config.yaml")))
        .containsEntry("data", data.toAbsolutePath().toString())
        .containsEntry("seed", "-9007199254740993")
        .containsEntry("threads", "1")
        .containsEntry("device", "cpu")
        .doesNotContainKeys("epochs", "out");
  }

  @Test
  void theConfigHoldsDefaultsThatMayChangeOneDay() {
    Program.run(
        new Program.StopAt(1),
        "train",
        "gan",
        "--data",
        "" + data,
        "--out",
        "" + run,
        "--batch",
        "4",
        "--width",
        "4");

    assertThat(ConfigFile.read(run.resolve("config.yaml")))
        .containsOnlyKeys(
            "data",
            "flip",
            "shift",
            "strict",
            "net",
            "conditional",
            "steps",
            "batch",
            "latent",
            "width",
            "loss",
            "label-smoothing",
            "clip-weights",
            "optimizer",
            "lr",
            "lr-d",
            "beta1",
            "beta2",
            "schedule",
            "warmup",
            "clip-grad",
            "r1",
            "gp",
            "spectral-norm",
            "n-critic",
            "accumulate",
            "ema",
            "seed",
            "device",
            "threads",
            "fast-conv",
            "precision",
            "log-every",
            "sample-every",
            "checkpoint-every")
        .containsEntry("steps", "" + GanOptions.DEFAULT_STEPS)
        .containsEntry("latent", "100")
        .containsEntry("n-critic", "1")
        .containsEntry("log-every", "1")
        .containsEntry("checkpoint-every", "200");
  }

  @Test
  void theConfigOfEpochsHoldsNoSteps() {
    Program.run(Program.train(data, run, "--epochs", "1"));

    assertThat(ConfigFile.read(run.resolve("config.yaml")))
        .containsEntry("epochs", "1")
        .doesNotContainKey("steps");
  }

  @Test
  void theCommandLineCountsForMore() throws IOException {
    Path config = Files.writeString(folder.resolve("c.yaml"), "epochs: 1\nbatch: 4\nlatent: 6\n");
    Program.run(Program.train(data, run, "--config", "" + config, "--steps", "2"));

    Map<String, String> used = ConfigFile.read(run.resolve("config.yaml"));
    assertThat(used).containsEntry("steps", "2").doesNotContainKey("epochs");
    assertThat(used).containsEntry("batch", "8").containsEntry("latent", "10");
  }

  @Test
  void resumingKeepsTheRunsOptions() {
    Program.run(Program.train(data, run, "--steps", "2", "--lr", "0.001", "--log-every", "2"));
    Program.run("train", "gan", "--resume", "" + run, "--steps", "4", "--log-every", "1");

    assertThat(ConfigFile.read(run.resolve("config.yaml")))
        .containsEntry("lr", "0.001")
        .containsEntry("steps", "4")
        .containsEntry("log-every", "1");
  }

  @ParameterizedTest
  @CsvSource({
    "'bach: 4', 'there is no option bach for a file; did you mean batch?'",
    "'resume: x', 'there is no option resume'",
    "'batch: many', 'many'' is not an int'",
    "'batch: [1, 2]', 'has no single value'",
    "'batch:', 'has no single value'",
    "'batch: 0', '--batch 0 was asked for'",
    "'just words', 'does not hold options'",
    "'batch: \"4', 'is no valid YAML at line 1'",
    "'{batch: 4, batch: 5}', 'is no valid YAML at line 1'",
    "'{steps: 4, epochs: 5}', 'both say how long'",
  })
  void badFilesAreASentence(String text, String sentence) throws IOException {
    Path config = Files.writeString(folder.resolve("c.yaml"), text + "\n");
    Program.Result result =
        Program.run(
            "train", "gan", "--config", "" + config, "--data", "" + data, "--out", "" + run);

    assertThat(result.exitCode()).isIn(1, 2);
    assertThat(result.err()).startsWith("figment: ").contains(sentence).doesNotContain("\tat ");
    assertThat(run).doesNotExist();
  }

  @Test
  void aMissingFileIsASentence() {
    Program.Result result = Program.run("train", "gan", "--config", "" + folder.resolve("none"));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("there is no such file");
  }

  @Test
  void anyValueReadsBackAsItWas() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("path", "/tmp/a b: \"c\" \\ # d\te\u00e9\u4e2d");
    values.put("yes", "yes");
    values.put("number", "1e3");
    values.put("empty", "");
    values.put("small", 1e-12);
    values.put("long", Long.MIN_VALUE);
    Path file = folder.resolve("any.yaml");
    ConfigFile.write(file, "any", values);

    Map<String, String> read = ConfigFile.read(file);
    assertThat(Double.parseDouble(read.remove("small"))).isEqualTo(1e-12);
    values.remove("small");
    values.replaceAll((name, value) -> value.toString());
    assertThat(read).isEqualTo(values);
  }
}

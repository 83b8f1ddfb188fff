package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.io.JsonLines;
import dev.figment.io.SafetensorsReader;
import dev.figment.model.GanArchitecture;
import dev.figment.train.GanConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** How a GAN learns, as the command line says it. */
class LearningOptionsTest {
  private static final Path DOCUMENT = Path.of(System.getProperty("figment.root"), "docs/gan.md");
  private static final Pattern ROW = Pattern.compile("\\| `--([a-z0-9-]+)` \\| ([^|]+) \\|.*");
  private static final String NONE = "none";

  @TempDir private Path folder;
  private Path data;
  private Path run;

  @BeforeEach
  void makeData() throws IOException {
    data = TestImages.write(folder.resolve("images.idx"), 40, 8, 8);
    run = folder.resolve("run");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--loss minimax --label-smoothing 0.1 --clip-grad 0.5",
        "--loss least-squares --optimizer rmsprop --schedule linear --schedule-steps 6 --warmup 2",
        "--loss wasserstein --n-critic 2",
        "--loss hinge --optimizer sgd --lr 0.01 --momentum 0.9 --nesterov --weight-decay 0.001",
        "--optimizer adamw --beta1 0 --schedule cosine --schedule-steps 5",
        "--loss hinge --r1 10 --penalty-every 2",
        "--loss wasserstein --gp 10 --n-critic 2",
        "--spectral-norm --gp 1 --penalty-every 3 --accumulate 2",
        "--ema 0.9 --accumulate 2 --schedule step --schedule-steps 2 --n-critic 2",
      })
  void anyWayOfLearningGoesOnBitExactlyAndRepeats(String options) throws IOException {
    Path straight = folder.resolve("straight");
    train(straight, options + " --steps 5");
    train(run, options + " --steps 2");
    Program.Result resumed =
        Program.run("train", "gan", "--resume", run.toString(), "--steps", "5");

    assertThat(resumed.err()).isEmpty();
    assertThat(RunFiles.checkpoint(run)).isEqualTo(RunFiles.checkpoint(straight));
    assertThat(RunFiles.metrics(run)).isEqualTo(RunFiles.metrics(straight));
    assertThat(run.resolve("samples.png")).hasSameBinaryContentAs(straight.resolve("samples.png"));

    Path again = folder.resolve("again");
    Program.run("train", "gan", "--config", run + "/config.yaml", "--out", "" + again);
    assertThat(RunFiles.checkpoint(again)).isEqualTo(RunFiles.checkpoint(straight));
  }

  @Test
  void wassersteinBringsItsPresetsAndSaysSo() {
    assertThat(train(run, "--loss wasserstein --steps 1").out())
        .contains(
            "--optimizer rmsprop --lr 0.00005 --lr-d 0.00005 --clip-weights 0.01 --n-critic 5");
    assertThat(ConfigFile.read(run.resolve("config.yaml")))
        .containsEntry("optimizer", "rmsprop")
        .containsEntry("lr", "5.0E-5")
        .containsEntry("lr-d", "5.0E-5")
        .containsEntry("clip-weights", "0.01")
        .containsEntry("n-critic", "5")
        .doesNotContainKeys("beta1", "momentum", "weight-decay");
  }

  @Test
  void theGradientPenaltyBringsItsOwn() {
    assertThat(train(run, "--loss wasserstein --gp 10 --lr 0.001 --steps 1").out())
        .contains("wasserstein loss, adam, learning rates 0.001 and 0.0001")
        .contains(
            "Set by --loss wasserstein with --gp, and by you if you give them:"
                + " --lr-d 0.0001 --n-critic 5 --beta1 0 --beta2 0.9");
    assertThat(ConfigFile.read(run.resolve("config.yaml")))
        .containsEntry("optimizer", "adam")
        .containsEntry("clip-weights", "0")
        .containsEntry("beta2", "0.9")
        .containsEntry("penalty-every", "1");
  }

  @Test
  void spectralNormTakesThePlaceOfClipping() {
    assertThat(train(run, "--loss wasserstein --spectral-norm --steps 1").out())
        .contains("--optimizer rmsprop --lr 0.00005 --lr-d 0.00005 --n-critic 5");
    assertThat(ConfigFile.read(run.resolve("config.yaml"))).containsEntry("clip-weights", "0");
  }

  @Test
  void aLineOfMetricsTellsTheLastPenalty() throws IOException {
    train(run, "--r1 4 --penalty-every 2 --steps 3");
    List<Double> penalties = penalties(run);
    assertThat(penalties).hasSize(3).doesNotContain(0.0);
    assertThat(penalties.get(1)).isEqualTo(penalties.get(0));
    assertThat(penalties.get(2)).isNotEqualTo(penalties.get(1));
    Path none = folder.resolve("none");
    train(none, "--steps 1");
    assertThat(Files.readString(none.resolve("metrics.jsonl"))).doesNotContain("penalty");
  }

  private static List<Double> penalties(Path run) {
    return JsonLines.read(run.resolve("metrics.jsonl")).stream()
        .map(line -> line.get("penalty").asDouble())
        .toList();
  }

  @Test
  void presetsGiveWay() {
    assertThat(
            train(run, "--loss wasserstein --optimizer adam --clip-weights 0 --lr-d 1e-4 --steps 1")
                .out())
        .contains("wasserstein loss, adam, learning rates 0.00005 and 0.0001")
        .contains("if you give them: --lr 0.00005 --n-critic 5");
    assertThat(ConfigFile.read(run.resolve("config.yaml")))
        .containsEntry("optimizer", "adam")
        .containsEntry("clip-weights", "0")
        .containsEntry("lr-d", "1.0E-4")
        .containsEntry("n-critic", "5");
  }

  @Test
  void theAveragedGeneratorIsWhatIsSampled() throws IOException {
    train(run, "--ema 0.9 --steps 3");
    Path plain = folder.resolve("plain");
    train(plain, "--steps 3");
    Path grid = folder.resolve("grid.png");
    Program.run("sample", "--run", "" + run, "--out", "" + grid);

    assertThat(grid).hasSameBinaryContentAs(run.resolve("samples.png"));
    assertThat(Files.readAllBytes(grid))
        .isNotEqualTo(Files.readAllBytes(plain.resolve("samples.png")));
    assertThat(RunFiles.metrics(run)).isEqualTo(RunFiles.metrics(plain));
    try (SafetensorsReader reader = SafetensorsReader.open(run.resolve("checkpoint.safetensors"))) {
      assertThat(reader.names())
          .contains("ema.dense_1.weight", "ema.batch_norm_1.running_mean", "ema.updates");
    }
  }

  @Test
  void anotherOptimizerLeavesTheFilesNumbersOfTheFirstBehind() {
    train(run, "--optimizer sgd --momentum 0.9 --steps 1");
    Path other = folder.resolve("other");
    Program.Result result =
        Program.run(
            "train",
            "gan",
            "--config",
            run + "/config.yaml",
            "--out",
            "" + other,
            "--optimizer",
            "adam",
            "--beta1",
            "0.2");

    assertThat(result.err()).isEmpty();
    assertThat(ConfigFile.read(other.resolve("config.yaml")))
        .containsEntry("beta1", "0.2")
        .containsEntry("beta2", "0.999")
        .doesNotContainKey("momentum");
  }

  @Test
  void epochsCountTheImagesOfAccumulatedBatches() {
    train(run, "--epochs 2 --accumulate 4");
    assertThat(RunFiles.step(run)).isEqualTo(3); // 10 batches, 4 a step, rounded up
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--loss foo | foo",
        "--optimizer lion | lion",
        "--schedule sine | sine",
        "--label-smoothing 1 | --label-smoothing 1.0 was asked for",
        "--loss hinge --label-smoothing 0.1 | --loss hinge has no target to smooth",
        "--loss wasserstein --label-smoothing 0.1 | --loss wasserstein has no target to smooth",
        "--clip-weights -1 | --clip-weights -1.0 was asked for",
        "--clip-grad NaN | --clip-grad NaN was asked for",
        "--r1 -1 | --r1 -1.0 was asked for",
        "--gp Infinity | --gp Infinity was asked for",
        "--r1 1 --penalty-every 0 | --penalty-every 0 was asked for",
        "--penalty-every 4 | --penalty-every 4 was given without a penalty; leave it out, or give",
        "--r1 1 --gp 10 | --r1 1.0 and --gp 10.0 are both penalties on the discriminator's gradient; give one",
        "--spectral-norm --clip-weights 1 | which undoes what it does to weights; leave one",
        "--momentum 0.9 | --optimizer adam has no such number; leave it out, or give --optimizer sgd",
        "--nesterov | --optimizer adam has no such number",
        "--optimizer sgd --nesterov | without a momentum",
        "--optimizer sgd --momentum 1 | --momentum 1.0 was asked for",
        "--optimizer sgd --beta1 0 | give --optimizer adam or adamw",
        "--optimizer rmsprop --weight-decay 0.1 | give --optimizer adamw or sgd",
        "--optimizer adamw --weight-decay -1 | --weight-decay -1.0 was asked for",
        "--beta2 1 | --beta2 1.0 was asked for",
        "--ema 1 | --ema 1.0 was asked for",
        "--accumulate 0 | --accumulate 0 was asked for",
        "--warmup -1 | --warmup -1 was asked for",
        "--schedule-steps 4 | --schedule constant has none",
        "--schedule step --schedule-steps 0 | --schedule-steps 0 was asked for",
        "--schedule cosine --warmup 9 --steps 4 | --warmup 9 is no less than the 4 steps",
        "--schedule linear --schedule-steps 3 --steps 4 | ends at a learning rate of 0 after 3",
      })
  void refusesInASentence(String options, String sentence) {
    Program.Result result = train(run, options);

    assertThat(result.exitCode()).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(result.err()).startsWith("figment: ").contains(sentence).doesNotContain("\tat ");
    assertThat(run).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "--loss, minimax",
    "--label-smoothing, 0.1",
    "--clip-weights, 1",
    "--optimizer, sgd",
    "--beta1, 0.1",
    "--momentum, 0.5",
    "--schedule, cosine",
    "--warmup, 5",
    "--clip-grad, 1",
    "--r1, 1",
    "--gp, 1",
    "--spectral-norm, true",
    "--n-critic, 3",
    "--accumulate, 2",
    "--ema, 0.5",
  })
  void resumingRefusesToLearnInAnotherWay(String name, String value) throws IOException {
    train(run, "--steps 1");
    byte[] before = RunFiles.checkpoint(run);
    Program.Result result =
        Program.run("train", "gan", "--resume", "" + run, "--steps", "2", name, value);

    assertThat(result.exitCode()).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(result.err()).contains(name + " " + value, "contradicts the ");
    assertThat(RunFiles.checkpoint(run)).isEqualTo(before);
  }

  @Test
  void resumingTakesWhatTheRunSettledOn() {
    train(run, "--loss wasserstein --steps 1");
    Program.Result result =
        Program.run("train", "gan", "--resume", "" + run, "--steps", "2", "--clip-weights", "0.01");

    assertThat(result.err()).isEmpty();
    assertThat(result.out()).doesNotContain("Set by --loss");
  }

  @Test
  void aChangedConfigIsNoticed() throws IOException {
    train(run, "--steps 1");
    Path config = run.resolve("config.yaml");
    Files.writeString(config, Files.readString(config).replace("ema: 0\n", "clip-grad: 1\n"));
    Files.writeString(config, Files.readString(config).replace("clip-grad: 0\n", ""));
    Program.Result result = Program.run("train", "gan", "--resume", "" + run, "--steps", "2");

    assertThat(result.exitCode()).isEqualTo(CommandLine.ExitCode.SOFTWARE);
    assertThat(result.err()).contains("was trained with other options", "gradients 1.0");
  }

  /** Every option and its default stand in docs/gan.md, no others, and as they are. */
  @Test
  void defaultsAreAsDocumented() throws IOException {
    Map<String, String> documented = new TreeMap<>();
    for (String line : Files.readAllLines(DOCUMENT)) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        assertThat(documented.put(row.group(1), row.group(2).strip())).as(line).isNull();
      }
    }
    assertThat(documented).isEqualTo(new TreeMap<>(defaults("")));
  }

  @Test
  void theLibrarysDefaultsAreTheSame() {
    GanOptions options = new GanOptions();
    new CommandLine(options).parseArgs();
    options.learning.settle();
    assertThat(options.config(28, 28, 1, 0))
        .isEqualTo(GanConfig.of(new GanArchitecture(28, 28, 1, 100, 64)).build());
  }

  /** What the text says of wasserstein, and of it with a gradient penalty. */
  @ParameterizedTest
  @ValueSource(strings = {"--loss wasserstein", "--loss wasserstein --gp 10"})
  void presetsAreAsDocumented(String options) throws IOException {
    Map<String, String> presets = defaults(options);
    Map<String, String> usual = defaults("");
    StringBuilder expected = new StringBuilder();
    presets.forEach(
        (name, value) -> {
          if (!value.equals(usual.get(name))
              && !value.equals(NONE)
              && !options.contains("--" + name)
              && !name.equals("penalty-every")) {
            expected.append(" --").append(name).append(' ').append(value);
          }
        });
    assertThat(Files.readString(DOCUMENT)).contains("`" + expected.substring(1) + "`");
  }

  private static Map<String, String> defaults(String options) {
    CommandLine parser = new CommandLine(new GanOptions());
    parser.parseArgs(options.isEmpty() ? new String[0] : options.split(" "));
    parser.<GanOptions>getCommand().learning.settle();
    Map<String, String> defaults = new LinkedHashMap<>();
    for (OptionSpec option : parser.getCommandSpec().options()) {
      Object value = option.getValue();
      defaults.put(
          option.longestName().substring(2),
          value == null
              ? NONE
              : value instanceof Double number ? ConfigFile.plain(number) : value.toString());
    }
    return defaults;
  }

  private Program.Result train(Path out, String options) {
    return Program.run(Program.train(data, out, options.split(" ")));
  }
}

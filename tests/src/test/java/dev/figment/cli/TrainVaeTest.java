package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.data.Datasets;
import dev.figment.device.Likelihood;
import dev.figment.io.JsonLines;
import dev.figment.model.VaeArchitecture;
import dev.figment.model.VaeNet;
import dev.figment.train.VaeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Whole VAE trainings by the command line: what they leave, that they go on, what they refuse. */
class TrainVaeTest {
  private static final Path DOCUMENT = Path.of(System.getProperty("figment.root"), "docs/vae.md");
  private static final Pattern ROW = Pattern.compile("\\| `--([a-z0-9-]+)` \\| ([^|]*)\\|.*");

  @TempDir private Path folder;
  private Path data;
  private Path run;

  @BeforeEach
  void makeData() throws IOException {
    data = TestImages.write(folder.resolve("images.idx"), 40, 8, 8);
    run = folder.resolve("run");
  }

  private String[] train(Path out, String options) {
    String[] args = {
      "train",
      "vae",
      "--data",
      "" + data,
      "--out",
      "" + out,
      "--width",
      "2",
      "--batch",
      "8",
      "--latent",
      "3",
      "--threads",
      "1",
      "--log-every",
      "1"
    };
    return Program.with(args, options.split(" "));
  }

  @Test
  void leavesEveryFileOfARun() throws IOException {
    Program.Result result = Program.run(train(run, "--steps 12 --sample-every 5"));

    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .contains("36 images of 8 x 8 x 1, and 4 held out", "Held out, step 12: loss ");
    try (Stream<Path> files = Files.list(run)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "config.yaml",
              "metrics.jsonl",
              "evaluations.jsonl",
              "checkpoint.safetensors",
              "environment.txt",
              "losses.png",
              "report.html",
              "training.gif",
              "samples.png",
              "samples-000005.png",
              "samples-000010.png",
              "samples-000012.png",
              "latents.png",
              "reconstructions.png",
              "reconstructions-000005.png",
              "reconstructions-000010.png",
              "reconstructions-000012.png");
    }
    assertThat(JsonLines.read(run.resolve("metrics.jsonl")))
        .hasSize(12)
        .last()
        .satisfies(
            line -> {
              assertThat(line.fieldNames())
                  .toIterable()
                  .containsExactly(
                      "step", "epoch", "loss", "reconstruction", "kl", "beta", "images_per_second");
              assertThat(line.get("loss").asDouble())
                  .isEqualTo(line.get("reconstruction").asDouble() + line.get("kl").asDouble());
            });
    assertThat(JsonLines.read(run.resolve("evaluations.jsonl")))
        .extracting(line -> line.get("step").asInt())
        .containsExactly(5, 10, 12);
    String page = Files.readString(run.resolve("report.html"));
    assertThat(page)
        .contains(
            "<h2>Reconstructions</h2>",
            "<h2>Latents</h2>",
            "active_units",
            "figment train vae --config")
        .doesNotContain("{{");
    assertThat(page.split("<img ", -1)).hasSize(1 + 3 + 1 + 1 + 1); // and the map
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--binarize dynamic --beta-cycle 6 --free-bits 0.01",
        "--net conv --likelihood gaussian --variance learned --capacity 2 --capacity-steps 7"
            + " --accumulate 2 --clip-grad 1",
        "--iwae 3 --binarize dynamic --accumulate 2",
        "--adversarial 0.5 --accumulate 2 --schedule linear --schedule-steps 9 --clip-grad 1",
        "--optimizer adamw --schedule cosine --schedule-steps 9 --warmup 2 --flip"
      })
  void goesOnBitExactly(String options) throws IOException {
    Path straight = folder.resolve("straight");
    Program.run(train(straight, options + " --steps 8"));
    Program.run(train(run, options + " --steps 3"));
    Program.Result resumed =
        Program.run("train", "vae", "--resume", run.toString(), "--steps", "8");

    assertThat(resumed.err()).isEmpty();
    assertThat(RunFiles.checkpoint(run)).isEqualTo(RunFiles.checkpoint(straight));
    assertThat(RunFiles.metrics(run)).isEqualTo(RunFiles.metrics(straight));
    assertThat(run.resolve("samples.png")).hasSameBinaryContentAs(straight.resolve("samples.png"));
    assertThat(run.resolve("reconstructions.png"))
        .hasSameBinaryContentAs(straight.resolve("reconstructions.png"));
  }

  @Test
  void theConfigOfARunRepeatsIt() throws IOException {
    Program.run(train(run, "--steps 3 --likelihood gaussian --beta 0.5"));
    Path again = folder.resolve("again");
    Program.Result result =
        Program.run(
            "train", "vae", "--config", "" + run.resolve("config.yaml"), "--out", "" + again);

    assertThat(result.err()).isEmpty();
    assertThat(RunFiles.checkpoint(again)).isEqualTo(RunFiles.checkpoint(run));
  }

  @Test
  void aLatentThatIsNotUsedIsSaid() {
    Program.Result result =
        Program.run(train(run, "--steps 400 --sample-every 200 --beta 1000 --lr 0.01"));

    assertThat(result.out())
        .contains("Warning: at step 400 the posterior has collapsed", "--beta-warmup");
    assertThat(JsonLines.read(run.resolve("warnings.jsonl"))).hasSize(1);
  }

  @Test
  void theTestImagesOfAFolderAreHeldOut() throws IOException {
    Path both = Files.createDirectory(folder.resolve("both"));
    TestImages.write(both.resolve("train-images-idx3-ubyte"), 20, 8, 8);
    TestImages.write(both.resolve("t10k-images-idx3-ubyte"), 7, 8, 8);
    data = both;
    Program.Result result = Program.run(train(run, "--steps 1"));

    assertThat(result.out()).contains("20 images of 8 x 8 x 1, and 7 held out");
  }

  @Test
  void anySizeIsTakenByDenseNetworksAndColourToo() throws IOException {
    data = Files.createDirectory(folder.resolve("pictures"));
    for (int i = 0; i < 12; i++) {
      TestImages.writePng(data.resolve(i + ".png"), 7, 7, true);
    }
    assertThat(Program.run(train(run, "--steps 2")).out()).contains("11 images of 7 x 7 x 3");
    refuses(
        1,
        "this size",
        "Images of 7 x 7 were given; the VAE of --net conv takes sizes of 4 or 7 times a power of"
            + " two: give --image-size 8.",
        "--net conv");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--variance 0.1 | --likelihood bernoulli has none",
        "--likelihood gaussian --variance 0 | give a number above 0, or learned",
        "--likelihood gaussian --variance some | give a number above 0, or learned",
        "--likelihood gaussian --binarize dynamic | zeros and ones are not Gaussian",
        "--beta -1 | --beta -1.0 was asked for; give 0 or more",
        "--beta-warmup 9 --beta-cycle 6 | is longer than --beta-cycle 6",
        "--free-bits 1 --capacity 2 | leave one out",
        "--capacity-steps 5 | without --capacity",
        "--iwae 0 | it must be at least 1",
        "--iwae 5 --free-bits 0.1 | was given with --free-bits",
        "--iwae 5 --beta 2 | has no terms to weigh",
        "--iwae 5 --adversarial 1 | was given with --adversarial",
        "--adversarial -1 | give 0 or more",
        "--adversarial 1 --likelihood gaussian --variance learned | sees no variance",
        "--iwae 5 --beta-cycle 9 | was given with --beta-warmup",
        "--free-bits NaN | give 0 or more",
        "--sample-every 0 | it must be at least 1",
        "--accumulate 0 | it must be at least 1",
        "--lr 0 | a learning rate is a number above 0",
        "--momentum 0.9 | --optimizer adam has no such number",
        "--steps 3 --epochs 2 | both say how long",
        "--n-critic 2 | There is no option --n-critic",
      })
  void badOptionsAreASentence(String options, String sentence) {
    refuses(2, options, sentence, options);
  }

  private void refuses(int exitCode, String what, String sentence, String options) {
    Path other = folder.resolve("refused");
    Program.Result result = Program.run(train(other, options));
    assertThat(result.exitCode()).as(what).isEqualTo(exitCode);
    assertThat(result.err()).startsWith("figment: ").contains(sentence).doesNotContain("\tat ");
    assertThat(other).doesNotExist();
  }

  @Test
  void aRunKeepsToItsOptions() {
    Program.run(train(run, "--steps 1"));
    for (String option : VaeOptions.DECIDING) {
      assertThat(new CommandLine(new VaeOptions()).getCommandSpec().findOption(option))
          .as(option)
          .isNotNull();
    }
    Program.Result result =
        Program.run("train", "vae", "--resume", run.toString(), "--beta", "2", "--steps", "2");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("--beta 2.0 contradicts the --beta 1.0");
  }

  @Test
  void aRunOfAnotherModelIsNotGoneOnWith() {
    Program.run(Program.train(data, run, "--steps", "1"));
    Program.Result result = Program.run("train", "vae", "--resume", run.toString());
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("holds no run of a vae", "figment train gan --resume " + run);
  }

  @Test
  void everyDefaultStandsInTheDocument() throws IOException {
    Map<String, String> documented = new TreeMap<>();
    for (String line : Files.readAllLines(DOCUMENT)) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        assertThat(documented.put(row.group(1), row.group(2).strip())).as(line).isNull();
      }
    }
    CommandLine parser = new CommandLine(new VaeOptions());
    parser.parseArgs();
    parser.<VaeOptions>getCommand().settle();
    Map<String, String> defaults = new TreeMap<>();
    for (OptionSpec option : parser.getCommandSpec().options()) {
      Object value = option.getValue();
      defaults.put(
          option.longestName().substring(2),
          value == null
              ? "none"
              : value instanceof Double number ? ConfigFile.plain(number) : value.toString());
    }
    assertThat(documented).isEqualTo(defaults);
    List<String> lasting =
        List.of(
            "data",
            "strict",
            "steps",
            "epochs",
            "device",
            "threads",
            "fast-conv",
            "precision",
            "plan",
            "out",
            "log-every",
            "sample-every",
            "checkpoint-every");
    List<String> deciding = new ArrayList<>(defaults.keySet());
    deciding.removeAll(lasting);
    assertThat(VaeOptions.DECIDING.stream().map(name -> name.substring(2)))
        .containsExactlyInAnyOrderElementsOf(deciding);
  }

  @Test
  void theLibrarysDefaultsAreTheSame() {
    VaeOptions options = new VaeOptions();
    new CommandLine(options).parseArgs();
    options.settle();
    assertThat(options.config(28, 28, 1, 0))
        .isEqualTo(
            VaeConfig.of(
                    new VaeArchitecture(28, 28, 1, 100, 64, VaeNet.DENSE, Likelihood.BERNOULLI))
                .build());
    assertThat(Datasets.NAMES).contains(options.images.data);
    assertThat(Arrays.asList(VaeNet.values())).contains(options.net);
  }
}

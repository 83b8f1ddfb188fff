package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.data.Sequences;
import dev.figment.io.JsonLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

/** Whole trainings of recurrent VAEs by the command line, and what is shown of their runs. */
class TrainRvaeTest {
  private static final Path DOCUMENT = Path.of(System.getProperty("figment.root"), "docs/rvae.md");
  private static final Pattern ROW = Pattern.compile("\\| `--([a-z0-9-]+)` \\| ([^|]*)\\|(.*)\\|");
  private static final Pattern OF_TEXT = Pattern.compile("of text ([a-z0-9.]+)");

  @TempDir private Path folder;
  private Path series;
  private Path text;
  private Path run;

  @BeforeEach
  void makeData() throws IOException {
    StringBuilder rows = new StringBuilder("time,a,b\n");
    for (int i = 0; i < 300; i++) {
      String missing = i % 10 == 3 ? "" : "" + Math.cos(0.3 * i);
      rows.append(
          "2024-01-01T00:%02d:%02d,%s,%s%n".formatted(i / 60, i % 60, Math.sin(0.2 * i), missing));
    }
    series = Files.writeString(folder.resolve("series.csv"), rows);
    text = Files.writeString(folder.resolve("words.txt"), "the cat sat on the mat. ".repeat(30));
    run = folder.resolve("run");
  }

  private static String[] train(Path data, Path out, String options) {
    String[] args = {
      "train",
      "rvae",
      "--data",
      "" + data,
      "--out",
      "" + out,
      "--units",
      "6",
      "--batch",
      "8",
      "--latent",
      "3",
      "--window",
      "6",
      "--embedding",
      "4",
      "--threads",
      "1",
      "--log-every",
      "1"
    };
    return Program.with(args, options.split(" "));
  }

  @Test
  void leavesEveryFileOfARunOnSeries() throws IOException {
    Program.Result result = Program.run(train(series, run, "--steps 12 --sample-every 5"));

    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .contains(
            "235 windows of up to 6 steps of 2 numbers, and 25 held out",
            "Held out, step 12:",
            "figment evaluate --run " + run);
    assertThat(files(run))
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
            "reconstructions.png",
            "reconstructions-000005.png",
            "reconstructions-000010.png",
            "reconstructions-000012.png");
    assertThat(JsonLines.read(run.resolve("metrics.jsonl")))
        .hasSize(12)
        .last()
        .satisfies(
            line -> {
              assertThat(line.fieldNames())
                  .toIterable()
                  .containsExactly(
                      "step",
                      "epoch",
                      "loss",
                      "reconstruction",
                      "kl",
                      "beta",
                      "loss_per_step",
                      "sequences_per_second");
              double loss = line.get("loss").asDouble();
              assertThat(loss)
                  .isEqualTo(line.get("reconstruction").asDouble() + line.get("kl").asDouble());
              assertThat(line.get("loss_per_step").asDouble()).isEqualTo(loss / 6);
            });
    assertThat(Files.readString(run.resolve("report.html")))
        .contains("Held-out series in grey", "figment train rvae --config")
        .doesNotContain("{{");
  }

  @Test
  void leavesTextsOfARunOnText() throws IOException {
    Program.Result result = Program.run(train(text, run, "--steps 4 --sample-every 2"));

    assertThat(result.err()).isEmpty();
    assertThat(files(run))
        .contains(
            "samples.txt",
            "samples-000002.txt",
            "samples-000004.txt",
            "reconstructions.txt",
            "report.html",
            "losses.png")
        .doesNotContain("samples.png", "training.gif");
    assertThat(Files.readAllLines(run.resolve("samples.txt"))).contains("----");
    assertThat(Files.readString(run.resolve("report.html"))).contains("<pre>", "Held-out texts");
  }

  private static List<String> files(Path run) throws IOException {
    try (Stream<Path> files = Files.list(run)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--cell lstm --bidirectional --layers 2 --beta-cycle 6 --free-bits 0.01",
        "--free-running --variance 0.1 --accumulate 2 --clip-grad 1 --scale minmax",
        "--latent-per-step --bidirectional --free-bits 0.01 --beta-warmup 5",
        "--optimizer adamw --schedule cosine --schedule-steps 9 --warmup 2 --columns a --stride 2"
      })
  void goesOnBitExactly(String options) throws IOException {
    goesOnBitExactly(series, options);
    assertThat(run.resolve("samples.png"))
        .hasSameBinaryContentAs(folder.resolve("straight").resolve("samples.png"));
  }

  @Test
  void textGoesOnBitExactly() throws IOException {
    goesOnBitExactly(text, "--input-dropout 0.3");
    assertThat(run.resolve("samples.txt"))
        .hasSameBinaryContentAs(folder.resolve("straight").resolve("samples.txt"));
  }

  private void goesOnBitExactly(Path data, String options) throws IOException {
    Path straight = folder.resolve("straight");
    Program.run(train(data, straight, options + " --steps 8"));
    Program.run(train(data, run, options + " --steps 3"));
    Program.Result resumed = Program.run("train", "rvae", "--resume", "" + run, "--steps", "8");

    assertThat(resumed.err()).isEmpty();
    assertThat(RunFiles.checkpoint(run)).isEqualTo(RunFiles.checkpoint(straight));
    assertThat(RunFiles.metrics(run)).isEqualTo(RunFiles.metrics(straight));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--steps 3", "--steps 3 --latent-per-step"})
  void aRunOnSeriesIsShown(String options) throws IOException {
    Program.run(train(series, run, options));

    assertThat(ok("sample", "-n", "5", "--out", "" + folder.resolve("s.csv")))
        .contains("5 sequences of step 3");
    assertThat(Files.readAllLines(folder.resolve("s.csv")))
        .hasSize(1 + 5 * 6)
        .first()
        .isEqualTo("window,step,a,b");
    assertThat(folder.resolve("s.png")).isNotEmptyFile();
    ok("interpolate", "--pairs", "2", "--steps", "3", "--out", "" + folder.resolve("i.png"));
    assertThat(Files.readAllLines(folder.resolve("i.csv"))).hasSize(1 + 2 * 3 * 6);
    ok("reconstruct", "-n", "4", "--out", "" + folder.resolve("r.png"));
    assertThat(folder.resolve("r.png")).isNotEmptyFile();
    String measures = ok("evaluate");
    assertThat(measures)
        .contains("25 windows of", "evidence lower bound", "discriminative score")
        .doesNotContain("a character");
    assertThat(run.resolve("measures.txt")).hasContent(measures);
    assertThat(Files.readString(run.resolve("report.html"))).contains("<h2>Measures</h2>");
    ok("evaluate", "--part", "training");
    assertThat(run.resolve("measures.txt")).hasContent(measures);
    assertThat(ok("score", "--data", "" + series, "--out", "" + folder.resolve("scores.csv")))
        .contains("295 windows of");
    assertThat(Files.readAllLines(folder.resolve("scores.csv")))
        .hasSize(1 + 295)
        .first()
        .isEqualTo("window,start,length,score,score_per_step");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--steps 3", "--steps 3 --latent-per-step"})
  void aRunOnTextIsShown(String options) throws IOException {
    Program.run(train(text, run, options));

    ok("sample", "-n", "5", "--temperature", "0.5", "--out", "" + folder.resolve("s.txt"));
    assertThat(Files.readAllLines(folder.resolve("s.txt"))).hasSizeGreaterThanOrEqualTo(10);
    assertThat(ok("evaluate"))
        .contains(
            "the same in bits a character",
            "words that the training part has",
            "first words reconstructed");
    assertThat(ok("evaluate", "--data", "" + text)).doesNotContain("words that");
    ok("reconstruct", "-n", "4", "--out", "" + folder.resolve("r.txt"));
    ok("interpolate", "--pairs", "1", "--steps", "3", "--out", "" + folder.resolve("i.txt"));
    assertThat(ok("score", "--data", "" + text, "--out", "" + folder.resolve("scores.csv")))
        .contains("90 windows of");
    Program.Result other =
        Program.run("sample", "--run", "" + run, "--out", "" + folder.resolve("s.png"));
    assertThat(other.exitCode()).isEqualTo(1);
    assertThat(other.err()).contains("texts are written as .txt");
  }

  private String ok(String command, String... options) {
    String[] args = {command, "--run", "" + run, "--threads", "1"};
    Program.Result result = Program.run(Program.with(args, options));
    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    return result.out();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2 | --variance 0 | give a number above 0, or learned",
        "2 | --free-running --input-dropout 0.5 | leave one of them out",
        "2 | --input-dropout 2 | give 0 to 1",
        "2 | --beta -1 | --beta -1.0 was asked for; give 0 or more",
        "2 | --beta-warmup 9 --beta-cycle 6 | is longer than --beta-cycle 6",
        "2 | --units 0 | it must be at least 1",
        "2 | --cell rnn | rnn",
        "2 | --scale log | log",
        "2 | --plan plan.txt | of which a recurrent VAE has none",
        "2 | --steps 3 --epochs 2 | both say how long",
        "1 | --batch 999 | is more than the 217 windows of",
        "1 | --columns c | c",
        "1 | --window 200 | a window of 200 does not fit",
      })
  void badOptionsAreASentence(int exitCode, String options, String sentence) {
    refuses(exitCode, series, options, sentence);
  }

  @Test
  void badDataAreASentence() throws IOException {
    refuses(1, text, "--free-running --batch 4", "symbols have no means");
    refuses(1, text, "--columns a", "--columns does not apply");
    Path words = Files.writeString(folder.resolve("words.csv"), "a,b\n1,2\n3,many\n");
    refuses(1, words, "--window 1", "line 3");
    Path constant = Files.writeString(folder.resolve("constant.csv"), "a,b\n" + "1,2\n".repeat(99));
    refuses(1, constant, "--window 6", "is 1.0 throughout");
    Path missing = Files.writeString(folder.resolve("missing.csv"), "a,b\n" + "NaN,2\n".repeat(99));
    refuses(1, missing, "--window 6", "has no value");
    refuses(1, Files.writeString(folder.resolve("one.csv"), "a,b\n1,2\n"), "", "does not fit");
    refuses(1, folder.resolve("none.csv"), "", "there is no such file");
  }

  private void refuses(int exitCode, Path data, String options, String sentence) {
    Path other = folder.resolve("refused");
    String[] args = {"train", "rvae", "--data", "" + data, "--out", "" + other, "--threads", "1"};
    Program.Result result =
        Program.run(options.isEmpty() ? args : Program.with(args, options.split(" ")));
    assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
    assertThat(result.err()).startsWith("figment: ").contains(sentence).doesNotContain("\tat ");
    assertThat(other).doesNotExist();
  }

  @Test
  void aRunOfAnotherModelIsASentence() throws IOException {
    Program.run(train(series, run, "--steps 1"));
    Program.Result resumed = Program.run("train", "vae", "--resume", "" + run);
    assertThat(resumed.exitCode()).isEqualTo(1);
    assertThat(resumed.err()).contains("figment train rvae --resume");
    Program.Result encoded =
        Program.run("encode", "--run", "" + run, "--out", "" + folder.resolve("x.npy"));
    assertThat(encoded.exitCode()).isEqualTo(1);
    assertThat(encoded.err()).contains("holds no VAE");
  }

  @Test
  void otherDataThanTheRunsAreASentence() throws IOException {
    Program.run(train(series, run, "--steps 1"));
    Files.writeString(series, Files.readString(series).replace(",0.", ",5."));
    Program.Result result = Program.run("evaluate", "--run", "" + run);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("no longer the data");
  }

  @Test
  void everyDefaultStandsInTheDocument() throws IOException {
    Map<String, String> documented = new TreeMap<>();
    Map<String, String> ofText = new TreeMap<>();
    for (String line : Files.readAllLines(DOCUMENT)) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        assertThat(documented.put(row.group(1), row.group(2).strip())).as(line).isNull();
        Matcher text = OF_TEXT.matcher(row.group(3));
        ofText.put(row.group(1), text.find() ? text.group(1) : row.group(2).strip());
      }
    }
    Map<String, String> defaults = defaults();
    assertThat(documented).isEqualTo(defaults);
    ofText.put("data", "a.txt");
    assertThat(ofText).isEqualTo(defaults("--data", "a.txt"));
    List<String> lasting =
        List.of(
            "data",
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
    assertThat(RvaeOptions.DECIDING.stream().map(name -> name.substring(2)))
        .containsExactlyInAnyOrderElementsOf(deciding);
    assertThat(Sequences.NAMES).contains(defaults.get("data"));
  }

  private static Map<String, String> defaults(String... args) {
    CommandLine parser = new CommandLine(new RvaeOptions());
    parser.parseArgs(args);
    parser.<RvaeOptions>getCommand().settle();
    Map<String, String> defaults = new TreeMap<>();
    for (OptionSpec option : parser.getCommandSpec().options()) {
      Object value = option.getValue();
      defaults.put(
          option.longestName().substring(2),
          value == null
              ? "none"
              : value instanceof Double number ? ConfigFile.plain(number) : value.toString());
    }
    return defaults;
  }
}

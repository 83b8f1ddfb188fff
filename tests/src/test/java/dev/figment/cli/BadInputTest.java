package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.io.DType;
import dev.figment.io.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Input that cannot be used: a sentence, an exit code, nothing lost and nothing left. */
class BadInputTest {
  private static final int FAILED = 1;
  private static final int MISUSED = 2;

  @TempDir private Path folder;
  private Path data;
  private Path run;

  @BeforeEach
  void makeData() throws IOException {
    data = TestImages.write(folder.resolve("images.idx"), 20, 8, 8);
    run = folder.resolve("run");
  }

  @Test
  void truncatedData() throws IOException {
    byte[] whole = Files.readAllBytes(data);
    Files.write(data, Arrays.copyOf(whole, whole.length - 1));

    refuses(FAILED, "it is cut off", Program.train(data, run));
  }

  @Test
  void dataOfAnotherFormat() throws IOException {
    byte[] bytes = Files.readAllBytes(data);
    bytes[0] = 'P';
    Files.write(data, bytes);

    refuses(FAILED, "no idx file", Program.train(data, run));
  }

  @Test
  void missingData() {
    refuses(FAILED, "there is no such file", Program.train(folder.resolve("none"), run));
  }

  @Test
  void emptyData() throws IOException {
    Files.write(data, new byte[0]);
    refuses(FAILED, "it is empty", Program.train(data, run));
    Path empty = Files.createDirectory(folder.resolve("empty"));
    refuses(FAILED, "holds no PNG or JPEG file and no idx file", Program.train(empty, run));
  }

  @Test
  void imagesOfAWrongSize() throws IOException {
    TestImages.write(data, 20, 8, 10);

    refuses(
        FAILED,
        "Images of 8 x 10 were given; this GAN takes sizes of 4 or 7 times a power of two: give"
            + " --image-size 8 or 14.",
        Program.train(data, run));
    TestImages.write(data, 20, 100, 100);
    refuses(FAILED, "give --image-size 64 or 112.", Program.train(data, run));
    refuses(
        FAILED,
        "the network dcgan64 makes 64 x 64; give --image-size 64",
        Program.train(data, run, "--net", "dcgan64", "--image-size", "32"));
  }

  @Test
  void imagesThatCannotBeRead() throws IOException {
    Path pictures = Files.createDirectory(folder.resolve("pictures"));
    Files.writeString(pictures.resolve("a.png"), "no picture");
    refuses(
        FAILED,
        "none of its 1 PNG and JPEG files can be read (\"a.png\": it is no image); give a folder of images.",
        Program.train(pictures, run));
    TestImages.writePng(pictures.resolve("b.png"), 8, 8, true);
    refuses(
        FAILED,
        "\"a.png\": it is no image; mend or remove it, or leave out --strict",
        Program.train(pictures, run, "--strict"));
  }

  @Test
  void batchLargerThanTheData() {
    refuses(
        FAILED,
        "--batch 21 is more than the 20 images",
        "train",
        "gan",
        "--data",
        "" + data,
        "--out",
        "" + run,
        "--batch",
        "21",
        "--width",
        "4");
  }

  @ParameterizedTest
  @CsvSource({
    "--bach, 8, '; did you mean --batch?'",
    "--log_every, 1, '; did you mean --log-every?'",
    "--treads, 1, '; did you mean --threads?'",
    "--chanels, 1, '; did you mean --channels?'",
    "--colour, 1, .",
  })
  void unknownOptionNamesTheNearest(String name, String value, String nearest) {
    Program.Result result = Program.run(Program.train(data, run, name, value));

    assertThat(result.exitCode()).isEqualTo(MISUSED);
    assertThat(result.err()).startsWith("figment: There is no option " + name + nearest);
  }

  @Test
  void unknownCommandNamesTheNearest() {
    refuses(MISUSED, "Did you mean: figment train", "trian", "gan");
    refuses(MISUSED, "Say which model to train", "train");
  }

  @ParameterizedTest
  @CsvSource({
    "--batch, 0",
    "--steps, 0",
    "--epochs, -1",
    "--latent, 0",
    "--width, -4",
    "--n-critic, 0",
    "--image-size, 7",
    "--image-size, 2000",
    "--channels, 2",
    "--shift, -1",
    "--log-every, 0",
    "--sample-every, 0",
    "--checkpoint-every, 0",
    "--threads, 0",
    "--lr, -1",
    "--lr-d, NaN",
  })
  void valuesOutOfRange(String name, String value) {
    refuses(
        MISUSED,
        name + " ",
        "train",
        "gan",
        "--data",
        "" + data,
        "--out",
        "" + run,
        name + "=" + value);
  }

  @Test
  void networksBeyondAnyMemory() {
    Program.Result result =
        Program.run(
            "train", "gan", "--data", "" + data, "--out", "" + run, "--width", "32000", "--batch",
            "8");

    assertThat(result.err()).startsWith("figment: A batch of 8 at width 32000 needs a tensor");
    assertThat(result.exitCode()).isEqualTo(FAILED);
  }

  @ParameterizedTest
  @CsvSource({"--batch, many", "--lr, fast", "--net, unet", "--steps, 1.5", "--seed, x"})
  void valuesOfAnotherKind(String name, String value) {
    refuses(MISUSED, "'" + name + "'", "train", "gan", "--out", "" + run, name, value);
  }

  @Test
  void moreThreadsThanProcessors() {
    refuses(
        MISUSED,
        "this machine has " + Runtime.getRuntime().availableProcessors(),
        Program.train(data, run, "--threads", "100000"));
  }

  @Test
  void stepsAndEpochsTogether() {
    refuses(
        MISUSED, "both say how long", Program.train(data, run, "--steps", "1", "--epochs", "1"));
  }

  @Test
  void anUnknownDevice() {
    refuses(FAILED, "\"abacus\"", Program.train(data, run, "--device", "abacus"));
  }

  @Test
  void unwritableOutput() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    refuses(FAILED, "is a file; give another --out", Program.train(data, file));
    refuses(FAILED, "cannot write", Program.train(data, file.resolve("run")));
    refuses(FAILED, "cannot write", Program.train(data, Path.of("/proc/figment-run")));
  }

  @Test
  void aFolderThatHoldsARun() throws IOException {
    Program.run(Program.train(data, run, "--steps", "1"));
    byte[] before = RunFiles.checkpoint(run);

    refuses(FAILED, "already holds a run; go on with it by --resume", Program.train(data, run));
    assertThat(RunFiles.checkpoint(run)).isEqualTo(before);
  }

  @Test
  void aFolderOfARunThatSavedNothing() throws IOException {
    Files.writeString(Files.createDirectory(run).resolve("metrics.jsonl"), "{\"step\":1}\n");

    refuses(FAILED, "ended before its first checkpoint; remove it", Program.train(data, run));
    assertThat(RunFiles.lines(run)).isEqualTo(1);
  }

  @Test
  void resumingWhatIsNoRun() throws IOException {
    refuses(FAILED, "There is no folder", "train", "gan", "--resume", "" + run);
    Files.createDirectory(run);
    refuses(FAILED, "holds no checkpoint", "train", "gan", "--resume", "" + run);
  }

  @Test
  void resumingWithOtherOptions() throws IOException {
    Program.run(Program.train(data, run, "--steps", "2"));
    byte[] before = RunFiles.checkpoint(run);

    refuses(
        MISUSED,
        "--batch 4 contradicts the --batch 8",
        "train",
        "gan",
        "--resume",
        "" + run,
        "--batch",
        "4");
    refuses(
        MISUSED,
        "--lr-d 0.1 contradicts the --lr-d 2.0E-4",
        "train",
        "gan",
        "--resume",
        "" + run,
        "--lr-d",
        "0.1");
    refuses(MISUSED, "leave out --out", "train", "gan", "--resume", "" + run, "--out", "" + folder);
    refuses(
        FAILED,
        "The run has done 2 steps and 1 in all were asked for",
        "train",
        "gan",
        "--resume",
        "" + run,
        "--steps",
        "1");
    assertThat(RunFiles.checkpoint(run)).isEqualTo(before);
  }

  @Test
  void resumingWithOtherData() throws IOException {
    Program.run(Program.train(data, run, "--steps", "2"));
    Path other = TestImages.write(folder.resolve("other.idx"), 21, 8, 8);

    refuses(
        FAILED,
        "was trained on other data",
        "train",
        "gan",
        "--resume",
        "" + run,
        "--data",
        "" + other,
        "--steps",
        "3");
    Path moved = Files.move(data, folder.resolve("moved.idx"));
    assertThat(
            Program.run("train", "gan", "--resume", "" + run, "--data", "" + moved, "--steps", "3")
                .exitCode())
        .isZero();
  }

  @Test
  void aCheckpointOfAnotherArchitecture() throws IOException {
    Path wide = folder.resolve("wide");
    Program.run(Program.train(data, run, "--steps", "1"));
    Program.run(
        "train",
        "gan",
        "--data",
        "" + data,
        "--out",
        "" + wide,
        "--width",
        "8",
        "--batch",
        "8",
        "--latent",
        "10",
        "--steps",
        "1");
    Files.copy(
        wide.resolve("checkpoint.safetensors"),
        Files.createDirectory(folder.resolve("mixed")).resolve("checkpoint.safetensors"));
    Files.copy(run.resolve("config.yaml"), folder.resolve("mixed/config.yaml"));

    refuses(
        FAILED,
        "it is of another architecture",
        "train",
        "gan",
        "--resume",
        "" + folder.resolve("mixed"),
        "--steps",
        "2");
  }

  @Test
  void aTruncatedCheckpoint() throws IOException {
    Program.run(Program.train(data, run, "--steps", "1"));
    byte[] whole = RunFiles.checkpoint(run);
    Files.write(run.resolve("checkpoint.safetensors"), Arrays.copyOf(whole, whole.length - 100));

    refuses(FAILED, "it is cut off or damaged", "train", "gan", "--resume", "" + run);
    refuses(
        FAILED,
        "it is cut off or damaged",
        "sample",
        "--run",
        "" + run,
        "--out",
        "" + folder.resolve("x.png"));
  }

  @Test
  void aHostileCheckpointHeader() throws IOException {
    Program.run(Program.train(data, run, "--steps", "1"));
    ByteBuffer hostile = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(run.resolve("checkpoint.safetensors"), hostile.putLong(1L << 60).array());
    refuses(FAILED, "it says its header has", "train", "gan", "--resume", "" + run);

    byte[] json =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[9],\"data_offsets\":[0,-4]}}"
            .getBytes(StandardCharsets.US_ASCII);
    hostile = ByteBuffer.allocate(8 + json.length).order(ByteOrder.LITTLE_ENDIAN);
    hostile.putLong(json.length).put(json);
    Files.write(run.resolve("checkpoint.safetensors"), hostile.array());
    refuses(FAILED, "as a safetensors file", "train", "gan", "--resume", "" + run);
  }

  @Test
  void aCheckpointThatSpeaksToTheTerminal() throws IOException {
    Program.run(Program.train(data, run, "--steps", "1"));
    new SafetensorsWriter()
        .metadata("format", "\u001b[2Jall is well")
        .bytes("x", DType.U8, new long[] {1}, () -> ByteBuffer.allocate(1))
        .write(run.resolve("checkpoint.safetensors"));

    refuses(
        FAILED,
        "was written by another version (format is figment-gan-1 here and \"\\u001b[2Jall is well\" there)",
        "train",
        "gan",
        "--resume",
        "" + run);
  }

  @ParameterizedTest
  @CsvSource({
    "1024x1024x1, 100, 64, 1, 'too short for one'",
    "99996x99996x1, 100, 64, 1, 'Images of 99996 x 99996 were given'",
    "8x8x1, 100, 30000, 1, 'too short for one'",
    "8x8x1, 1000000, 4, 1, 'where a number from 1 to'",
    "8x8, 10, 4, 1, 'does not say which GAN'",
    "8x8x1, 10, 4, many, 'says step is \"many\"'",
    "8x8x1, 10, 4, 1, 'has no tensor'",
  })
  void aCheckpointThatClaimsWhatItIsNot(
      String image, String latent, String width, String step, String sentence) throws IOException {
    Files.createDirectory(run);
    new SafetensorsWriter()
        .metadata("image", image)
        .metadata("latent", latent)
        .metadata("width", width)
        .metadata("seed", "1")
        .metadata("step", step)
        .bytes("x", DType.F32, new long[] {50000}, () -> ByteBuffer.allocate(200000))
        .write(run.resolve("checkpoint.safetensors"));

    refuses(FAILED, sentence, "sample", "--run", "" + run, "--out", "" + folder.resolve("x.png"));
  }

  @Test
  void moreImagesThanOnePictureHolds() throws IOException {
    Path large = TestImages.write(folder.resolve("large.idx"), 2, 512, 512);
    Program.run(
        new Program.StopAt(1),
        "train",
        "gan",
        "--data=" + large,
        "--out=" + run,
        "--width=1",
        "--batch=2");

    String[] picture = {"--run", "" + run, "--out", "" + folder.resolve("x.png")};
    refuses(
        FAILED,
        "10000 images of 512x512x1 were asked for, which are too many",
        Program.with(new String[] {"sample", "-n=10000"}, picture));
    refuses(
        FAILED,
        "10000 images of 512x512x1 were asked for, which are too many",
        Program.with(new String[] {"interpolate", "--pairs=1000", "--steps=10"}, picture));
  }

  @Test
  void picturesThatCannotBeWritten() {
    Program.run(Program.train(data, run, "--steps", "1"));

    refuses(FAILED, "there is no folder", "sample", "--run", "" + run, "--out", "/none/x.png");
    refuses(FAILED, "ends in .png", "sample", "--run", "" + run, "--out", "" + folder + "/x.jpg");
    refuses(MISUSED, "-n 0 was asked for", "sample", "--run", "" + run, "--out=x.png", "-n", "0");
    refuses(
        MISUSED, "2 steps or more", "interpolate", "--run", "" + run, "--out=x.png", "--steps=1");
    refuses(MISUSED, "Missing required option", "sample", "--out=x.png");
  }

  /** Runs the program, which must say so in a sentence, without a trace, and start no run. */
  private void refuses(int exitCode, String sentence, String... args) {
    boolean before = Files.exists(run);
    Program.Result result = Program.run(args);

    assertThat(result.err()).startsWith("figment: ").contains(sentence).doesNotContain("\tat ");
    assertThat(result.err()).doesNotContain("fault in Figment");
    assertThat(result.exitCode()).isEqualTo(exitCode);
    assertThat(Files.exists(run)).as("the folder of the run").isEqualTo(before);
  }
}

package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A run that is killed again and again loses nothing that a checkpoint holds. */
@EnabledIfSystemProperty(
    named = "figment.full",
    matches = "true",
    disabledReason = "100 starts of the program take minutes; figment test --full runs it")
class RandomKillsTest {
  // -Dfigment.kills=15 is a quick try.
  private static final int KILLS = Integer.getInteger("figment.kills", 100);
  private static final long PATIENCE_SECONDS = 120;
  private static final long SEED = 1;
  private static final int MOST_STEPS = 25;
  private static final int MOST_MILLIS_OF_START = 1500;
  private static final int MOST_MILLIS_OF_STEP = 60;
  private static final String[] OPTIONS = {
    "--checkpoint-every", "3", "--sample-every", "4", "--ema", "0.9", "--conditional"
  };

  @TempDir private Path folder;
  private final Random random = new Random(SEED);
  private Path run;
  private Path log;

  @Test
  void aRunKilledAtRandomMomentsEndsInTheSameBits() throws Exception {
    Path data = TestImages.writeLabelled(folder.resolve("a"), 40, 8, 8);
    run = folder.resolve("run");
    log = folder.resolve("log");
    for (int kill = 0; kill < KILLS; kill++) {
      startAndKill(data);
    }
    if (!saved()) {
      remove(run); // every kill came before the first checkpoint
    }
    long steps = (saved() ? RunFiles.step(run) : 0) + 5;
    finish(data, steps);

    Path straight = folder.resolve("straight");
    Program.run(Program.train(data, straight, Program.with(OPTIONS, "--steps", "" + steps)));
    assertThat(RunFiles.step(straight)).isEqualTo(steps);
    assertThat(RunFiles.checkpoint(run)).isEqualTo(RunFiles.checkpoint(straight));
    assertThat(RunFiles.metrics(run)).isEqualTo(RunFiles.metrics(straight));
    List<Path> grids = grids(straight);
    assertThat(grids).hasSizeGreaterThan(1);
    for (Path grid : grids) {
      assertThat(run.resolve(grid.getFileName())).hasSameBinaryContentAs(grid);
    }
  }

  /** Every other kill comes soon after the start, the others some steps later. */
  private void startAndKill(Path data) throws Exception {
    if (!saved() && Files.exists(run)) {
      remove(run); // as the program says of a run that ended before its first checkpoint
    }
    int before = RunFiles.lines(run);
    Process program = Program.start(log, arguments(data, "10000000"));
    if (random.nextBoolean()) {
      Thread.sleep(random.nextInt(MOST_MILLIS_OF_START));
    } else {
      awaitLines(program, before + random.nextInt(MOST_STEPS));
      Thread.sleep(random.nextInt(MOST_MILLIS_OF_STEP));
    }
    assertThat(program.isAlive()).as(this::said).isTrue();
    program.destroyForcibly();
    assertThat(program.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(program.exitValue()).isEqualTo(128 + 9);
  }

  private void finish(Path data, long steps) {
    Program.Result result = Program.run(arguments(data, "" + steps));
    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
  }

  private String[] arguments(Path data, String steps) {
    return saved()
        ? new String[] {"train", "gan", "--resume", "" + run, "--steps", steps}
        : Program.train(data, run, Program.with(OPTIONS, "--steps", steps));
  }

  private boolean saved() {
    return Files.exists(run.resolve("checkpoint.safetensors"));
  }

  /** Waits for the run to have logged so many steps: what a resumed run does again counts anew. */
  private void awaitLines(Process program, int lines) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(PATIENCE_SECONDS).toNanos();
    while (RunFiles.lines(run) < lines) {
      assertThat(program.isAlive()).as(this::said).isTrue();
      assertThat(System.nanoTime()).as("the wait for line " + lines).isLessThan(end);
      Thread.sleep(2);
    }
  }

  private String said() {
    try {
      return Files.readString(folder.resolve("log.out"))
          + Files.readString(folder.resolve("log.err"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static List<Path> grids(Path run) throws IOException {
    try (Stream<Path> files = Files.list(run)) {
      return files
          .filter(file -> file.getFileName().toString().matches("samples.*[.]png"))
          .toList();
    }
  }

  private static void remove(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}

package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that are stopped and killed from outside. */
class SignalTest {
  private static final long PATIENCE_SECONDS = 60;

  @TempDir private Path folder;
  private Path data;
  private Path run;
  private Path log;

  @BeforeEach
  void makeData() throws IOException {
    data = TestImages.write(folder.resolve("images.idx"), 40, 8, 8);
    run = folder.resolve("run");
    log = folder.resolve("log");
  }

  @Test
  void terminationEndsWithACheckpoint() throws Exception {
    Process program = Program.start(log, Program.train(data, run, "--steps", "10000000"));
    awaitLines(program, 2);
    program.destroy();

    assertThat(program.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(program.exitValue()).isEqualTo(128 + 15);
    assertThat(Files.readString(folder.resolve("log.err"))).contains("Stopping after this step");
    assertThat(Files.readString(folder.resolve("log.out"))).contains("Stopped and saved at step");
    assertThat(RunFiles.step(run)).isEqualTo(RunFiles.lines(run));
    assertThat(run.resolve("losses.png")).exists();
  }

  @Test
  void interruptEndsWithACheckpoint() throws Exception {
    Process program = Program.start(log, Program.train(data, run, "--steps", "10000000"));
    awaitLines(program, 1);
    interrupt(program);

    assertThat(program.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(program.exitValue()).isEqualTo(128 + 2);
    assertThat(RunFiles.step(run)).isPositive();
  }

  @Test
  void aSecondInterruptEndsAtOnce() throws Exception {
    Process program = Program.start(log, StubbornProgram.class);
    awaitOutput(program, "ready");
    interrupt(program);
    awaitOutput(program, "heard 130");
    interrupt(program);

    assertThat(program.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(program.exitValue()).isEqualTo(128 + 2);
  }

  @Test
  void aRunThatStillRunsCannotBeResumed() throws Exception {
    String[] options = {"--steps", "10000000", "--checkpoint-every", "2"};
    Process program = Program.start(log, Program.train(data, run, options));
    awaitLines(program, 4);
    Program.Result second =
        Program.run(new Program.StopAt(3), "train", "gan", "--resume", run.toString());
    program.destroy();

    assertThat(second.exitCode()).isEqualTo(1);
    assertThat(second.err()).contains("metrics.jsonl: another run is writing it");
    assertThat(program.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(program.exitValue()).isEqualTo(128 + 15);
    assertThat(RunFiles.step(run)).isEqualTo(RunFiles.lines(run));
  }

  @Test
  void aKilledRunGoesOnToTheSameBits() throws Exception {
    int every = 4;
    Path straight = folder.resolve("straight");
    String[] options = {"--steps", "60", "--checkpoint-every", "" + every};
    Program.run(Program.train(data, straight, options));

    Random random = new Random(1);
    Process program = Program.start(log, Program.train(data, run, options));
    int lines = awaitLines(program, every + 1 + random.nextInt(40));
    program.destroyForcibly();
    assertThat(program.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(program.exitValue()).isEqualTo(128 + 9);
    assertThat(RunFiles.step(run)).isGreaterThan(lines - 2L * every);

    assertThat(Program.run("train", "gan", "--resume", run.toString()).exitCode()).isZero();
    assertThat(RunFiles.checkpoint(run)).isEqualTo(RunFiles.checkpoint(straight));
    assertThat(RunFiles.metrics(run)).isEqualTo(RunFiles.metrics(straight));
  }

  @Test
  void aFileThatMayNotGrowIsOneSentenceAndTheLastCheckpointStays() throws Exception {
    Program.run(Program.train(data, run, "--steps", "2"));
    byte[] before = RunFiles.checkpoint(run);
    Process program =
        Program.startLimited(
            log, before.length / 2048, "train", "gan", "--resume", "" + run, "--steps", "4");

    assertThat(program.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(program.exitValue()).isEqualTo(1);
    assertThat(Files.readString(folder.resolve("log.err")).lines())
        .first()
        .asString()
        .startsWith("figment: cannot write " + run);
    assertThat(Files.readString(folder.resolve("log.err"))).doesNotContain("\tat ");
    assertThat(RunFiles.checkpoint(run)).isEqualTo(before);
    Program.run("train", "gan", "--resume", run.toString(), "--steps", "4");
    assertThat(RunFiles.step(run)).isEqualTo(4);
  }

  /** Waits until the run has logged so many steps; returns how many it has by then. */
  private int awaitLines(Process program, int lines) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(PATIENCE_SECONDS).toNanos();
    while (RunFiles.lines(run) < lines) {
      assertThat(program.isAlive()).as(() -> "the program lives; it said: " + said()).isTrue();
      assertThat(System.nanoTime()).as("the wait for line " + lines).isLessThan(end);
      Thread.sleep(5);
    }
    return RunFiles.lines(run);
  }

  private void awaitOutput(Process program, String text) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(PATIENCE_SECONDS).toNanos();
    while (!said().contains(text)) {
      assertThat(program.isAlive()).as(() -> "the program lives; it said: " + said()).isTrue();
      assertThat(System.nanoTime()).as("the wait for " + text).isLessThan(end);
      Thread.sleep(5);
    }
  }

  private static void interrupt(Process program) throws Exception {
    new ProcessBuilder("kill", "-INT", "" + program.pid()).start().waitFor();
  }

  private String said() {
    try {
      return Files.readString(folder.resolve("log.out"))
          + Files.readString(folder.resolve("log.err"));
    } catch (IOException e) {
      return e.toString();
    }
  }
}

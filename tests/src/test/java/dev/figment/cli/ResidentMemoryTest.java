package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much of the machine's memory a training at full size takes, Java's own part counted. */
class ResidentMemoryTest {
  private static final long MOST_KIBIBYTES = 3 << 19; // 1.5 GiB

  @TempDir private Path folder;

  @Test
  void aBatchOf128FitsOneAndAHalfGibibytes() throws Exception {
    Path data = TestImages.write(folder.resolve("images.idx"), 60_000, 28, 28);
    Path run = folder.resolve("run");
    Process program =
        Program.start(
            folder.resolve("log"),
            "train",
            "gan",
            "--data=" + data,
            "--out=" + run,
            "--batch=128",
            "--steps=2",
            "--device=cpu");
    long peak = 0;
    while (program.isAlive()) {
      peak = Math.max(peak, peakKibibytes(program));
      TimeUnit.MILLISECONDS.sleep(5);
    }

    assertThat(program.exitValue()).as(Files.readString(folder.resolve("log.err"))).isZero();
    assertThat(RunFiles.step(run)).isEqualTo(2);
    // Parameters, gradients and moments alone take more than 200 MiB.
    assertThat(peak).isBetween(200L << 10, MOST_KIBIBYTES);
  }

  /** The most that a process has held at once; 0 where it is ending. */
  private static long peakKibibytes(Process program) {
    try {
      return Files.readString(Path.of("/proc/" + program.pid() + "/status"))
          .lines()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }
}

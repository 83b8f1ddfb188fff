package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunsCommandTest {
  @TempDir private Path folder;

  private static void run(Path path, String lr, int steps) throws IOException {
    Files.createDirectories(path);
    Files.writeString(path.resolve("config.yaml"), "data: faces\nsteps: 20\nlr: " + lr + "\n");
    Files.writeString(
        path.resolve("metrics.jsonl"),
        "{\"step\": 1, \"d_loss\": 9.5}\n{\"step\": %d, \"d_loss\": 1.25}\n".formatted(steps));
  }

  @BeforeEach
  void makeRuns() throws IOException {
    run(folder.resolve("a"), "0.1", 20);
    run(folder.resolve("b"), "0.2", 7);
    Files.createDirectories(folder.resolve("no-run"));
    Files.writeString(folder.resolve("b/warnings.jsonl"), "{\"step\": 3, \"warning\": \"w\"}\n");
  }

  @Test
  void listsARowARun() {
    Program.Result result = Program.run("runs", "" + folder);
    assertThat(result.err()).isEmpty();
    assertThat(result.out().lines())
        .containsExactly(
            "run  data   step  d_loss  g_loss  d_real  d_fake  warnings",
            "a    faces  20    1.2500  -       -       -       0",
            "b    faces  7/20  1.2500  -       -       -       1");
  }

  @Test
  void comparesWhatDiffers() {
    Program.Result result = Program.run("runs", folder + "/a", folder + "/b");
    assertThat(result.out().lines())
        .containsExactly(
            "run       a       b",
            "lr        0.1     0.2",
            "step      20      7",
            "d_loss    1.2500  1.2500",
            "warnings  0       1");
  }

  @Test
  void saysWhereThereIsNoRun() {
    assertThat(Program.run("runs", folder + "/missing"))
        .satisfies(
            result -> {
              assertThat(result.exitCode()).isOne();
              assertThat(result.err()).contains("There is no folder", "missing");
            });
    assertThat(Program.run("runs", folder + "/a", folder + "/no-run"))
        .satisfies(
            result -> {
              assertThat(result.exitCode()).isOne();
              assertThat(result.err()).contains("no-run holds no run");
            });
    assertThat(Program.run("runs", folder + "/no-run").out()).contains("holds no run");
  }
}

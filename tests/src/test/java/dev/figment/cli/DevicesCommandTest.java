package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the machine is said to have. */
class DevicesCommandTest {
  @Test
  void listsProcessorsLibrariesAndDevices() {
    Program.Result result = Program.run("devices");

    assertThat(result.exitCode()).isZero();
    Map<String, String> lines =
        result
            .out()
            .lines()
            .map(line -> line.split(" +", 2))
            .collect(Collectors.toMap(parts -> parts[0], parts -> parts[1]));
    assertThat(lines).containsOnlyKeys("figment", "java", "machine", "cpu", "cuda", "sim");
    assertThat(lines.get("machine"))
        .contains(Runtime.getRuntime().availableProcessors() + " processors");
    assertThat(lines.get("cpu")).contains(" threads, fast convolutions, oneDNN 3.");
    // A GPU, or why there is none; a simulation is listed as one, with its capability.
    assertThat(lines.get("cuda"))
        .containsPattern(
            "compute capability \\d|^not usable\\. The device cuda was asked for, but ");
    assertThat(lines.get("sim"))
        .containsPattern(
            "^a simulation of a GPU on the CPU: .*compute capability \\d|^not usable\\. ");
  }
}

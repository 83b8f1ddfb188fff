package dev.figment.cli;

import dev.figment.io.JsonLines;
import dev.figment.io.SafetensorsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads what a run left, for comparison. */
final class RunFiles {
  private static final List<String> SPEEDS = List.of("images_per_second", "sequences_per_second");

  private RunFiles() {}

  static byte[] checkpoint(Path run) throws IOException {
    return Files.readAllBytes(run.resolve("checkpoint.safetensors"));
  }

  /** The step of the run's checkpoint. */
  static long step(Path run) {
    try (SafetensorsReader reader = SafetensorsReader.open(run.resolve("checkpoint.safetensors"))) {
      return Long.parseLong(reader.metadata().get("step"));
    }
  }

  /** Every line of the metrics but for the time that it took. */
  static List<String> metrics(Path run) {
    return JsonLines.read(run.resolve("metrics.jsonl")).stream()
        .map(line -> line.without(SPEEDS).toString())
        .toList();
  }

  /** How many whole lines of metrics there are by now. */
  static int lines(Path run) throws IOException {
    Path metrics = run.resolve("metrics.jsonl");
    return Files.exists(metrics) ? JsonLines.read(metrics).size() : 0;
  }
}

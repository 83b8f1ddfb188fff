package dev.figment.bench.steps;

import dev.figment.device.Device;
import dev.figment.device.Devices;
import java.io.IOException;
import java.nio.file.Path;

/** The child process that trains ours. */
final class FigmentSteps {
  static final String TIME = "time";
  static final String EXAMPLE = "example";

  private FigmentSteps() {}

  /**
   * Serves steps, or writes an example.
   *
   * @param arguments device, workload, batch, then "time", or "example", its seed and the files of
   *     its start and its result
   */
  public static void main(String[] arguments) throws IOException {
    Workload workload = Workload.of(arguments[1]);
    int batch = Integer.parseInt(arguments[2]);
    int threads = Runtime.getRuntime().availableProcessors(); // before a device pins this one
    try (Device device = Devices.open(arguments[0], threads, true, workload.precision()).device()) {
      if (arguments[3].equals(EXAMPLE)) {
        long seed = Long.parseLong(arguments[4]);
        workload.example(device, batch, seed, Path.of(arguments[5]), Path.of(arguments[6]));
      } else {
        try (Contender contender = workload.contender(device, batch)) {
          StepServer.serve(contender, threads);
        }
      }
    }
  }
}

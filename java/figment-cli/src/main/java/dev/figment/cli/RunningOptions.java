package dev.figment.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Seed, device and folder of a training. */
final class RunningOptions {
  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = {
        "Decides every random number; the same seed gives the same bits on the same device and"
            + " threads (default: ${DEFAULT-VALUE})."
      })
  long seed;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = "auto",
      description = {
        "Where to compute: auto, which takes the best there is, cpu, cuda (an NVIDIA GPU), or sim",
        "(a simulated GPU on the CPU, to test with) (default: ${DEFAULT-VALUE})."
      })
  String device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of the CPU device (default: all processors).")
  Integer threads;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The folder of the run (default: runs/<model>-<yyyyMMdd-HHmmss>).")
  Path out;
}

package dev.figment.cli;

import picocli.CommandLine.Option;

/** Where a command computes. */
final class DeviceOptions {
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
}

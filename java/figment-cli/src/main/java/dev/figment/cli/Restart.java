package dev.figment.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where a training's options come from besides the command line. */
final class Restart {
  @Option(
      names = "--resume",
      paramLabel = "RUN",
      description = {
        "Go on with the run in this folder, from its last checkpoint and with its options."
      })
  Path resume;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = {
        "Take options from a YAML file of the same names; those given here count for more."
      })
  Path configFile;
}

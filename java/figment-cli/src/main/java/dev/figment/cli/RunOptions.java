package dev.figment.cli;

import dev.figment.device.FigmentException;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Option;

/** The options of commands that make a picture with a run's generator. */
final class RunOptions {
  @Option(
      names = "--run",
      paramLabel = "RUN",
      required = true,
      description = "The folder of a run with a checkpoint.")
  Path run;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The PNG file to write.")
  private Path out;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Which latents to draw (default: the run's seed, which gives its own samples).")
  Long seed;

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

  /** The file to write. */
  Path picture() {
    if (!out.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
      throw new FigmentException(
          "--out %s: pictures are written as PNG; give a name that ends in .png.".formatted(out));
    }
    return out;
  }
}

package dev.figment.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code figment tune}: one subcommand a model with convolutions, which {@link Figment} adds. */
@Command(
    name = "tune",
    description = {
      "Times the CPU's kernels for each convolution of a training step and writes the fastest to a"
          + " file, for the --plan of figment train on this machine.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    usageHelpAutoWidth = true,
    footer = {
      "",
      "Examples:",
      "  figment tune gan --batch 128 --plan plan.txt",
      "  figment tune vae --net conv --plan plan.txt"
    })
final class Tune implements Runnable {
  /** A command a model. */
  static final List<Class<?>> MODELS = List.of(Gan.class, Vae.class);

  /** {@code figment tune gan}. */
  @Command(
      name = "gan",
      description = {
        "Times the CPU's kernels for each convolution of a step of figment train gan with the same"
            + " options, and writes the fastest to the file that --plan names. Nothing is trained.",
        ""
      },
      footer = {"", "Example:", "  figment tune gan --batch 128 --plan plan.txt"})
  static final class Gan extends TrainGan {
    @Override
    boolean tunes() {
      return true;
    }
  }

  /** {@code figment tune vae}. */
  @Command(
      name = "vae",
      description = {
        "Times the CPU's kernels for each convolution of a step of figment train vae with the same"
            + " options, and writes the fastest to the file that --plan names. Nothing is trained.",
        ""
      },
      footer = {"", "Example:", "  figment tune vae --net conv --plan plan.txt"})
  static final class Vae extends TrainVae {
    @Override
    boolean tunes() {
      return true;
    }
  }

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Say which model to tune for: figment tune gan, or figment tune vae.");
  }
}

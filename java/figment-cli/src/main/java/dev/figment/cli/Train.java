package dev.figment.cli;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code figment train}: one subcommand a model, which {@link Figment} adds. */
@Command(
    name = "train",
    description = "Trains a model.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footer = {
      "",
      "Examples:",
      "  figment train gan --steps 500",
      "  figment train vae",
      "  figment train rvae"
    })
final class Train implements Runnable {
  /** A command a model. */
  static final List<Class<?>> MODELS = List.of(TrainGan.class, TrainVae.class, TrainRvae.class);

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "Say which model to train: figment train gan, figment train vae, or figment train rvae.");
  }

  /** The program that this command is of. */
  static Figment program(CommandSpec spec) {
    CommandLine command = spec.commandLine();
    while (command.getParent() != null) {
      command = command.getParent();
    }
    return command.getCommand();
  }
}

package dev.figment.cli;

import dev.figment.device.FigmentException;
import dev.figment.train.RunFolder;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code figment score}. */
@Command(
    name = "score",
    description = {
      "Writes how unlikely a recurrent VAE finds each window of a series or text, as a .csv file: its"
          + " negative evidence lower bound in nats. Large scores are anomalies."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    footer = {"", "Example:", "  figment score --run runs/prices --data new.csv --out scores.csv"})
final class Score implements Runnable {
  private static final int MOST_DRAWS = 1000;

  @Spec private CommandSpec spec;

  @Mixin private VaeRunOptions options;

  @Option(
      names = "--draws",
      paramLabel = "K",
      defaultValue = "8",
      description = "Latents a window that a score is the mean of (default: ${DEFAULT-VALUE}).")
  private int draws;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The .csv file to write.")
  private Path out;

  @Override
  public void run() {
    if (draws < 1 || draws > MOST_DRAWS) {
      throw new ParameterException(
          spec.commandLine(),
          "--draws %d was asked for; give 1 to %d.".formatted(draws, MOST_DRAWS));
    }
    Path file = VaeRunOptions.named(out, ".csv", "scores");
    int threads = new OptionLimits(spec.commandLine()).threads(options.on.threads);
    RunFolder folder = RunFolder.existing(options.run);
    if (!folder.model().equals(SequenceCommands.MODEL)) {
      throw new FigmentException(
          "%s holds no recurrent VAE; give the folder of a run of figment train rvae."
              .formatted(folder.path()));
    }
    new SequenceCommands(spec.commandLine(), folder, options.on.device, threads)
        .score(options, draws, file);
  }
}

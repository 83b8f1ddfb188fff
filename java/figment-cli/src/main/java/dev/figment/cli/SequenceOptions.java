package dev.figment.cli;

import dev.figment.data.Scaling;
import dev.figment.data.SequenceRequest;
import dev.figment.data.Sequences;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/** Which sequences to train on, and in which form. */
final class SequenceOptions {
  /** How numbers are scaled. */
  enum Scale {
    STANDARD,
    MINMAX;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = "--data",
      paramLabel = "DATA",
      defaultValue = "ecg",
      description = {
        "What to train on: ecg (heartbeats) or bible (text), which are fetched the first time; sines,"
            + " which are generated; a .csv file of numbers, a row a step; or a .txt file (default:"
            + " ${DEFAULT-VALUE})."
      })
  String data;

  @Option(
      names = "--columns",
      paramLabel = "NAMES",
      description = {
        "Columns of a .csv file by name or number, separated by commas (default: all but a time in"
            + " the first)."
      })
  String columns;

  @Option(
      names = "--window",
      paramLabel = "N",
      description = {
        "Steps, or characters, of a window (default: 64; 24 for sines and .csv files)."
      })
  Integer window;

  @Option(
      names = "--stride",
      paramLabel = "N",
      description = {
        "Steps from the start of a window to that of the next (default: for ecg, windows begin at"
            + " beats, for text at words; 1 for .csv files)."
      })
  Integer stride;

  @Option(
      names = "--scale",
      paramLabel = "HOW",
      defaultValue = "standard",
      description = {
        "How numbers are scaled, column by column: standard, to mean 0 and deviation 1, or minmax, to"
            + " 0 to 1 (default: ${DEFAULT-VALUE})."
      })
  Scale scale;

  /**
   * The data, in the form that they are to have.
   *
   * @param seed of generated data
   */
  SequenceRequest request(long seed) {
    List<String> names =
        columns == null ? List.of() : Arrays.stream(columns.split(",")).map(String::strip).toList();
    return new SequenceRequest(
        data, window, stride, names, Scaling.Kind.valueOf(scale.name()), seed);
  }

  /** The data as they can be named from any folder. */
  String lasting() {
    return Sequences.NAMES.contains(data)
        ? data
        : Path.of(data).toAbsolutePath().normalize().toString();
  }

  void check(OptionLimits limits) {
    limits.atLeastOne("--window", window);
    limits.atLeastOne("--stride", stride);
  }
}

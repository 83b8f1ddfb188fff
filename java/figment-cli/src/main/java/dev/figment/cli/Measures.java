package dev.figment.cli;

import dev.figment.device.FigmentException;
import dev.figment.eval.Bootstrap;
import dev.figment.io.AtomicFile;
import dev.figment.train.RunFolder;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import picocli.CommandLine;

/** What an evaluation says, line by line, which a run can keep for its report. */
final class Measures {
  private final CommandLine command;
  private final StringBuilder said = new StringBuilder();

  Measures(CommandLine command) {
    this.command = command;
  }

  /** A heading. */
  void say(String format, Object... values) {
    String line = String.format(Locale.ROOT, format, values);
    command.getOut().println(line);
    said.append(line).append('\n');
  }

  /** A number below it. */
  void line(String name, double number) {
    say("  %-34s %.3f", name, number);
  }

  /** Dimensions that are in use, of all. */
  void active(int used, int all) {
    say("  %-34s %d of %d", "active dimensions", used, all);
  }

  /** A number with its interval. */
  void line(String name, Bootstrap.Interval interval) {
    say("  %-34s %.4f (%.4f to %.4f)", name, interval.estimate(), interval.low(), interval.high());
  }

  /** Writes them into the folder of a run of {@code figment train MODEL} and into its report. */
  void keep(RunFolder folder, String model) {
    try {
      AtomicFile.write(folder.measures(), said.toString().getBytes(StandardCharsets.UTF_8));
      RunReport.refresh(folder, model);
    } catch (FigmentException e) {
      // They are said, which is what was asked for: of a run that only others may write to, too.
      PrintWriter err = command.getErr();
      err.println("figment: " + e.getMessage());
    }
  }
}

package dev.figment.cli;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what went wrong, in a sentence on the error stream, and gives the exit code. */
final class Failures {
  private Failures() {}

  /** A command line that cannot be understood, with the nearest option or command there is. */
  static int usage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    if (e instanceof UnmatchedArgumentException unmatched && unmatched.isUnknownOption()) {
      err.println("figment: " + unknownOption(unmatched.getUnmatched().get(0), command));
    } else {
      err.println("figment: " + e.getMessage());
      UnmatchedArgumentException.printSuggestions(e, err);
    }
    err.println("See: " + command.getCommandSpec().qualifiedName() + " --help");
    return CommandLine.ExitCode.USAGE;
  }

  private static String unknownOption(String argument, CommandLine command) {
    String name = argument.replaceFirst("=.*", "");
    return "There is no option %s%s"
        .formatted(
            name,
            Nearest.of(name, command.getCommandSpec().optionsMap().keySet())
                .map("; did you mean %s?"::formatted)
                .orElse("."));
  }

  /**
   * A command that failed: expected failures are a sentence, others also leave a trace in a file.
   */
  static int failure(Throwable failure, PrintWriter err) {
    if (failure instanceof FigmentException) {
      err.println("figment: " + failure.getMessage());
    } else if (failure instanceof OutOfMemoryError) {
      err.println(
          "figment: The memory that Java may use is full (%s); give a smaller --batch or --width, or more memory with JAVA_OPTS=-Xmx4g."
              .formatted(failure.getMessage()));
    } else {
      err.println(
          "figment: This should not have happened, it is a fault in Figment: %s%n%s"
              .formatted(failure, writeTrace(failure)));
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  private static String writeTrace(Throwable failure) {
    try {
      Path file = Files.createTempFile("figment-failure-", ".log");
      try (PrintWriter log = new PrintWriter(Files.newBufferedWriter(file))) {
        log.println("figment " + Version.number() + ", Java " + Runtime.version());
        failure.printStackTrace(log);
      }
      return "Please report it with the trace in " + file + ".";
    } catch (IOException e) {
      failure.printStackTrace();
      return "Please report it with the trace above.";
    }
  }
}

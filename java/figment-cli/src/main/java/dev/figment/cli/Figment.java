package dev.figment.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code figment} program. */
@Command(name = "figment", mixinStandardHelpOptions = true, version = "figment 0.1.0")
public final class Figment {
  private Figment() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Figment()).execute(args));
  }
}

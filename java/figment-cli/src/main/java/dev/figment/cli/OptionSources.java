package dev.figment.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Options that come from a command line and, where it is silent, from a configuration file.
 *
 * @param <O> the options of a model's training
 */
final class OptionSources<O extends TrainingOptions> {
  private final CommandLine command;
  private final ParseResult given;
  private final Supplier<O> blank;

  /**
   * @param command a command with options of that kind mixed in, after parsing
   * @param blank makes options that nothing was said of
   */
  OptionSources(CommandLine command, Supplier<O> blank) {
    this.command = command;
    this.blank = blank;
    given = command.getParseResult();
    refuseBoth(given, "");
  }

  /** Whether the command line has an option. */
  boolean has(String name) {
    return given.hasMatchedOption(name);
  }

  /** The file's options, overridden by the command line's. */
  O over(Path file) {
    CommandLine parser = parse(file);
    if (has("--steps") || has("--epochs")) {
      set(parser, "--steps", null);
      set(parser, "--epochs", null);
    }
    if (has("--optimizer")
        && given.matchedOptionValue("--optimizer", null)
            != parser.getCommandSpec().findOption("--optimizer").getValue()) {
      parser
          .<O>getCommand()
          .updates()
          .ofOptimizer()
          .keySet()
          .forEach(name -> set(parser, name, null)); // of another one
    }
    for (OptionSpec option : given.matchedOptions()) {
      set(parser, option.longestName(), option.getValue());
    }
    return parser.getCommand();
  }

  /**
   * As {@link #over}, for a run that goes on: what decides its result must be as it was.
   *
   * @param file the run's own
   */
  O continuing(Path file) {
    CommandLine run = parse(file);
    O options = run.getCommand();
    options.settle();
    for (String name : options.deciding()) {
      Object before = run.getCommandSpec().findOption(name).getValue();
      if (has(name) && !Objects.equals(before, given.matchedOptionValue(name, null))) {
        throw new ParameterException(
            command,
            "%s %s contradicts the %s that the run was started with (%s); leave it out, or start another run."
                .formatted(
                    name,
                    given.matchedOptionValue(name, null),
                    before == null ? "options" : name + " " + before,
                    file));
      }
    }
    return over(file);
  }

  /** A file's options alone. */
  O ofFile(Path file) {
    return parse(file).getCommand();
  }

  private CommandLine parse(Path file) {
    CommandLine parser = new CommandLine(blank.get());
    List<String> args = new ArrayList<>();
    for (Map.Entry<String, String> entry : ConfigFile.read(file).entrySet()) {
      String name = "--" + entry.getKey();
      if (parser.getCommandSpec().findOption(name) == null) {
        throw new ParameterException(
            command,
            "%s: there is no option %s for a file; %s"
                .formatted(file, entry.getKey(), advice(parser, name)));
      }
      args.add(name + "=" + entry.getValue());
    }
    try {
      refuseBoth(parser.parseArgs(args.toArray(String[]::new)), file + ": ");
    } catch (ParameterException e) {
      throw new ParameterException(command, file + ": " + e.getMessage(), e);
    }
    return parser;
  }

  private String advice(CommandLine parser, String name) {
    return Nearest.of(name, parser.getCommandSpec().optionsMap().keySet())
        .map(nearest -> "did you mean %s?".formatted(nearest.substring(2)))
        .orElse(command.getCommandSpec().qualifiedName() + " --help lists them.");
  }

  private void refuseBoth(ParseResult result, String where) {
    if (result.hasMatchedOption("--steps") && result.hasMatchedOption("--epochs")) {
      throw new ParameterException(
          command, where + "--steps and --epochs both say how long to train; give one of them.");
    }
  }

  private static void set(CommandLine parser, String name, Object value) {
    OptionSpec option = parser.getCommandSpec().findOption(name);
    if (option != null) { // --config and --resume are the command line's alone
      try {
        option.setter().set(value);
      } catch (Exception e) {
        throw new IllegalStateException("no value can be set for " + name, e);
      }
    }
  }
}

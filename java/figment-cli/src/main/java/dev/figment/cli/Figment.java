package dev.figment.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code figment} program. */
@Command(
    name = "figment",
    description = "Trains deep generative models on the CPU or a CUDA GPU.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footer = {
      "",
      "Example, which trains on 60,000 pictures of garments and needs nothing else:",
      "  figment train gan"
    })
public final class Figment {
  private static final List<Class<?>> COMMANDS =
      List.of(
          Train.class,
          Tune.class,
          Sample.class,
          Interpolate.class,
          Reconstruct.class,
          Traverse.class,
          Encode.class,
          DrawMap.class,
          Evaluate.class,
          Score.class,
          RunsCommand.class,
          DevicesCommand.class,
          KernelsCommand.class,
          CommandLine.HelpCommand.class);

  private final Stop stop;

  private Figment(Stop stop) {
    this.stop = stop;
  }

  /** How the surroundings ask a training to stop. */
  Stop stop() {
    return stop;
  }

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    Locale.setDefault(Locale.ROOT); // numbers read the same everywhere
    StopSignals.endAtOnce();
    StopSignals signals = new StopSignals();
    PrintWriter out = new PrintWriter(System.out, true);
    PrintWriter err = new PrintWriter(System.err, true);
    System.exit(run(signals, out, err, args));
  }

  /**
   * Runs one command in this process.
   *
   * @param stop asks a training to stop
   * @return 0, 1 for a failure, 2 for a command line that cannot be understood, 128 + the number of
   *     the signal that stopped it
   */
  static int run(Stop stop, PrintWriter out, PrintWriter err, String... args) {
    CommandLine command =
        commands(new Figment(stop), args)
            .setOut(out)
            .setErr(err)
            .setExpandAtFiles(false) // a folder may be named @x
            .setParameterExceptionHandler(Failures::usage)
            .setExecutionExceptionHandler((e, failed, parsed) -> Failures.failure(e, err));
    if (args.length == 0) {
      command.usage(err);
      return CommandLine.ExitCode.USAGE;
    }
    try {
      return command.execute(args);
    } catch (Error e) { // picocli hands on exceptions alone; a full heap is an Error
      return Failures.failure(e, err);
    } finally {
      out.flush();
      err.flush();
    }
  }

  /**
   * The commands that arguments can mean. Those that the first words name stand without the others,
   * for a start would spend a fifth of a second on these.
   */
  private static CommandLine commands(Figment program, String... args) {
    CommandLine root = new CommandLine(program);
    add(root, COMMANDS, args.length > 0 ? args[0] : "");
    Map.of("train", Train.MODELS, "tune", Tune.MODELS)
        .forEach(
            (name, models) -> {
              CommandLine command = root.getSubcommands().get(name);
              if (command != null) {
                add(command, models, args.length > 1 ? args[1] : "");
              }
            });
    return root;
  }

  private static void add(CommandLine parent, List<Class<?>> commands, String word) {
    List<Class<?>> named =
        commands.stream()
            .filter(command -> command.getAnnotation(Command.class).name().equals(word))
            .filter(command -> command != CommandLine.HelpCommand.class) // it tells of the others
            .toList();
    for (Class<?> command : named.isEmpty() ? commands : named) {
      parent.addSubcommand(command);
    }
  }
}

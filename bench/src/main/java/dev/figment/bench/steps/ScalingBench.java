package dev.figment.bench.steps;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code figment bench scaling}: a step's time and memory as it grows. */
@Command(
    name = "figment bench scaling",
    description =
        "Times training steps on the CPU as their batch, their images or their sequences grow, on"
            + " several numbers of threads, and prints a Markdown table: medians, examples a"
            + " second, the largest resident memory. Each step has a process of its own; those of a"
            + " row take turns.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    footer = {
      "",
      "Examples:",
      "  figment bench scaling gan 16,32,64,128,256 --by batch",
      "  figment bench scaling gan 28,32,56,64 --by size",
      "  figment bench scaling rvae 16,64,200 --by length"
    })
final class ScalingBench implements Callable<Integer> {
  /** Examples there are to train on, and more than any other number needs. */
  private static final int MOST = Noise.EXAMPLES;

  private static final double MILLISECONDS = 1000; // of a second

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "Whose step: gan, vae (with convolutions) or rvae (128 GRUs).")
  private ScalingPoint.Model model;

  @Option(
      names = "--by",
      paramLabel = "AXIS",
      required = true,
      description =
          "What they are of: batch, size (the side of an image) or length (of a sequence).")
  private ScalingPoint.Axis axis;

  @Parameters(
      index = "1",
      arity = "1",
      paramLabel = "N,...",
      hideParamSyntax = true,
      split = ",",
      description = "The sizes, such as 16,32,64.")
  private List<Integer> values;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "Examples of a step (default: 64).")
  private int batch;

  @Option(
      names = "--size",
      paramLabel = "N",
      defaultValue = "28",
      description = "Side of an image (default: 28).")
  private int size;

  @Option(
      names = "--length",
      paramLabel = "N",
      defaultValue = "64",
      description = "Steps of a sequence (default: 64).")
  private int length;

  @Option(
      names = "--threads",
      paramLabel = "N,...",
      hideParamSyntax = true,
      split = ",",
      description = "Threads of each column (default: 1 and all).")
  private List<Integer> threads;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Rounds (default: 3).")
  private int rounds;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "1",
      description = "What each process trains in a round; three steps at least (default: 1).")
  private double seconds;

  private ScalingBench() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(command().execute(arguments));
  }

  /** The command, which ends with a sentence where it fails. */
  static CommandLine command() {
    return new CommandLine(new ScalingBench())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (e, failed, parsed) -> {
              if (!(e instanceof FigmentException)) {
                throw e;
              }
              failed.getErr().println("figment: " + e.getMessage());
              return CommandLine.ExitCode.SOFTWARE;
            });
  }

  @Override
  public Integer call() throws IOException {
    int processors = Runtime.getRuntime().availableProcessors();
    if (threads == null) {
      threads = IntStream.of(1, processors).distinct().boxed().toList();
    }
    check(processors);
    PrintWriter out = spec.commandLine().getOut();
    ScalingPoint base = new ScalingPoint(model, batch, size, length, 1);
    out.printf("%s, milliseconds a step (examples a second):%n%n", base.described(axis));
    out.printf("| %s | %s | resident, MiB |%n", axis, cells(threads, ScalingBench::counted));
    out.printf("|---:|%s---:|%n", "---:|".repeat(threads.size()));
    String description = "";
    for (int value : values) {
      description = row(base.with(axis, value), value, out);
    }
    out.printf(
        Locale.ROOT,
        "%n%s; %d rounds of %s s, load average %.1f.%n",
        description,
        rounds,
        seconds,
        MachineLoad.loadAverageNow());
    out.flush();
    return CommandLine.ExitCode.OK;
  }

  private static String counted(int threads) {
    return threads == 1 ? "1 thread" : threads + " threads";
  }

  private static <T> String cells(List<T> values, Function<T, String> text) {
    return values.stream().map(text).collect(Collectors.joining(" | "));
  }

  /** Times and prints a row; what the last of its processes says of itself. */
  private String row(ScalingPoint point, int value, PrintWriter out) throws IOException {
    Path errors = Files.createTempFile("figment-scaling-", ".log");
    List<StepProcess> processes = new ArrayList<>();
    try {
      for (int count : threads) {
        ProcessBuilder child =
            StepProcess.ofOurs(ScalingSteps.class, point.onThreads(count).arguments());
        processes.add(new StepProcess("A step", child, errors));
        processes.get(processes.size() - 1).awaitReady();
      }
      List<StepTimes> times = processes.stream().map(it -> new StepTimes()).toList();
      for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < processes.size(); i++) {
          times.get(i).add(processes.get(i).train(seconds));
        }
      }
      StepProcess last = processes.get(processes.size() - 1);
      out.printf(
          Locale.ROOT,
          "| %d | %s | %.0f |%n",
          value,
          cells(
              times,
              it ->
                  String.format(
                      Locale.ROOT,
                      "%.1f (%.0f)",
                      it.median(),
                      point.batch() * MILLISECONDS / it.median())),
          last.peakMebibytes());
      out.flush();
      return last.description();
    } finally {
      processes.forEach(StepProcess::close);
      Files.delete(errors);
    }
  }

  private void check(int processors) {
    if (!axis.isOf(model)) {
      throw refused(
          "--by %s was asked for and %s has none; give %s."
              .formatted(axis, model, model == ScalingPoint.Model.RVAE ? "length" : "size"));
    }
    within("--threads", threads, 1, processors);
    within(axis.toString(), values, 1, MOST);
    within("--batch", List.of(batch), 1, MOST);
    within("--size", List.of(size), 1, MOST);
    within("--length", List.of(length), 1, MOST);
    within("--rounds", List.of(rounds), 1, MOST);
    if (!(seconds >= 0 && seconds < Double.POSITIVE_INFINITY)) {
      throw refused("--seconds %s was asked for; give at least 0.".formatted(seconds));
    }
  }

  private void within(String name, List<Integer> given, int least, int most) {
    for (int value : given) {
      if (value < least || value > most) {
        throw refused("%s %d was asked for; give %d to %d.".formatted(name, value, least, most));
      }
    }
  }

  private ParameterException refused(String reason) {
    return new ParameterException(spec.commandLine(), reason);
  }
}

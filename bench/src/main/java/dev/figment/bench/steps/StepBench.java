package dev.figment.bench.steps;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.figment.device.FigmentException;
import dev.figment.device.Precision;
import dev.figment.io.AtomicFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code figment bench steps}: whole training steps, alone or beside other libraries. */
@Command(
    name = "figment bench steps",
    description = {
      "Times whole training steps, each library in a process of its own on the same CPUs. The",
      "processes take turns, round by round; a ratio is of medians, beside the rounds' own.",
      "Before that each peer repeats one step of ours and must get our losses and our updates."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true)
final class StepBench implements Callable<Integer> {
  /** Of the step that peers repeat: what differs between them, does so for any batch. */
  private static final int CHECK_BATCH = 4;

  @Spec private CommandSpec spec;

  @Option(
      names = "--peers",
      description =
          "Beside libtorch at its defaults and tuned, and, gan and vae, beside DL4J; on the CPU.")
  private boolean peers;

  @Option(
      names = "--filter",
      paramLabel = "NAME",
      defaultValue = "",
      description =
          "Only the step of this name, or those whose names go on with a hyphen: rvae is rvae-gru"
              + " and rvae-lstm.")
  private String filter;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = "cpu",
      description = "Our device: cpu or cuda (default: cpu). A simulated GPU has no times.")
  private String device;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "128",
      description = "Examples of a step (default: 128).")
  private int batch;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "CPUs that all processes may use; 0 for all (default: 0).")
  private int threads;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "7",
      description = "Rounds (default: 7); 0 only checks the peers.")
  private int rounds;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "2",
      description = "What each library trains in a round; three steps at least (default: 2).")
  private double seconds;

  @Option(names = "--json", paramLabel = "FILE", description = "Also write the rows to FILE.")
  private Path json;

  @Option(names = "--markdown", description = "Also print the rows as a Markdown table.")
  private boolean markdown;

  private StepBench() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(command().execute(arguments));
  }

  /** The command, which ends with a sentence where it fails. */
  static CommandLine command() {
    CommandLine command = new CommandLine(new StepBench());
    command.setExecutionExceptionHandler(
        (e, failed, parsed) -> {
          if (!(e instanceof FigmentException)) {
            throw e;
          }
          failed.getErr().println("figment: " + e.getMessage());
          return CommandLine.ExitCode.SOFTWARE;
        });
    return command;
  }

  @Override
  public Integer call() throws IOException {
    check();
    List<Workload> named = Workload.matching(filter);
    List<Workload> wanted =
        named.stream()
            .filter(it -> device.equals("cpu") || it.precision() == Precision.FLOAT32)
            .toList();
    if (named.isEmpty()) {
      throw refused(
          "--filter %s was asked for; no step has that name: there are %s."
              .formatted(filter, Arrays.toString(Workload.values())));
    }
    if (wanted.isEmpty()) {
      throw refused(
          "--filter %s was asked for with --device %s; the CPU alone has its precision: take --device cpu."
              .formatted(filter, device));
    }
    PrintWriter out = spec.commandLine().getOut();
    List<StepRow> rows = new ArrayList<>();
    try (Contest contest = new Contest(device, batch, threads)) {
      for (Workload workload : wanted) {
        List<Peer> others =
            Peer.ALL.stream().filter(it -> peers && it.workloads().contains(workload)).toList();
        out.printf(
            Locale.ROOT,
            "%s, batch %d, %s, %d threads, %d rounds of %s s each%n",
            workload,
            batch,
            workload.precision(),
            contest.cpus(),
            rounds,
            seconds);
        out.flush();
        contest.check(workload, CHECK_BATCH, others, out);
        if (rounds > 0) {
          rows.addAll(contest.time(workload, others, rounds, seconds, out));
        }
      }
    }
    if (markdown && !rows.isEmpty()) {
      out.println();
      StepTable.lines(rows, MachineLoad.processor()).forEach(out::println);
      out.flush();
    }
    if (json != null) {
      JsonMapper mapper = JsonMapper.builder().build();
      List<String> lines = new ArrayList<>();
      for (StepRow row : rows) {
        lines.add(mapper.writeValueAsString(row));
      }
      String text = "[\n" + String.join(",\n", lines) + "\n]\n";
      AtomicFile.write(json, text.getBytes(StandardCharsets.UTF_8));
    }
    return CommandLine.ExitCode.OK;
  }

  private void check() {
    int cpus = Runtime.getRuntime().availableProcessors();
    if (device.equals("sim")) {
      throw refused(
          "--device sim was asked for; a simulated GPU has no times. figment kernels has its"
              + " counts.");
    }
    if (peers && !device.equals("cpu")) {
      throw refused(
          "--peers was asked for with --device %s; the peers train on the CPU: leave one of them out."
              .formatted(device));
    }
    if (batch < 2) { // libtorch's batch norm takes two, too
      throw refused("--batch %d was asked for; give at least 2.".formatted(batch));
    }
    if (threads < 0 || threads > cpus) {
      throw refused(
          "--threads %d was asked for; this process may use %d: give 1 to %d, or 0 for all."
              .formatted(threads, cpus, cpus));
    }
    if (rounds < 0 || (rounds == 0 && !peers)) {
      throw refused(
          "--rounds %d was asked for; give at least 1, or 0 with --peers to check them alone."
              .formatted(rounds));
    }
    if (!(seconds >= 0 && seconds < Double.POSITIVE_INFINITY)) {
      throw refused("--seconds %s was asked for; give at least 0.".formatted(seconds));
    }
    if (peers && !Peer.ALL.stream().allMatch(Peer::isBuilt)) {
      throw refused(
          "--peers was asked for without the peers' class path; start figment bench steps --peers"
              + " from the root of a clone, whose launcher builds them.");
    }
  }

  private ParameterException refused(String reason) {
    return new ParameterException(spec.commandLine(), reason);
  }
}

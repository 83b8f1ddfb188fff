package dev.figment.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.figment.device.FigmentException;
import dev.figment.io.AtomicFile;
import dev.figment.profile.KernelCatalogue;
import dev.figment.profile.Operation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code figment bench kernels}: a row for every operation of the catalogue of kernels. */
@Command(
    name = "figment bench kernels",
    description = {
      "Times every kernel of the catalogue on a device, each in a process of its own, next to what",
      "the machine can do: a copy that moves as many bytes, or a dense product where arithmetic",
      "bounds. A row is the iteration of median time."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true)
final class KernelBench implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--filter",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Only operations with TEXT in their family or name.")
  private String filter;

  @Option(
      names = "--shape",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Only operations with TEXT in their shape, for example 16x16.")
  private String shape;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = "cpu",
      description = "The device: cpu or cuda (default: cpu). figment kernels counts on sim.")
  private String device;

  @Option(names = "--json", paramLabel = "FILE", description = "Also write the rows to FILE.")
  private Path json;

  private KernelBench() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] args) {
    CommandLine command = new CommandLine(new KernelBench());
    command.setExecutionExceptionHandler(
        (e, failed, parsed) -> {
          if (!(e instanceof FigmentException)) {
            throw e;
          }
          failed.getErr().println("figment: " + e.getMessage());
          return CommandLine.ExitCode.SOFTWARE;
        });
    System.exit(command.execute(args));
  }

  @Override
  public Integer call() throws IOException, RunnerException {
    if (device.equals("sim")) {
      throw new ParameterException(
          spec.commandLine(),
          "--device sim was asked for; a simulated GPU has no times. figment kernels has its counts.");
    }
    List<Operation> wanted =
        KernelCatalogue.operations().stream()
            .filter(it -> it.name().contains(filter) || it.family().contains(filter))
            .filter(it -> it.shape().contains(shape))
            .toList();
    if (wanted.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "No operation has %s in its name and %s in its shape; figment kernels lists all."
              .formatted(quoted(filter), quoted(shape)));
    }
    PrintWriter out = spec.commandLine().getOut();
    List<KernelRow> rows = new ArrayList<>();
    for (Operation operation : wanted) {
      KernelRow row = median(measured(operation));
      rows.add(row);
      out.println(row.text());
      out.flush();
    }
    if (json != null) {
      AtomicFile.write(json, text(rows).getBytes(StandardCharsets.UTF_8));
    }
    return CommandLine.ExitCode.OK;
  }

  private static String quoted(String text) {
    return text.isEmpty() ? "anything" : "\"" + text + "\"";
  }

  /** The rows of an operation's iterations, from a process of its own; the warm-up's is dropped. */
  private List<KernelRow> measured(Operation operation) throws IOException, RunnerException {
    Path file = Files.createTempFile("figment-bench-", ".rows");
    try {
      new Runner(
              new OptionsBuilder()
                  .include("\\." + KernelBenchmark.class.getSimpleName() + "\\.")
                  .param("operation", KernelBenchmark.key(operation))
                  .param("device", device)
                  .jvmArgsAppend("-D" + KernelBenchmark.ROWS + "=" + file)
                  .verbosity(VerboseMode.SILENT)
                  .shouldFailOnError(true)
                  .build())
          .run();
      JsonMapper mapper = JsonMapper.builder().build();
      List<KernelRow> rows = new ArrayList<>();
      for (String line : Files.readAllLines(file)) {
        rows.add(mapper.readValue(line, KernelRow.class));
      }
      return rows.subList(1, rows.size());
    } finally {
      Files.delete(file);
    }
  }

  /** The row of median time, of those whose yardstick stood still where there are any. */
  private static KernelRow median(List<KernelRow> rows) {
    List<KernelRow> steady = rows.stream().filter(KernelRow::steady).toList();
    List<KernelRow> usable = new ArrayList<>(steady.isEmpty() ? rows : steady);
    usable.sort(Comparator.comparingDouble(KernelRow::microseconds));
    return usable.get(usable.size() / 2);
  }

  private static String text(List<KernelRow> rows) throws JsonProcessingException {
    JsonMapper mapper = JsonMapper.builder().build();
    List<String> lines = new ArrayList<>();
    for (KernelRow row : rows) {
      lines.add(mapper.writeValueAsString(row));
    }
    return String.join(",\n", lines).transform(it -> "[\n" + it + "\n]\n");
  }
}

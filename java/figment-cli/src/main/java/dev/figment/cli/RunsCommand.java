package dev.figment.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.figment.device.FigmentException;
import dev.figment.io.IoFailure;
import dev.figment.io.JsonLines;
import dev.figment.train.RunFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code figment runs}: a row a run, or a column a run where some are named. */
@Command(
    name = "runs",
    description = {
      "Lists the runs of a folder, or compares runs: what their options differ in and where they stand."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    footer = {"", "Examples:", "  figment runs", "  figment runs runs/a runs/b"})
final class RunsCommand implements Runnable {
  private static final String UNKNOWN = "-";

  /** What runs are listed with: of GANs, of VAEs. */
  private static final List<List<String>> NUMBERS =
      List.of(
          List.of("d_loss", "g_loss", "d_real", "d_fake"), List.of("loss", "reconstruction", "kl"));

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "RUN",
      arity = "0..*",
      description = "A folder of runs to list (default: runs), or the runs to compare.")
  private List<Path> paths = List.of(Path.of("runs"));

  /** A run as its files tell it. */
  private record Run(
      Path path, Map<String, String> options, List<ObjectNode> metrics, int warnings) {
    static Run read(Path path) {
      RunFolder folder = new RunFolder(path);
      return new Run(
          path,
          Files.exists(folder.config()) ? ConfigFile.read(folder.config()) : Map.of(),
          Files.exists(folder.metrics()) ? JsonLines.read(folder.metrics()) : List.of(),
          Files.exists(folder.warnings()) ? JsonLines.read(folder.warnings()).size() : 0);
    }

    static boolean isAt(Path path) {
      return Files.exists(new RunFolder(path).metrics());
    }

    /** A field of the last line. */
    String last(String field) {
      if (metrics.isEmpty()) {
        return UNKNOWN;
      }
      var value = metrics.get(metrics.size() - 1).path(field);
      return value.isFloatingPointNumber()
          ? "%.4f".formatted(value.asDouble())
          : value.asText(UNKNOWN);
    }

    String name() {
      return path.getFileName() == null ? path.toString() : path.getFileName().toString();
    }

    /** How far it is: its step, of how many. */
    String progress() {
      String steps = options.get("steps");
      String done = last("step");
      return steps == null || steps.equals(done) ? done : done + "/" + steps;
    }
  }

  @Override
  public void run() {
    boolean listing = paths.size() == 1 && !Run.isAt(paths.get(0));
    if (listing) {
      list(paths.get(0));
    } else {
      compare(paths);
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private void list(Path parent) {
    Set<Path> found = new TreeSet<>();
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, Run::isAt)) {
      folders.forEach(found::add);
    } catch (IOException e) {
      throw Files.isDirectory(parent)
          ? IoFailure.reading(parent, e)
          : new FigmentException(
              "There is no folder %s to list runs of; train one, or name the folder that holds them."
                  .formatted(parent));
    }
    if (found.isEmpty()) {
      out().println(parent + " holds no run.");
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    List<Run> runs = found.stream().map(Run::read).toList();
    List<String> numbers = NUMBERS.stream().flatMap(names -> used(names, runs)).toList();
    List<String> heading = new ArrayList<>(List.of("run", "data", "step"));
    heading.addAll(numbers);
    heading.add("warnings");
    rows.add(heading);
    for (Run run : runs) {
      List<String> row = new ArrayList<>();
      row.add(run.name());
      row.add(run.options().getOrDefault("data", UNKNOWN));
      row.add(run.progress());
      numbers.forEach(number -> row.add(run.last(number)));
      row.add("" + run.warnings());
      rows.add(row);
    }
    print(rows);
  }

  /** A model's numbers, where a run has any of them. */
  private static Stream<String> used(List<String> names, List<Run> runs) {
    boolean any =
        runs.stream().anyMatch(run -> names.stream().anyMatch(n -> !run.last(n).equals(UNKNOWN)));
    return any ? names.stream() : Stream.empty();
  }

  private void compare(List<Path> folders) {
    List<Run> runs = new ArrayList<>();
    for (Path path : folders) {
      if (!Run.isAt(path)) {
        throw new FigmentException(
            "%s holds no run (no metrics.jsonl); name folders of runs, or one folder to list."
                .formatted(path));
      }
      runs.add(Run.read(path));
    }
    Map<String, List<String>> table = new LinkedHashMap<>();
    table.put("run", runs.stream().map(Run::name).toList());
    Set<String> names = new LinkedHashSet<>();
    runs.forEach(run -> names.addAll(run.options().keySet()));
    for (String name : names) {
      List<String> values =
          runs.stream().map(run -> run.options().getOrDefault(name, UNKNOWN)).toList();
      if (runs.size() == 1 || values.stream().distinct().count() > 1) {
        table.put(name, values);
      }
    }
    Set<String> fields = new LinkedHashSet<>();
    for (Run run : runs) {
      if (!run.metrics().isEmpty()) {
        run.metrics().get(run.metrics().size() - 1).fieldNames().forEachRemaining(fields::add);
      }
    }
    for (String field : fields) {
      table.put(field, runs.stream().map(run -> run.last(field)).toList());
    }
    table.put("warnings", runs.stream().map(run -> "" + run.warnings()).toList());
    List<List<String>> rows = new ArrayList<>();
    table.forEach(
        (name, values) -> {
          List<String> row = new ArrayList<>(List.of(name));
          row.addAll(values);
          rows.add(row);
        });
    print(rows);
  }

  /** Columns as wide as their widest value, two spaces apart. */
  private void print(List<List<String>> rows) {
    int columns = rows.get(0).size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
      }
      out().println(line.toString().stripTrailing());
    }
  }
}

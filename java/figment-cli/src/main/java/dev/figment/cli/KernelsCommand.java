package dev.figment.cli;

import dev.figment.device.KernelLaunch;
import dev.figment.profile.KernelCatalogue;
import dev.figment.profile.KernelProfile;
import dev.figment.profile.KernelProfiler;
import dev.figment.profile.Multiprocessor;
import dev.figment.profile.Operation;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code figment kernels}. */
@Command(
    name = "kernels",
    description = {
      "Says of every CUDA kernel what it takes, moves and computes on each architecture, without a",
      "GPU: registers and shared memory by NVIDIA's assembler, counts by the simulated GPU, the",
      "least bytes and a roofline by calculation. Nothing here is a measurement of time."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    footer = {
      "",
      "Examples:",
      "  figment kernels",
      "  figment kernels --arch sm_80 --filter dropout",
      "  figment kernels adam",
      "  figment kernels --step gan"
    })
final class KernelsCommand implements Runnable {
  private static final int UPDATE_MILLIS = 250;
  private static final int COLUMNS_OF_A_FILE = 100;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME",
      description = "A kernel or an operation to tell everything of, for example adam.")
  private String name;

  @Option(
      names = "--filter",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Only kernels with TEXT in their family or name.")
  private String filter;

  @Option(
      names = "--arch",
      paramLabel = "ARCH",
      split = ",",
      description = "Only these architectures (default: sm_75,sm_80,sm_90,sm_100,sm_120).")
  private List<String> architectures = List.of();

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Also write a row for each kernel and architecture to FILE.")
  private Path json;

  @Option(
      names = "--step",
      paramLabel = "MODEL",
      description = {
        "In place of the table: the launches of one training step of a model, gan or vae, in order."
      })
  private String step;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "With --step: images of a batch (default: the training's own).")
  private Integer batch;

  @Override
  public void run() {
    if (step != null) {
      KernelSteps.print(spec.commandLine().getOut(), launches());
      return;
    }
    List<Operation> operations = operations();
    List<Integer> targets = targets();
    KernelProfiler.Result result = profile(operations, targets);
    List<KernelProfile> profiles = result.profiles().stream().filter(this::isWanted).toList();
    if (json != null) {
      KernelJson.write(json, profiles);
    }
    PrintWriter out = spec.commandLine().getOut();
    int columns = Terminal.isStandardOutput() ? Terminal.columns() : COLUMNS_OF_A_FILE;
    if (name == null) {
      new KernelTable(out, columns).print(profiles, result.notes());
    } else {
      new KernelDetails(out, columns).print(profiles, result.notes());
    }
  }

  // ---- what is asked for

  /** Those of a step as {@code figment train} has it. */
  private List<KernelLaunch> launches() {
    if (batch != null && batch < 1) {
      throw new ParameterException(
          spec.commandLine(), "--batch %d was asked for; it must be at least 1.".formatted(batch));
    }
    String[] given = batch == null ? new String[0] : new String[] {"--batch", "" + batch};
    switch (step) {
      case "gan":
        GanOptions gan = CommandLine.populateCommand(new GanOptions(), given);
        gan.settle();
        return KernelSteps.ofGan(gan.config(28, 28, 1, 0));
      case "vae":
        VaeOptions vae = CommandLine.populateCommand(new VaeOptions(), given);
        vae.settle();
        return KernelSteps.ofVae(vae.config(28, 28, 1, 0));
      default:
        throw new ParameterException(
            spec.commandLine(), "--step %s was asked for; known are gan and vae.".formatted(step));
    }
  }

  /** The operations that launch a wanted kernel. */
  private List<Operation> operations() {
    List<Operation> all = KernelCatalogue.operations();
    List<Operation> wanted =
        all.stream()
            .filter(
                operation ->
                    operation.kernels().stream()
                        .anyMatch(work -> isWanted(operation, work.kernel())))
            .toList();
    if (!wanted.isEmpty()) {
      return wanted;
    }
    if (name == null) {
      throw new ParameterException(
          spec.commandLine(),
          "--filter %s was asked for and no kernel has that in its name; figment kernels lists all."
              .formatted(filter));
    }
    Set<String> names =
        all.stream()
            .flatMap(operation -> operation.kernels().stream())
            .map(work -> work.kernel())
            .collect(Collectors.toSet());
    throw new ParameterException(
        spec.commandLine(),
        "There is no kernel %s%s"
            .formatted(
                name,
                Nearest.of(name, names)
                    .map("; did you mean %s?"::formatted)
                    .orElse("; figment kernels lists all.")));
  }

  private boolean isWanted(KernelProfile profile) {
    return isWanted(profile.operation(), profile.work().kernel());
  }

  private boolean isWanted(Operation operation, String kernel) {
    String full = operation.family() + "." + kernel;
    boolean named = name == null || List.of(kernel, full, operation.name()).contains(name);
    return named && (full.contains(filter) || operation.name().contains(filter));
  }

  private List<Integer> targets() {
    List<Integer> known = Multiprocessor.architectures();
    if (architectures.isEmpty()) {
      return known;
    }
    List<Integer> wanted =
        known.stream().filter(one -> architectures.contains("sm_" + one)).toList();
    if (wanted.size() != Set.copyOf(architectures).size()) {
      throw new ParameterException(
          spec.commandLine(),
          "--arch %s was asked for; known are %s."
              .formatted(
                  String.join(",", architectures),
                  known.stream().map(one -> "sm_" + one).collect(Collectors.joining(", "))));
    }
    return wanted;
  }

  // ---- the work

  private static KernelProfiler.Result profile(List<Operation> operations, List<Integer> targets) {
    if (!Terminal.isStandardOutput()) {
      return KernelProfiler.profile(operations, targets, piece -> {});
    }
    try (ProgressBar bar = bar(KernelProfiler.pieces(operations, targets))) {
      return KernelProfiler.profile(
          operations,
          targets,
          piece -> {
            bar.setExtraMessage(piece);
            bar.step();
          });
    }
  }

  /** On the error stream, and gone when it ends: standard output is for the table. */
  private static ProgressBar bar(int pieces) {
    int columns = Terminal.columns() - 1;
    return new ProgressBarBuilder()
        .setTaskName("kernels")
        .setInitialMax(pieces)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(UPDATE_MILLIS)
        .clearDisplayOnFinish()
        .setConsumer(
            new DelegatingProgressBarConsumer(
                line -> {
                  System.err.print("\r" + line);
                  System.err.flush();
                },
                columns))
        .build();
  }
}

package dev.figment.cli;

import dev.figment.data.DataRequest;
import dev.figment.data.Datasets;
import dev.figment.data.ImageDataset;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import dev.figment.train.GanConfig;
import dev.figment.train.GanRun;
import dev.figment.train.RunFolder;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code figment train gan}. The calling thread computes; see {@link Device}. */
@Command(
    name = "gan",
    description = {
      "Trains a generative adversarial network on images.",
      "",
      "The folder of the run gets metrics.jsonl, samples-<step>.png, samples.png, training.gif,"
          + " losses.png, report.html, config.yaml, environment.txt and checkpoint.safetensors."
          + " Ctrl-C saves and stops.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    footer = {
      "",
      "Examples:",
      "  figment train gan",
      "  figment train gan --epochs 100 --out runs/long",
      "  figment train gan --conditional --out runs/classes",
      "  figment train gan --resume runs/long",
      "  figment train gan --config runs/long/config.yaml --seed 2"
    })
final class TrainGan implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private GanOptions given;

  @Option(
      names = "--resume",
      paramLabel = "RUN",
      description = {
        "Go on with the run in this folder, from its last checkpoint and with its options."
      })
  private Path resume;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = {
        "Take options from a YAML file of the same names; those given here count for more."
      })
  private Path configFile;

  @Override
  public Integer call() {
    OptionSources sources = new OptionSources(spec.commandLine());
    GanOptions options = options(sources);
    options.learning.settle();
    OptionLimits limits = new OptionLimits(spec.commandLine());
    limits.check(options);
    int threads = limits.threads(threads(sources, options));
    if (resume == null && options.out != null) {
      RunFolder.free(options.out); // before the data are fetched
    }
    DataRequest request = options.request();
    Background<ImageDataset> loading =
        Background.start("data", () -> Datasets.open(request, out()::println));
    Devices.Choice choice = Devices.open(options.device, threads);
    try (Device device = choice.device()) {
      out().println("Device: " + choice.reason());
      options.device = device.name();
      options.threads = threads;
      return train(options, device, loading.get());
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private GanOptions options(OptionSources sources) {
    if (resume == null) {
      return configFile == null ? given : sources.over(configFile);
    }
    if (configFile != null || sources.has("--out")) {
      throw new ParameterException(
          spec.commandLine(),
          "--resume takes options and folder from the run itself; leave out %s."
              .formatted(configFile != null ? "--config" : "--out"));
    }
    Path file = RunFolder.existing(resume).config();
    if (!Files.exists(file)) {
      throw new FigmentException(
          "%s holds no config.yaml, so its options are not known; start another run."
              .formatted(resume));
    }
    return sources.continuing(file);
  }

  /** A run that goes on with fewer processors than it had takes what there is. */
  private Integer threads(OptionSources sources, GanOptions options) {
    boolean fewer =
        resume != null
            && !sources.has("--threads")
            && options.threads != null
            && options.threads > OptionLimits.PROCESSORS;
    return fewer ? Integer.valueOf(OptionLimits.PROCESSORS) : options.threads;
  }

  private int train(GanOptions options, Device device, ImageDataset data) {
    if (options.batch > data.size()) {
      throw new FigmentException(
          "--batch %d is more than the %d images of %s; give --batch %d or less."
              .formatted(options.batch, data.size(), data.name(), data.size()));
    }
    out()
        .printf(
            "Data: %s, %d images of %d x %d x %d%n",
            data.name(), data.size(), data.height(), data.width(), data.channels());
    long steps = options.totalSteps(data.size());
    options.learning.settleSchedule(steps);
    new OptionLimits(spec.commandLine()).checkSchedule(options.learning, steps);
    GanConfig config =
        options.config(data.height(), data.width(), data.channels(), options.classes(data));
    out().println("Training: " + options.learning.summary());
    if (!options.learning.presets().isEmpty()) {
      out()
          .printf(
              "Set by --loss %s, and by you if you give them: %s%n",
              options.learning.loss, String.join(" ", options.learning.presets()));
    }
    RunFolder folder = folder(options);
    try (Progress progress = Progress.of(out(), steps, options.logEvery);
        GanRun run = new GanRun(device, config, data, folder, options.every(), progress)) {
      if (resume != null) {
        run.resume();
        checkRemaining(run.trainer().steps(), steps);
      }
      options.data = options.lastingData();
      options.steps = options.epochs == null ? Long.valueOf(steps) : null;
      writeConfig(folder, options);
      Environment.write(folder.environment(), device);
      out().println("Run: " + folder.path());
      return train(run, steps, folder, progress);
    }
  }

  private RunFolder folder(GanOptions options) {
    if (resume != null) {
      return RunFolder.existing(resume);
    }
    if (options.out != null) {
      return RunFolder.create(options.out);
    }
    String name =
        "runs/gan-" + LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    Path path = Path.of(name);
    for (int i = 2; Files.exists(path); i++) {
      path = Path.of(name + "-" + i);
    }
    return RunFolder.create(path);
  }

  private static void checkRemaining(long done, long steps) {
    if (done > steps) {
      throw new FigmentException(
          "The run has done %d steps and %d in all were asked for; give more --steps or --epochs."
              .formatted(done, steps));
    }
  }

  private int train(GanRun run, long steps, RunFolder folder, Progress progress) {
    Stop stop = Train.program(spec).stop();
    stop.listen();
    long before = run.trainer().steps();
    GanRun.End end;
    try {
      end = run.train(steps, stop);
    } catch (FigmentException e) {
      progress.close();
      show(folder); // it tells where it went wrong
      throw e;
    }
    progress.close();
    show(folder);
    long done = run.trainer().steps();
    if (end == GanRun.End.STOPPED) {
      out()
          .printf(
              "Stopped and saved at step %d of %d; go on with: figment train gan --resume %s%n",
              done, steps, folder.path());
      return stop.exitCode();
    }
    out().printf("Done: %d steps. Samples: %s%n", done, folder.samples());
    if (before == done) {
      out().println("The run had done them all; give more --steps or --epochs to go on.");
    }
    return ExitCode.OK;
  }

  /** Draws what people look at. */
  private void show(RunFolder folder) {
    for (Runnable part :
        List.<Runnable>of(
            () -> LossChart.draw(folder.metrics(), folder.losses()),
            () -> RunReport.write(folder))) {
      try {
        part.run();
      } catch (FigmentException e) {
        // The run is whole without its pictures, and its own failure, if any, says more.
        spec.commandLine().getErr().println("figment: " + e.getMessage());
      }
    }
  }

  /** Writes every option as it was used, in the order of the help. */
  private static void writeConfig(RunFolder folder, GanOptions options) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (OptionSpec option : CommandSpec.forAnnotatedObject(options).options()) {
      Object value = option.getValue();
      if (value != null && !option.longestName().equals("--out")) {
        values.put(option.longestName().substring(2), value);
      }
    }
    ConfigFile.write(
        folder.config(), "This run's options: figment train gan --config FILE repeats it.", values);
  }
}

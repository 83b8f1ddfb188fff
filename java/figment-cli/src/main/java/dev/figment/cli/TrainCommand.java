package dev.figment.cli;

import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import dev.figment.io.AtomicFile;
import dev.figment.io.IoFailure;
import dev.figment.train.RunFolder;
import dev.figment.train.TrainingRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code figment train MODEL} and {@code figment tune MODEL}: what is the same for every model. The
 * calling thread computes; see {@link Device}.
 *
 * @param <O> the model's options
 * @param <D> the data that it trains on
 */
abstract class TrainCommand<O extends TrainingOptions, D> implements Callable<Integer> {
  @Spec CommandSpec spec;

  /** The options of the command line. */
  abstract O given();

  /** Options that nothing was said of. */
  abstract O blank();

  abstract Restart restart();

  /** Opens the data; a thread of its own calls it. */
  abstract D load(O options, Consumer<String> notice);

  /** Their examples to train on. */
  abstract int size(D data);

  /** What an example is called, many of them. */
  String examples() {
    return "images";
  }

  /** What they are called. */
  abstract String name(D data);

  /** What they are, in a line. */
  abstract String describe(D data);

  /** Refuses options that do not fit the data, before a folder is made. */
  abstract void check(O options, D data);

  /** Builds the run; nothing is written yet. */
  abstract TrainingRun<?> start(
      O options, D data, Device device, RunFolder folder, TrainingRun.Observer observer);

  /** Whether to write a plan in place of training. */
  boolean tunes() {
    return false;
  }

  @Override
  public Integer call() {
    OptionSources<O> sources = new OptionSources<>(spec.commandLine(), this::blank);
    if (tunes()) {
      checkTuning(sources);
    }
    O options = options(sources);
    options.settle();
    OptionLimits limits = new OptionLimits(spec.commandLine());
    options.check(limits);
    int threads = limits.threads(threads(sources, options));
    if (!tunes() && restart().resume == null && options.running().out != null) {
      RunFolder.free(options.running().out); // before the data are fetched
    }
    Background<D> loading = Background.start("data", () -> load(options, out()::println));
    Devices.Choice choice =
        Devices.open(
            options.running().on.device,
            threads,
            options.running().fastConvolutions == RunningOptions.Switch.ON,
            options.running().precision);
    try (Device device = choice.device()) {
      out().println("Device: " + choice.reason());
      if (tunes()) {
        device.tune();
      } else if (options.running().plan != null) {
        choose(device, options.running());
      }
      options.running().on.device = device.name();
      options.running().on.threads = threads;
      return train(options, device, loading.get());
    }
  }

  private void checkTuning(OptionSources<O> sources) {
    if (restart().resume != null) {
      throw new ParameterException(
          spec.commandLine(),
          "--resume goes on with a run, and tuning only takes its options: give --config %s."
              .formatted(new RunFolder(restart().resume).config()));
    }
    if (!sources.has("--plan")) {
      throw new ParameterException(
          spec.commandLine(), "Say which file to write the plan to, by --plan FILE.");
    }
  }

  private static void choose(Device device, RunningOptions running) {
    running.plan = running.plan.toAbsolutePath().normalize(); // the run may go on from elsewhere
    try {
      device.choose(
          Files.readString(running.plan, StandardCharsets.ISO_8859_1)); // which any bytes are
    } catch (FigmentException e) {
      throw new FigmentException(
          "--plan %s %s; write one here by figment tune, or leave it out."
              .formatted(running.plan, e.getMessage()),
          e);
    } catch (IOException e) {
      throw IoFailure.reading(running.plan, e);
    }
  }

  /** Draws what only this model has, of a run that has ended; nothing by default. */
  void picture(TrainingRun<?> run, D data, RunFolder folder) {}

  /** Whether figment evaluate measures such a run. */
  boolean canBeEvaluated() {
    return true;
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private O options(OptionSources<O> sources) {
    if (restart().resume == null) {
      return restart().configFile == null ? given() : sources.over(restart().configFile);
    }
    if (restart().configFile != null || sources.has("--out")) {
      throw new ParameterException(
          spec.commandLine(),
          "--resume takes options and folder from the run itself; leave out %s."
              .formatted(restart().configFile != null ? "--config" : "--out"));
    }
    RunFolder folder = RunFolder.existing(restart().resume);
    requireModel(folder);
    Path file = folder.config();
    if (!Files.exists(file)) {
      throw new FigmentException(
          "%s holds no config.yaml, so its options are not known; start another run."
              .formatted(restart().resume));
    }
    return sources.continuing(file);
  }

  private void requireModel(RunFolder folder) {
    String found = folder.model();
    String own = given().model();
    if (!found.equals(own)) {
      throw new FigmentException(
          "%s holds no run of a %s; go on with it by figment train %s --resume %s."
              .formatted(folder.path(), own, found, folder.path()));
    }
  }

  /** A run that goes on with fewer processors than it had takes what there is. */
  private Integer threads(OptionSources<O> sources, O options) {
    boolean fewer =
        restart().resume != null
            && !sources.has("--threads")
            && options.running().on.threads != null
            && options.running().on.threads > OptionLimits.PROCESSORS;
    return fewer ? Integer.valueOf(OptionLimits.PROCESSORS) : options.running().on.threads;
  }

  private int train(O options, Device device, D data) {
    int size = size(data);
    if (options.batch() > size) {
      throw new FigmentException(
          "--batch %d is more than the %d %s of %s; give --batch %d or less."
              .formatted(options.batch(), size, examples(), name(data), size));
    }
    out().printf("Data: %s%n", describe(data));
    long steps = options.totalSteps(size);
    options.updates().settleSchedule(steps);
    new OptionLimits(spec.commandLine()).checkSchedule(options.updates(), steps);
    check(options, data);
    out().println("Training: " + options.summary());
    if (options.presets() != null) {
      out().println(options.presets());
    }
    if (tunes()) {
      return tune(options, device, data);
    }
    RunFolder folder = folder(options);
    try (Progress progress = Progress.of(out(), steps, options.every().log());
        TrainingRun<?> run = start(options, data, device, folder, progress)) {
      if (restart().resume != null) {
        run.resume();
        checkRemaining(run.trainer().steps(), steps);
      }
      options.settleRun(steps);
      writeConfig(folder, options);
      Environment.write(folder.environment(), device);
      out().println("Run: " + folder.path());
      return train(options, data, run, steps, folder, progress);
    }
  }

  /** Trains a step, which times every shape of it. */
  private int tune(O options, Device device, D data) {
    Path plan = options.running().plan;
    RunFolder untouched = new RunFolder(plan);
    try (Progress progress = Progress.of(out(), 1, options.every().log());
        TrainingRun<?> run = start(options, data, device, untouched, progress)) {
      run.trainer().step();
    }
    String tuned = device.tuned();
    if (tuned.isEmpty()) {
      throw new FigmentException(
          "A step of these networks has no convolutions, and only for these is there a choice.");
    }
    AtomicFile.write(plan, tuned.getBytes(StandardCharsets.UTF_8));
    out().printf("Tuned: train with the same options and --plan %s%n", plan);
    return ExitCode.OK;
  }

  private RunFolder folder(O options) {
    if (restart().resume != null) {
      return RunFolder.existing(restart().resume);
    }
    if (options.running().out != null) {
      return RunFolder.create(options.running().out);
    }
    String name =
        "runs/%s-%s"
            .formatted(
                options.model(),
                LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss")));
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

  private int train(
      O options, D data, TrainingRun<?> run, long steps, RunFolder folder, Progress progress) {
    Stop stop = Train.program(spec).stop();
    stop.listen();
    long before = run.trainer().steps();
    TrainingRun.End end;
    try {
      end = run.train(steps, stop);
    } catch (FigmentException e) {
      progress.close();
      show(folder, options.model(), () -> {}); // it tells where it went wrong
      throw e;
    }
    progress.close();
    show(folder, options.model(), () -> picture(run, data, folder));
    long done = run.trainer().steps();
    if (end == TrainingRun.End.STOPPED) {
      out()
          .printf(
              "Stopped and saved at step %d of %d; go on with: figment train %s --resume %s%n",
              done, steps, options.model(), folder.path());
      return stop.exitCode();
    }
    Path texts = folder.texts();
    Path samples = Files.exists(texts) ? texts : folder.samples();
    out().printf("Done: %d steps. Samples: %s%n", done, samples);
    if (canBeEvaluated()) {
      out().printf("How good they are: figment evaluate --run %s%n", folder.path());
    }
    if (before == done) {
      out().println("The run had done them all; give more --steps or --epochs to go on.");
    }
    return ExitCode.OK;
  }

  /** Draws what people look at. */
  private void show(RunFolder folder, String model, Runnable pictures) {
    for (Runnable part :
        List.<Runnable>of(
            pictures,
            () -> LossChart.draw(folder.metrics(), folder.losses()),
            () -> RunReport.write(folder, model))) {
      try {
        part.run();
      } catch (FigmentException e) {
        // The run is whole without its pictures, and its own failure, if any, says more.
        spec.commandLine().getErr().println("figment: " + e.getMessage());
      }
    }
  }

  /** Writes every option as it was used, in the order of the help. */
  private void writeConfig(RunFolder folder, O options) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (OptionSpec option : CommandSpec.forAnnotatedObject(options).options()) {
      Object value = option.getValue();
      if (value != null && !option.longestName().equals("--out")) {
        values.put(option.longestName().substring(2), value);
      }
    }
    ConfigFile.write(
        folder.config(),
        "This run's options: figment train %s --config FILE repeats it.".formatted(options.model()),
        values);
  }
}

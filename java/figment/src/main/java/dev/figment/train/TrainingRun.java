package dev.figment.train;

import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Resources;
import dev.figment.io.IoFailure;
import dev.figment.io.JsonLines;
import dev.figment.io.SafetensorsReader;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * A model's training from its first or its last saved step to its end, leaving metrics, sample
 * grids and checkpoints in a {@link RunFolder}. A resumed run on the same plan continues
 * bit-exactly. What differs between models is in the subclasses.
 *
 * @param <S> what a step gives
 */
public abstract class TrainingRun<S extends TrainingStep> implements AutoCloseable {
  /**
   * How often a run leaves what, in steps.
   *
   * @param log a line of metrics.jsonl
   * @param sample a sample grid
   * @param checkpoint a checkpoint
   */
  public record Every(int log, int sample, int checkpoint) {
    public Every {
      if (log < 1 || sample < 1 || checkpoint < 1) {
        throw new FigmentException(
            "Logging every %d, sampling every %d and saving every %d steps were asked for; each must be at least 1."
                .formatted(log, sample, checkpoint));
      }
    }
  }

  /** Watches a run. */
  public interface Observer {
    /**
     * A step has been trained.
     *
     * @param examplesPerSecond examples of the data that the step trained on, a second of it
     */
    void trained(TrainingStep step, double examplesPerSecond);

    /** Something worth a line. */
    void note(String line);
  }

  /** How a run ended. */
  public enum End {
    /** All steps are done. */
    FINISHED,
    /** It was told to stop; a checkpoint holds where. */
    STOPPED
  }

  /** What subclasses own: closed with the run. */
  final Resources resources = new Resources();

  private final Device device;
  private final RunFolder folder;
  private final Every every;
  private final Observer observer;
  private final long fingerprint;

  /**
   * @param fingerprint tells the data from others
   */
  TrainingRun(Device device, RunFolder folder, Every every, Observer observer, long fingerprint) {
    this.device = device;
    this.folder = folder;
    this.every = every;
    this.observer = observer;
    this.fingerprint = fingerprint;
  }

  public abstract Trainer<S> trainer();

  /** The name and version of the checkpoints: {@code figment-gan-1}. */
  abstract String format();

  /** Adds what a checkpoint says of the model and its training. */
  abstract void describe(Map<String, String> metadata);

  /** Refuses a checkpoint of another training, by {@link #require}. */
  abstract void check(Map<String, String> metadata);

  /** Looks at a step; nothing by default. */
  void trained(S step) {}

  /** Leaves grids of a step, and what else there is to see of it. */
  abstract void show(long step);

  /** Readies the model for sampling and saving; nothing by default. */
  void prepare() {}

  /** What to try where numbers became infinite. */
  String remedy() {
    return "Try a smaller --lr";
  }

  /** What a line of metrics calls the speed. */
  String speed() {
    return "images_per_second";
  }

  final RunFolder folder() {
    return folder;
  }

  final void note(String line) {
    observer.note(line);
  }

  /** Restores the folder's checkpoint and cuts the metrics back to its step. */
  public final void resume() {
    try (SafetensorsReader reader = SafetensorsReader.open(folder.checkpoint())) {
      Map<String, String> metadata = reader.metadata();
      require(metadata, "format", format(), "was written by another version");
      require(metadata, "data", Long.toHexString(fingerprint), "was trained on other data");
      check(metadata);
      checkKernels(metadata.getOrDefault("plan", ""));
      if (!device.plan().equals(metadata.get("plan"))) {
        note(
            "The run was computed on %s and goes on on \"%s\": close, but not bit for bit."
                .formatted(said(metadata, "plan"), device.plan()));
      }
      Checkpoint.read(reader, trainer().state());
      trainer()
          .restore(
              number(metadata, "step", Long.MAX_VALUE),
              (int) number(metadata, "epoch", Integer.MAX_VALUE),
              (int) number(metadata, "position", Integer.MAX_VALUE));
    }
    JsonLines.cutBackTo(folder.metrics(), trainer().steps());
    JsonLines.cutBackTo(folder.evaluations(), trainer().steps());
    JsonLines.cutBackTo(folder.warnings(), trainer().steps());
  }

  /** Refuses a run whose device is as it was and computes by other kernels that were chosen. */
  private void checkKernels(String plan) {
    if (!plan.equals(device.plan()) && withoutKernels(plan).equals(withoutKernels(device.plan()))) {
      throw new FigmentException(
          "%s was computed on %s and this is \"%s\", by another choice of kernels; resume it with the --plan that it had, unchanged."
              .formatted(folder.checkpoint(), IoFailure.quote(plan), device.plan()));
    }
  }

  private static String withoutKernels(String plan) {
    return plan.replaceFirst(", kernels [0-9a-f]+$", "");
  }

  final void require(Map<String, String> metadata, String key, String expected, String fault) {
    if (!expected.equals(metadata.get(key))) {
      throw new FigmentException(
          "%s %s (%s is %s here and %s there); resume it as it was started."
              .formatted(folder.checkpoint(), fault, key, expected, said(metadata, key)));
    }
  }

  /** What a file says, safe to print. */
  private static String said(Map<String, String> metadata, String key) {
    return IoFailure.quote(metadata.getOrDefault(key, "missing"));
  }

  private long number(Map<String, String> metadata, String key, long largest) {
    return Checkpoint.number(folder.checkpoint(), metadata, key, 0, largest);
  }

  /**
   * Trains until {@code steps} steps are done in all or {@code stop} says so.
   *
   * @throws FigmentException when a loss or parameter is no longer finite; the last checkpoint
   *     stays
   */
  public final End train(long steps, BooleanSupplier stop) {
    try (JsonLines metrics = JsonLines.append(folder.metrics())) {
      while (trainer().steps() < steps) {
        if (stop.getAsBoolean()) {
          save();
          return End.STOPPED;
        }
        long start = System.nanoTime();
        S step = trainer().step();
        double seconds = (System.nanoTime() - start) * 1e-9;
        if (!step.isFinite()) {
          throw new FigmentException(
              "Training left the finite numbers at step %d (%s); %s. %s."
                  .formatted(step.step(), foremost(step), lastGood(), remedy()));
        }
        double examplesPerSecond = trainer().examplesOfStep() / seconds;
        boolean last = step.step() == steps;
        observer.trained(step, examplesPerSecond);
        trained(step);
        if (last || step.step() % every.log() == 0) {
          metrics.write(line(step, examplesPerSecond));
        }
        if (last || step.step() % every.sample() == 0) {
          prepare();
          show(step.step());
        }
        if (last || step.step() % every.checkpoint() == 0) {
          save();
        }
      }
    }
    return End.FINISHED;
  }

  private static String foremost(TrainingStep step) {
    return step.numbers().entrySet().stream()
        .limit(2)
        .map(number -> number.getKey() + " " + number.getValue())
        .collect(Collectors.joining(", "));
  }

  private Map<String, Object> line(S step, double examplesPerSecond) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", step.step());
    line.put("epoch", step.epoch());
    line.putAll(step.numbers());
    line.put(speed(), Math.round(examplesPerSecond * 10) / 10.0);
    return line;
  }

  final void warn(long step, String warning) {
    note("Warning: at step %d %s".formatted(step, warning));
    try (JsonLines warnings = JsonLines.append(folder.warnings())) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("step", step);
      line.put("warning", warning);
      warnings.write(line);
    }
  }

  private void save() {
    prepare();
    if (!trainer().isFinite()) {
      throw new FigmentException(
          "A parameter or moment is no longer finite at step %d; %s. %s."
              .formatted(trainer().steps(), lastGood(), remedy()));
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", format());
    metadata.put("step", "" + trainer().steps());
    metadata.put("epoch", "" + trainer().dataCursor()[0]);
    metadata.put("position", "" + trainer().dataCursor()[1]);
    metadata.put("data", Long.toHexString(fingerprint));
    metadata.put("plan", device.plan());
    describe(metadata);
    Checkpoint.write(folder.checkpoint(), trainer().state(), metadata);
  }

  private String lastGood() {
    return folder.checkpoint().toFile().exists()
        ? "the last checkpoint, " + folder.checkpoint() + ", is kept"
        : "there was no checkpoint yet";
  }

  @Override
  public final void close() {
    resources.close();
  }
}

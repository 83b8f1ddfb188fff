package dev.figment.train;

import dev.figment.data.ImageDataset;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.io.ImageGrid;
import dev.figment.io.IoFailure;
import dev.figment.io.JsonLines;
import dev.figment.io.SafetensorsReader;
import dev.figment.model.GanArchitecture;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * A GAN's training from its first or its last saved step to its end, leaving metrics, sample grids
 * and checkpoints in a {@link RunFolder}. A resumed run on the same plan continues bit-exactly.
 */
public final class GanRun implements AutoCloseable {
  /** Images of a sample grid. */
  public static final int SAMPLES = 64;

  private static final String FORMAT = "figment-gan-1";

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
     * @param imagesPerSecond real images that the step trained on, a second of it
     */
    void trained(GanStep step, double imagesPerSecond);

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

  private final Device device;
  private final ImageDataset data;
  private final RunFolder folder;
  private final Every every;
  private final Observer observer;
  private final GanTrainer trainer;
  private final Sampler sampler;
  private final Resources resources = new Resources();
  private final long fingerprint;
  private final GanWatch watch;

  /** Builds the trainer; nothing is written yet. */
  public GanRun(
      Device device,
      GanConfig config,
      ImageDataset data,
      RunFolder folder,
      Every every,
      Observer observer) {
    this.device = device;
    this.data = data;
    this.folder = folder;
    this.every = every;
    this.observer = observer;
    fingerprint = data.fingerprint();
    watch = new GanWatch(spread(data));
    try {
      trainer = resources.own(new GanTrainer(device, config, data));
      sampler = resources.own(new Sampler(device, trainer.sampledGenerator(), SAMPLES));
    } catch (ArithmeticException e) {
      resources.close();
      throw new FigmentException(
          "A batch of %d at width %d needs a tensor of more than 2^31 numbers; give a smaller --batch or --width."
              .formatted(config.batch(), config.architecture().baseWidth()),
          e);
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  /** The spread of some of the data, in the numbers that generated images have. */
  private static double spread(ImageDataset data) {
    int count = Math.min(SAMPLES, data.size());
    int[] indices =
        IntStream.range(0, count).map(i -> (int) ((long) i * data.size() / count)).toArray();
    byte[] pixels = new byte[Math.multiplyExact(count, data.imageBytes())];
    data.gather(indices, pixels);
    float[] images = new float[pixels.length];
    for (int i = 0; i < images.length; i++) {
      images[i] = Byte.toUnsignedInt(pixels[i]) / 127.5f - 1;
    }
    return GanWatch.spread(images, count);
  }

  public GanTrainer trainer() {
    return trainer;
  }

  /** Restores the folder's checkpoint and cuts the metrics back to its step. */
  public void resume() {
    try (SafetensorsReader reader = SafetensorsReader.open(folder.checkpoint())) {
      Map<String, String> metadata = reader.metadata();
      require(metadata, "format", FORMAT, "was written by another version");
      require(metadata, "data", Long.toHexString(fingerprint), "was trained on other data");
      require(metadata, "batch", "" + trainer.config().batch(), "was trained with another batch");
      require(metadata, "seed", "" + trainer.config().seed(), "was trained with another seed");
      if (metadata.containsKey("optimizer") || trainer.config().optimizer() != GanOptimizer.ADAM) {
        require( // checkpoints that do not name it are of Adam
            metadata,
            "optimizer",
            trainer.config().optimizer().toString(),
            "was trained with another optimizer");
      }
      if (metadata.containsKey("training")) { // else it is older than the options that it names
        require(
            metadata, "training", trainer.config().training(), "was trained with other options");
      }
      if (!device.plan().equals(metadata.get("plan"))) {
        observer.note(
            "The run was computed on %s and goes on on \"%s\": close, but not bit for bit."
                .formatted(said(metadata, "plan"), device.plan()));
      }
      Checkpoint.read(reader, trainer.state());
      trainer.restore(
          number(metadata, "step", Long.MAX_VALUE),
          (int) number(metadata, "epoch", Integer.MAX_VALUE),
          (int) number(metadata, "position", Integer.MAX_VALUE));
    }
    JsonLines.cutBackTo(folder.metrics(), trainer.steps());
    JsonLines.cutBackTo(folder.warnings(), trainer.steps());
  }

  private void require(Map<String, String> metadata, String key, String expected, String fault) {
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
  public End train(long steps, BooleanSupplier stop) {
    try (JsonLines metrics = JsonLines.append(folder.metrics())) {
      while (trainer.steps() < steps) {
        if (stop.getAsBoolean()) {
          save();
          return End.STOPPED;
        }
        long start = System.nanoTime();
        GanStep step = trainer.step();
        double seconds = (System.nanoTime() - start) * 1e-9;
        if (!step.isFinite()) {
          throw new FigmentException(
              "Training left the finite numbers at step %d (d_loss %s, g_loss %s); %s. Try smaller --lr and --lr-d."
                  .formatted(
                      step.step(), step.discriminatorLoss(), step.generatorLoss(), lastGood()));
        }
        double imagesPerSecond = trainer.imagesOfStep() / seconds;
        boolean last = step.step() == steps;
        observer.trained(step, imagesPerSecond);
        if (trainer.config().loss().hasTargets()) { // the others' losses say nothing of winning
          watch
              .trained(step, trainer::generatorGradientNorm)
              .ifPresent(warning -> warn(step.step(), warning));
        }
        if (last || step.step() % every.log() == 0) {
          metrics.write(line(step, imagesPerSecond));
        }
        if (last || step.step() % every.sample() == 0) {
          writeSamples(step.step());
        }
        if (last || step.step() % every.checkpoint() == 0) {
          save();
        }
      }
    }
    return End.FINISHED;
  }

  private static Map<String, Object> line(GanStep step, double imagesPerSecond) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", step.step());
    line.put("epoch", step.epoch());
    line.put("d_loss", step.discriminatorLoss());
    line.put("g_loss", step.generatorLoss());
    line.put("d_real", step.real());
    line.put("d_fake", step.fake());
    line.put("images_per_second", Math.round(imagesPerSecond * 10) / 10.0);
    return line;
  }

  private void warn(long step, String warning) {
    observer.note("Warning: at step %d %s".formatted(step, warning));
    try (JsonLines warnings = JsonLines.append(folder.warnings())) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("step", step);
      line.put("warning", warning);
      warnings.write(line);
    }
  }

  private void writeSamples(long step) {
    GanArchitecture shape = trainer.config().architecture();
    trainer.prepareSampling();
    SampleGrid grid = SampleGrid.ofRun(shape.classes());
    float[] images = grid.images(sampler, trainer.config().seed(), Double.POSITIVE_INFINITY);
    for (Path picture : List.of(folder.samples(step), folder.samples())) {
      ImageGrid.write(
          picture,
          images,
          grid.count(),
          grid.columns(),
          shape.height(),
          shape.width(),
          shape.channels());
    }
    watch
        .sampled(step, GanWatch.spread(images, grid.count()))
        .ifPresent(warning -> warn(step, warning));
  }

  private void save() {
    trainer.prepareSampling();
    if (!trainer.isFinite()) {
      throw new FigmentException(
          "A parameter or moment is no longer finite at step %d; %s. Try smaller --lr and --lr-d."
              .formatted(trainer.steps(), lastGood()));
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", FORMAT);
    metadata.put("step", "" + trainer.steps());
    metadata.put("epoch", "" + trainer.dataCursor()[0]);
    metadata.put("position", "" + trainer.dataCursor()[1]);
    metadata.put("seed", "" + trainer.config().seed());
    metadata.put("batch", "" + trainer.config().batch());
    metadata.put("optimizer", trainer.config().optimizer().toString());
    metadata.put("training", trainer.config().training());
    metadata.put("ema", "" + trainer.config().averages());
    metadata.put("data", Long.toHexString(fingerprint));
    metadata.put("plan", device.plan());
    GanArchitecture shape = trainer.config().architecture();
    metadata.put("image", Shape.of(shape.height(), shape.width(), shape.channels()).toString());
    metadata.put("latent", "" + shape.latent());
    metadata.put("width", "" + shape.baseWidth());
    metadata.put("net", shape.net().toString());
    if (shape.conditional()) {
      ClassNames.put(metadata, shape.classes(), data.classNames());
    }
    Checkpoint.write(folder.checkpoint(), trainer.state(), metadata);
  }

  private String lastGood() {
    return folder.checkpoint().toFile().exists()
        ? "the last checkpoint, " + folder.checkpoint() + ", is kept"
        : "there was no checkpoint yet";
  }

  @Override
  public void close() {
    resources.close();
  }
}

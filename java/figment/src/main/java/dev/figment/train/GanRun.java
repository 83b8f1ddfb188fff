package dev.figment.train;

import dev.figment.data.ImageDataset;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Shape;
import dev.figment.io.ImageGrid;
import dev.figment.model.GanArchitecture;
import dev.figment.optim.OptimizerKind;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A GAN's training as a run. */
public final class GanRun extends TrainingRun<GanStep> {
  /** Images of a sample grid. */
  public static final int SAMPLES = 64;

  private static final String FORMAT = "figment-gan-1";

  private final List<String> classNames;
  private final GanTrainer trainer;
  private final Sampler sampler;
  private final GanWatch watch;

  /** Builds the trainer; nothing is written yet. */
  public GanRun(
      Device device,
      GanConfig config,
      ImageDataset data,
      RunFolder folder,
      Every every,
      Observer observer) {
    super(device, folder, every, observer, data.fingerprint());
    classNames = data.classNames();
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

  @Override
  public GanTrainer trainer() {
    return trainer;
  }

  @Override
  String format() {
    return FORMAT;
  }

  @Override
  void check(Map<String, String> metadata) {
    require(metadata, "batch", "" + trainer.config().batch(), "was trained with another batch");
    require(metadata, "seed", "" + trainer.config().seed(), "was trained with another seed");
    if (metadata.containsKey("optimizer")
        || trainer.config().update().optimizer() != OptimizerKind.ADAM) {
      require( // checkpoints that do not name it are of Adam
          metadata,
          "optimizer",
          trainer.config().update().optimizer().toString(),
          "was trained with another optimizer");
    }
    if (metadata.containsKey("training")) { // else it is older than the options that it names
      require(metadata, "training", trainer.config().training(), "was trained with other options");
    }
  }

  @Override
  void describe(Map<String, String> metadata) {
    metadata.put("seed", "" + trainer.config().seed());
    metadata.put("batch", "" + trainer.config().batch());
    metadata.put("optimizer", trainer.config().update().optimizer().toString());
    metadata.put("training", trainer.config().training());
    metadata.put("ema", "" + trainer.config().averages());
    GanArchitecture shape = trainer.config().architecture();
    metadata.put("image", Shape.of(shape.height(), shape.width(), shape.channels()).toString());
    metadata.put("latent", "" + shape.latent());
    metadata.put("width", "" + shape.baseWidth());
    metadata.put("net", shape.net().toString());
    if (shape.conditional()) {
      ClassNames.put(metadata, shape.classes(), classNames);
    }
  }

  @Override
  void trained(GanStep step) {
    if (trainer.config().loss().hasTargets()) { // the others' losses say nothing of winning
      watch
          .trained(step, trainer::generatorGradientNorm)
          .ifPresent(warning -> warn(step.step(), warning));
    }
  }

  @Override
  void prepare() {
    trainer.prepareSampling();
  }

  @Override
  void show(long step) {
    GanArchitecture shape = trainer.config().architecture();
    SampleGrid grid = SampleGrid.ofRun(shape.classes());
    float[] images = grid.images(sampler, trainer.config().seed(), Double.POSITIVE_INFINITY);
    for (Path picture : List.of(folder().samples(step), folder().samples())) {
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

  @Override
  String remedy() {
    return "Try smaller --lr and --lr-d";
  }
}

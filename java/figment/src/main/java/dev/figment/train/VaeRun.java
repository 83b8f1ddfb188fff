package dev.figment.train;

import dev.figment.data.ImageDataset;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.io.ImageGrid;
import dev.figment.io.JsonLines;
import dev.figment.model.VaeArchitecture;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A VAE's training as a run, evaluated on images that it is not trained on. */
public final class VaeRun extends TrainingRun<VaeStep> {
  /** Images of a sample grid. */
  public static final int SAMPLES = 64;

  /** Held-out images of a grid of reconstructions, at most. */
  public static final int RECONSTRUCTIONS = 32;

  /** Images a row of such a grid: each beside its reconstruction. */
  public static final int COLUMNS = 8;

  private final ImageDataset heldOut;
  private final List<String> classNames;
  private final VaeTrainer trainer;
  private final Sampler sampler;
  private final VaeEvaluator evaluator;
  private final VaeWatch watch = new VaeWatch("--beta-warmup, --free-bits 0.1");

  /**
   * Builds the trainer; nothing is written yet.
   *
   * @param data to train on
   * @param heldOut to evaluate on
   */
  public VaeRun(
      Device device,
      VaeConfig config,
      ImageDataset data,
      ImageDataset heldOut,
      RunFolder folder,
      Every every,
      Observer observer) {
    super(device, folder, every, observer, data.fingerprint());
    classNames = data.classNames();
    this.heldOut = heldOut;
    VaeArchitecture architecture = config.architecture();
    try {
      trainer = resources.own(new VaeTrainer(device, config, data));
      sampler =
          resources.own(
              new Sampler(device, trainer.vae().decoder(), SAMPLES, architecture::images));
      evaluator =
          resources.own(new VaeEvaluator(device, trainer.vae(), config.binarize(), config.seed()));
    } catch (ArithmeticException e) {
      resources.close();
      throw new FigmentException(
          "A batch of %d at width %d needs a tensor of more than 2^31 numbers; give a smaller --batch or --width."
              .formatted(config.batch(), architecture.baseWidth()),
          e);
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  @Override
  public VaeTrainer trainer() {
    return trainer;
  }

  @Override
  String format() {
    return SavedVae.FORMAT;
  }

  @Override
  void describe(Map<String, String> metadata) {
    SavedVae.describe(trainer.config(), metadata);
    VaeArchitecture architecture = trainer.config().architecture();
    if (architecture.conditional()) {
      ClassNames.put(metadata, architecture.classes(), classNames);
    }
  }

  @Override
  void check(Map<String, String> metadata) {
    require(metadata, "batch", "" + trainer.config().batch(), "was trained with another batch");
    require(metadata, "seed", "" + trainer.config().seed(), "was trained with another seed");
    require(
        metadata,
        "optimizer",
        trainer.config().update().optimizer().toString(),
        "was trained with another optimizer");
    require(
        metadata,
        "likelihood",
        SavedVae.likelihood(trainer.config().architecture().likelihood()),
        "was trained with another likelihood");
    require(
        metadata,
        "binarize",
        "" + trainer.config().binarize(),
        "was trained on images binarized otherwise");
    require(metadata, "training", trainer.config().training(), "was trained with other options");
  }

  @Override
  void show(long step) {
    VaeArchitecture architecture = trainer.config().architecture();
    SampleGrid grid = SampleGrid.ofRun(architecture.classes());
    float[] images = grid.images(sampler, trainer.config().seed(), Double.POSITIVE_INFINITY);
    for (Path file : new Path[] {folder().samples(step), folder().samples()}) {
      write(file, images, grid.columns());
    }
    int pairs = Math.min(RECONSTRUCTIONS, heldOut.size());
    float[] reconstructions = evaluator.reconstructions(heldOut, pairs);
    write(folder().reconstructions(step), reconstructions, COLUMNS);
    write(folder().reconstructions(), reconstructions, COLUMNS);
    VaeEvaluation evaluation = evaluator.evaluate(heldOut, heldOut.size());
    Map<String, Object> line = evaluation.line(step);
    String weighted = "";
    int samples = trainer.config().samples();
    if (samples > 1) {
      double bound = evaluator.logLikelihood(heldOut, heldOut.size(), samples, done -> {});
      line.put("importance_weighted_loss", -bound);
      weighted = ", importance-weighted %.2f".formatted(-bound);
    }
    try (JsonLines lines = JsonLines.append(folder().evaluations())) {
      lines.write(line);
    }
    note(
        "Held out, step %d: loss %.2f (reconstruction %.2f, KL %.2f)%s, %d of %d dimensions active"
            .formatted(
                step,
                evaluation.loss(),
                evaluation.reconstruction(),
                evaluation.totalKl(),
                weighted,
                evaluation.activeUnits(),
                architecture.latent()));
    watch
        .evaluated(step, evaluation, trainer.config().kl().beta())
        .ifPresent(warning -> warn(step, warning));
  }

  /**
   * The posterior means of the first held-out images.
   *
   * @param images at most those there are
   * @return images x latent
   */
  public float[] heldOutMeans(int images) {
    return evaluator.means(heldOut, images);
  }

  private void write(Path file, float[] images, int columns) {
    VaeArchitecture shape = trainer.config().architecture();
    int count = images.length / shape.pixels();
    ImageGrid.write(file, images, count, columns, shape.height(), shape.width(), shape.channels());
  }
}

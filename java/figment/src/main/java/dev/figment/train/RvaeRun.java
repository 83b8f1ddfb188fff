package dev.figment.train;

import dev.figment.data.SequenceDataset;
import dev.figment.data.SequenceFiles;
import dev.figment.data.SeriesDataset;
import dev.figment.data.SeriesWindow;
import dev.figment.data.TextDataset;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.io.JsonLines;
import dev.figment.model.RvaeArchitecture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A recurrent VAE's training as a run, evaluated on sequences that it is not trained on. */
public final class RvaeRun extends TrainingRun<RvaeStep> {
  /** Sequences of a picture or a file of texts. */
  public static final int SAMPLES = 10;

  /** Held-out sequences that an evaluation looks at, at most. */
  public static final int HELD_OUT = 1000;

  /** Draws series; the library itself draws none. */
  public interface Charts {
    /** Real windows beside generated ones. */
    void sideBySide(
        Path picture, List<String> features, List<SeriesWindow> real, List<SeriesWindow> generated);

    /** Reconstructions over their originals. */
    void reconstructions(
        Path picture, List<String> features, List<SeriesWindow> originals, List<SeriesWindow> made);
  }

  private final SequenceDataset heldOut;
  private final Charts charts;
  private final RvaeData form;
  private final RvaeTrainer trainer;
  private final RvaeSampler sampler;
  private final RvaeEvaluator evaluator;
  private final VaeWatch watch;

  /**
   * Builds the trainer; nothing is written yet.
   *
   * @param data to train on
   * @param heldOut to evaluate on
   */
  public RvaeRun(
      Device device,
      RvaeConfig config,
      SequenceDataset data,
      SequenceDataset heldOut,
      Charts charts,
      RunFolder folder,
      Every every,
      Observer observer) {
    super(device, folder, every, observer, data.fingerprint());
    this.heldOut = heldOut;
    this.charts = charts;
    form = RvaeData.of(data);
    watch =
        new VaeWatch(
            config.architecture().isText()
                ? "--free-bits 0.5"
                : "more --input-dropout, --free-bits 0.1");
    try {
      trainer = resources.own(new RvaeTrainer(device, config, data));
      sampler =
          resources.own(
              new RvaeSampler(device, trainer.rvae(), form, config.freeRunning(), SAMPLES));
      evaluator =
          resources.own(
              new RvaeEvaluator(device, trainer.rvae(), config.freeRunning(), config.seed()));
    } catch (ArithmeticException e) {
      resources.close();
      throw new FigmentException(
          "A batch of %d windows of %d steps needs a tensor of more than 2^31 numbers; give a smaller --batch or --window."
              .formatted(config.batch(), config.architecture().steps()),
          e);
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  @Override
  public RvaeTrainer trainer() {
    return trainer;
  }

  @Override
  String format() {
    return SavedRvae.FORMAT;
  }

  @Override
  String speed() {
    return "sequences_per_second";
  }

  @Override
  String remedy() {
    return "Try a smaller --lr, or --clip-grad 1";
  }

  @Override
  void describe(Map<String, String> metadata) {
    SavedRvae.describe(trainer.config(), form, metadata);
  }

  @Override
  void check(Map<String, String> metadata) {
    RvaeConfig config = trainer.config();
    require(metadata, "batch", "" + config.batch(), "was trained with another batch");
    require(metadata, "seed", "" + config.seed(), "was trained with another seed");
    require(
        metadata,
        "optimizer",
        config.update().optimizer().toString(),
        "was trained with another optimizer");
    require(metadata, "training", config.training(), "was trained with other options");
  }

  @Override
  void show(long step) {
    int[] shown = RvaeEvaluator.spread(heldOut, SAMPLES);
    float[] means = evaluator.means(heldOut, shown);
    long seed = trainer.config().seed();
    MadeSequences made = sampler.sample(seed, SAMPLES, RvaeSampler.usualTemperature(form));
    MadeSequences again = sampler.reconstruct(means, RvaeEvaluator.lengths(heldOut, shown));
    if (heldOut instanceof SeriesDataset series) {
      drawSeries(step, series, shown, made, again);
    } else {
      writeTexts(step, (TextDataset) heldOut, shown, made, again);
    }
    evaluate(step);
  }

  private void drawSeries(
      long step, SeriesDataset real, int[] shown, MadeSequences made, MadeSequences again) {
    List<String> features = real.scaling().columns().stream().map(c -> c.name()).toList();
    List<SeriesWindow> originals = Arrays.stream(shown).mapToObj(real::window).toList();
    for (Path file : new Path[] {folder().samples(step), folder().samples()}) {
      charts.sideBySide(file, features, originals, made.series());
    }
    for (Path file : new Path[] {folder().reconstructions(step), folder().reconstructions()}) {
      charts.reconstructions(file, features, originals, again.series());
    }
  }

  private void writeTexts(
      long step, TextDataset real, int[] shown, MadeSequences made, MadeSequences again) {
    for (Path file : new Path[] {folder().texts(step), folder().texts()}) {
      SequenceFiles.writeText(file, made.texts());
    }
    List<String> pairs = new ArrayList<>();
    for (int i = 0; i < shown.length; i++) {
      pairs.add(real.text(shown[i]));
      pairs.add(again.texts().get(i));
    }
    SequenceFiles.writeText(folder().reconstructedTexts(), pairs);
  }

  private void evaluate(long step) {
    RvaeEvaluation evaluation =
        evaluator.evaluate(heldOut, RvaeEvaluator.spread(heldOut, HELD_OUT), 1);
    try (JsonLines lines = JsonLines.append(folder().evaluations())) {
      lines.write(evaluation.line(step));
    }
    RvaeArchitecture architecture = trainer.config().architecture();
    VaeEvaluation bound = evaluation.bound();
    note(
        "Held out, step %d: loss %.2f, %.3f a step (reconstruction %.2f, KL %.2f), %d of %d dimensions active"
            .formatted(
                step,
                bound.loss(),
                bound.loss() / evaluation.length(),
                bound.reconstruction(),
                bound.totalKl(),
                bound.activeUnits(),
                architecture.latent()));
    watch
        .evaluated(step, bound, trainer.config().kl().beta())
        .ifPresent(warning -> warn(step, warning));
  }
}

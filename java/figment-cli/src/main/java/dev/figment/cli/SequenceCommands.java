package dev.figment.cli;

import dev.figment.data.Scaling;
import dev.figment.data.SequenceDataset;
import dev.figment.data.SequenceFiles;
import dev.figment.data.SeriesDataset;
import dev.figment.data.SeriesWindow;
import dev.figment.data.Split;
import dev.figment.data.TextDataset;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import dev.figment.eval.Autocorrelation;
import dev.figment.eval.Bootstrap;
import dev.figment.eval.DiscriminativeScore;
import dev.figment.eval.MaximumMeanDiscrepancy;
import dev.figment.eval.PredictiveScore;
import dev.figment.eval.RbfKernel;
import dev.figment.eval.Words;
import dev.figment.io.AtomicFile;
import dev.figment.train.MadeSequences;
import dev.figment.train.RunFolder;
import dev.figment.train.RvaeEvaluation;
import dev.figment.train.RvaeEvaluator;
import dev.figment.train.RvaeRun;
import dev.figment.train.RvaeSampler;
import dev.figment.train.SavedRvae;
import dev.figment.train.VaeEvaluation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** What the commands that show a run do for one of a recurrent VAE. */
final class SequenceCommands {
  /** The model, as its runs name it. */
  static final String MODEL = "rvae";

  private static final int SAMPLES = 64;
  private static final int BATCH = 64;
  private static final int MEASURED = 500; // windows, at most
  private static final int RESAMPLES = 500;
  private static final int LAGS = 10;

  private final CommandLine command;
  private final RunFolder folder;
  private final String device;
  private final int threads;

  /**
   * @param command that was given
   * @param folder of the run
   * @param device where to compute
   */
  SequenceCommands(CommandLine command, RunFolder folder, String device, int threads) {
    this.command = command;
    this.folder = folder;
    this.device = device;
    this.threads = threads;
  }

  private void with(Consumer<SavedRvae> what) {
    try (Device opened = Devices.open(device, threads).device();
        SavedRvae model = new SavedRvae(opened, folder)) {
      what.accept(model);
    }
  }

  private void say(String format, Object... values) {
    command.getOut().println(String.format(Locale.ROOT, format, values));
  }

  /** Draws new sequences from the prior. */
  void sample(RunOptions options, Integer asked, Double temperature) {
    if (temperature != null && !(temperature >= 0 && temperature < Double.POSITIVE_INFINITY)) {
      throw new ParameterException(
          command, "--temperature %s was asked for; give 0 or more.".formatted(temperature));
    }
    int count = asked == null ? SAMPLES : asked;
    with(
        model -> {
          Output out = new Output(options.file(), model);
          try (RvaeSampler sampler = model.sampler(Math.min(BATCH, count))) {
            long seed = options.seedOfSequences(model.seed());
            double freely =
                temperature == null ? RvaeSampler.usualTemperature(model.data()) : temperature;
            out.write(sampler.sample(seed, count, freely), 1);
          }
          say("%d sequences of step %d of %s: %s", count, model.step(), folder.path(), out.files());
        });
  }

  /** Walks between latents drawn from the prior, each step of a walk its mean. */
  void interpolate(RunOptions options, int pairs, int steps) {
    with(
        model -> {
          Output out = new Output(options.file(), model);
          try (RvaeSampler sampler = model.sampler(Math.min(BATCH, pairs * steps))) {
            long seed = options.seedOfSequences(model.seed());
            float[] latents = Interpolate.paths(sampler.latents(seed, 2 * pairs), pairs, steps);
            int[] lengths = new int[pairs * steps];
            Arrays.fill(lengths, model.data().steps());
            out.write(sampler.generate(latents, lengths, 0, seed), steps);
          }
          say("%d walks of %d sequences of %s: %s", pairs, steps, folder.path(), out.files());
        });
  }

  /** Draws windows and what the model makes of their latents' means. */
  void reconstruct(VaeRunOptions options, Integer asked, Path file) {
    with(
        model -> {
          SequenceDataset data = options.sequences(command, folder, model.data());
          int[] windows = windows(data, asked, RvaeRun.SAMPLES);
          boolean text = data instanceof TextDataset;
          Path out = VaeRunOptions.named(file, text ? ".txt" : ".png", text ? "texts" : "pictures");
          try (RvaeEvaluator evaluator = model.evaluator();
              RvaeSampler sampler = model.sampler(Math.min(BATCH, windows.length))) {
            MadeSequences made =
                sampler.reconstruct(
                    evaluator.means(data, windows), RvaeEvaluator.lengths(data, windows));
            if (data instanceof SeriesDataset series) {
              List<SeriesWindow> originals =
                  Arrays.stream(windows).mapToObj(series::window).toList();
              SeriesChart.reconstructions(out, names(series.scaling()), originals, made.series());
            } else {
              List<String> pairs = new ArrayList<>();
              for (int i = 0; i < windows.length; i++) {
                pairs.add(((TextDataset) data).text(windows[i]));
                pairs.add(made.texts().get(i));
              }
              SequenceFiles.writeText(out, pairs);
            }
          }
          say("%d windows of %s and their reconstructions: %s", windows.length, data.name(), out);
        });
  }

  /** Tells how well the model explains windows. */
  void evaluate(VaeRunOptions options, Integer asked) {
    with(
        model -> {
          Split<?> own =
              options.areOwn() ? options.ownSequences(command, folder, model.data()) : null;
          SequenceDataset data =
              own == null ? options.sequences(command, folder, model.data()) : options.part(own);
          int[] windows = windows(data, asked, data.size());
          Measures measures = new Measures(command);
          int count = Math.min(windows.length, MEASURED);
          try (RvaeEvaluator evaluator = model.evaluator()) {
            RvaeEvaluation evaluation = evaluator.evaluate(data, windows, 1);
            VaeEvaluation bound = evaluation.bound();
            double ofStep = -bound.loss() / evaluation.length();
            measures.say(
                "%d windows of %s, step %d, nats a window:",
                windows.length, data.name(), model.step());
            measures.line("evidence lower bound", -bound.loss());
            measures.line("the same a step", ofStep);
            if (data instanceof TextDataset) {
              measures.line("the same in bits a character", ofStep / Math.log(2));
            }
            measures.line("reconstruction", bound.reconstruction());
            measures.line("KL", bound.totalKl());
            measures.active(bound.activeUnits(), bound.kl().length);
            if (data instanceof SeriesDataset series) {
              measure(measures, model, series, count);
            } else if (own != null) {
              TextDataset training = (TextDataset) own.train();
              measure(measures, model, evaluator, (TextDataset) data, training, count);
            }
          }
          if (options.areHeldOut()) {
            measures.keep(folder, MODEL);
          }
        });
  }

  /** Tells how many words are words, and whether latents say how a text begins. */
  private static void measure(
      Measures measures,
      SavedRvae model,
      RvaeEvaluator evaluator,
      TextDataset data,
      TextDataset training,
      int count) {
    long seed = model.seed();
    int[] windows = RvaeEvaluator.spread(data, count);
    List<String> real = Arrays.stream(windows).mapToObj(data::text).toList();
    List<String> made;
    List<String> again;
    try (RvaeSampler sampler = model.sampler(Math.min(BATCH, count))) {
      made = sampler.sample(seed, count, RvaeSampler.usualTemperature(model.data())).texts();
      again =
          sampler
              .reconstruct(evaluator.means(data, windows), RvaeEvaluator.lengths(data, windows))
              .texts();
    }
    List<String> others = new ArrayList<>(again);
    Collections.rotate(others, 1);
    Set<String> words = Words.of(training.text());
    measures.say("%d real and %d generated texts, intervals of 95 %%:", count, count);
    measures.line("words that the training part has", Words.known(words, made, RESAMPLES, seed));
    measures.line("the same of real texts", Words.known(words, real, RESAMPLES, seed));
    measures.line("first words reconstructed", Words.sameFirst(real, again, RESAMPLES, seed));
    measures.line("the same of another's latents", Words.sameFirst(real, others, RESAMPLES, seed));
  }

  /** Tells how near generated series come to real ones, with intervals of 95 %. */
  private static void measure(Measures measures, SavedRvae model, SeriesDataset data, int count) {
    int steps = data.steps();
    List<SeriesWindow> real = data.spread(count);
    List<SeriesWindow> made;
    try (RvaeSampler sampler = model.sampler(Math.min(BATCH, count))) {
      made = sampler.sample(model.seed(), count, 0).series();
    }
    SeriesDataset reals = SeriesDataset.of(data.name(), data.scaling(), real, steps);
    SeriesDataset mades = SeriesDataset.of("generated", data.scaling(), made, steps);
    long seed = model.seed();
    measures.say("%d real and %d generated windows, intervals of 95 %%:", count, count);
    float[][] x = reals.vectors(count);
    float[][] y = mades.vectors(count);
    MaximumMeanDiscrepancy discrepancy =
        new MaximumMeanDiscrepancy(x, y, RbfKernel.aroundMedian(x));
    measures.line(
        "squared mean discrepancy",
        Bootstrap.percentile(
            drawn -> discrepancy.squared(drawn[0], drawn[1]), RESAMPLES, 0.95, seed, count, count));
    int lags = Math.min(LAGS, real.stream().mapToInt(SeriesWindow::length).min().orElse(1) - 1);
    if (lags > 0) {
      measures.line(
          "autocorrelation distance, %d lags".formatted(lags),
          Bootstrap.percentile(
              drawn -> Autocorrelation.distance(drawn(real, drawn[0]), drawn(made, drawn[1]), lags),
              RESAMPLES,
              0.95,
              seed,
              count,
              count));
      measures.line(
          "predictive score", PredictiveScore.of(model.device(), mades, reals, RESAMPLES, seed));
      measures.line(
          "the same of the value before", PredictiveScore.ofLastValues(reals, RESAMPLES, seed));
    }
    measures.line(
        "discriminative score",
        DiscriminativeScore.of(model.device(), reals, mades, RESAMPLES, seed));
  }

  private static List<SeriesWindow> drawn(List<SeriesWindow> windows, int[] which) {
    return Arrays.stream(which).mapToObj(windows::get).toList();
  }

  /** Writes how unlikely each window is. */
  void score(VaeRunOptions options, int draws, Path out) {
    with(
        model -> {
          SequenceDataset data = options.sequences(command, folder, model.data());
          int[] windows = windows(data, null, data.size());
          StringBuilder csv = new StringBuilder("window,start,length,score,score_per_step\r\n");
          try (RvaeEvaluator evaluator = model.evaluator()) {
            double[] losses = evaluator.evaluate(data, windows, draws).losses();
            int[] lengths = RvaeEvaluator.lengths(data, windows);
            for (int i = 0; i < losses.length; i++) {
              csv.append(
                  String.format(
                      Locale.ROOT,
                      "%d,%d,%d,%.6f,%.6f\r\n",
                      i + 1,
                      data.start(i) + 1,
                      lengths[i],
                      losses[i],
                      losses[i] / lengths[i]));
            }
            AtomicFile.write(out, csv.toString().getBytes(StandardCharsets.UTF_8));
            int worst =
                IntStream.range(0, losses.length)
                    .reduce((a, b) -> losses[b] > losses[a] ? b : a)
                    .orElseThrow();
            say(
                "%d windows of %s: %s; the least likely is number %d, which begins at %d (%.2f nats)",
                losses.length, data.name(), out, worst + 1, data.start(worst) + 1, losses[worst]);
          }
        });
  }

  /** Windows evenly spread over all. */
  private static int[] windows(SequenceDataset data, Integer asked, int usual) {
    if (asked != null && (asked < 1 || asked > data.size())) {
      throw new FigmentException(
          "-n %d windows were asked for and there are %d of %s; give 1 to %d."
              .formatted(asked, data.size(), data.name(), data.size()));
    }
    return RvaeEvaluator.spread(data, asked == null ? usual : asked);
  }

  private static List<String> names(Scaling scaling) {
    return scaling.columns().stream().map(Scaling.Column::name).toList();
  }

  /** Where sequences go: a .csv file and a picture beside it, or a .txt file. */
  private static final class Output {
    private final Path csv; // null of text
    private final Path picture;
    private final Path text; // null of series
    private final List<String> features;

    Output(Path file, SavedRvae model) {
      String name = file.getFileName().toString();
      String lower = name.toLowerCase(Locale.ROOT);
      boolean ofText = model.data().scaling() == null;
      features = ofText ? List.of() : names(model.data().scaling());
      if (ofText) {
        text = VaeRunOptions.named(file, ".txt", "texts");
        csv = null;
        picture = null;
        return;
      }
      if (!lower.endsWith(".csv") && !lower.endsWith(".png")) {
        throw new FigmentException(
            "--out %s: series are written as .csv, with a .png beside it; give a name that ends in one of them."
                .formatted(file));
      }
      String stem = name.substring(0, name.length() - ".csv".length());
      text = null;
      csv = file.resolveSibling(stem + ".csv");
      picture = file.resolveSibling(stem + ".png");
    }

    void write(MadeSequences made, int columns) {
      if (text != null) {
        SequenceFiles.writeText(text, made.texts());
      } else {
        SequenceFiles.writeCsv(csv, features, made.series());
        SeriesChart.rows(picture, features, made.series(), columns);
      }
    }

    String files() {
      return text != null ? text.toString() : csv + " and " + picture;
    }
  }
}

package dev.figment.cli;

import dev.figment.data.SequenceDataset;
import dev.figment.data.Sequences;
import dev.figment.data.SeriesDataset;
import dev.figment.data.SeriesWindow;
import dev.figment.data.Split;
import dev.figment.data.TextDataset;
import dev.figment.device.Device;
import dev.figment.train.RunFolder;
import dev.figment.train.RvaeRun;
import dev.figment.train.TrainingRun;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code figment train rvae}. */
@Command(
    name = "rvae",
    description = {
      "Trains a recurrent variational autoencoder on time series or text.",
      "",
      "The folder of the run gets metrics.jsonl, evaluations.jsonl, samples-<step> and samples (.png,"
          + " of text .txt), reconstructions, losses.png, report.html, config.yaml, environment.txt"
          + " and checkpoint.safetensors. Ctrl-C saves and stops.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    footer = {
      "",
      "Examples:",
      "  figment train rvae",
      "  figment train rvae --data sines --input-dropout 1",
      "  figment train rvae --data prices.csv --columns open,close --window 48 --out runs/prices",
      "  figment train rvae --data bible --cell lstm --units 256",
      "  figment train rvae --resume runs/prices --epochs 100"
    })
final class TrainRvae extends TrainCommand<RvaeOptions, Split<?>> {
  /** Draws as the other commands do. */
  static final RvaeRun.Charts CHARTS =
      new RvaeRun.Charts() {
        @Override
        public void sideBySide(
            Path picture, List<String> features, List<SeriesWindow> real, List<SeriesWindow> made) {
          SeriesChart.sideBySide(picture, features, real, made);
        }

        @Override
        public void reconstructions(
            Path picture,
            List<String> features,
            List<SeriesWindow> originals,
            List<SeriesWindow> made) {
          SeriesChart.reconstructions(picture, features, originals, made);
        }
      };

  @Mixin private RvaeOptions given;

  @Mixin private Restart restart;

  @Override
  RvaeOptions given() {
    return given;
  }

  @Override
  RvaeOptions blank() {
    return new RvaeOptions();
  }

  @Override
  Restart restart() {
    return restart;
  }

  @Override
  Split<?> load(RvaeOptions options, Consumer<String> notice) {
    return Sequences.open(options.request(), notice);
  }

  @Override
  int size(Split<?> data) {
    return data.train().size();
  }

  @Override
  String examples() {
    return "windows";
  }

  @Override
  String name(Split<?> data) {
    return data.train().name();
  }

  @Override
  String describe(Split<?> data) {
    SequenceDataset train = data.train();
    return "%s, %d windows of up to %d steps of %s, and %d held out"
        .formatted(
            train.name(), train.size(), train.steps(), ofStep(train), data.validation().size());
  }

  private static String ofStep(SequenceDataset data) {
    if (data instanceof SeriesDataset series) {
      int features = series.features();
      return features + (features == 1 ? " number" : " numbers");
    }
    return "one of %d characters".formatted(((TextDataset) data).vocabulary().size());
  }

  @Override
  void check(RvaeOptions options, Split<?> data) {
    options.config(data.train());
  }

  @Override
  TrainingRun<?> start(
      RvaeOptions options,
      Split<?> data,
      Device device,
      RunFolder folder,
      TrainingRun.Observer observer) {
    return new RvaeRun(
        device,
        options.config(data.train()),
        data.train(),
        data.validation(),
        CHARTS,
        folder,
        options.every(),
        observer);
  }
}

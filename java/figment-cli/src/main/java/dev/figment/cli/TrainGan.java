package dev.figment.cli;

import dev.figment.data.DataRequest;
import dev.figment.data.Datasets;
import dev.figment.data.ImageDataset;
import dev.figment.device.Device;
import dev.figment.train.GanConfig;
import dev.figment.train.GanRun;
import dev.figment.train.RunFolder;
import dev.figment.train.TrainingRun;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code figment train gan}. */
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
class TrainGan extends TrainCommand<GanOptions, ImageDataset> {
  @Mixin private GanOptions given;

  @Mixin private Restart restart;

  @Override
  GanOptions given() {
    return given;
  }

  @Override
  GanOptions blank() {
    return new GanOptions();
  }

  @Override
  Restart restart() {
    return restart;
  }

  @Override
  ImageDataset load(GanOptions options, Consumer<String> notice) {
    DataRequest request = options.request();
    return Datasets.open(request, notice);
  }

  @Override
  int size(ImageDataset data) {
    return data.size();
  }

  @Override
  String name(ImageDataset data) {
    return data.name();
  }

  @Override
  String describe(ImageDataset data) {
    return "%s, %d images of %d x %d x %d"
        .formatted(data.name(), data.size(), data.height(), data.width(), data.channels());
  }

  @Override
  void check(GanOptions options, ImageDataset data) {
    config(options, data);
  }

  private static GanConfig config(GanOptions options, ImageDataset data) {
    return options.config(data.height(), data.width(), data.channels(), options.classes(data));
  }

  @Override
  TrainingRun<?> start(
      GanOptions options,
      ImageDataset data,
      Device device,
      RunFolder folder,
      TrainingRun.Observer observer) {
    return new GanRun(device, config(options, data), data, folder, options.every(), observer);
  }

  @Override
  boolean canBeEvaluated() {
    return false;
  }
}

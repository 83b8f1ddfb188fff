package dev.figment.cli;

import dev.figment.data.Datasets;
import dev.figment.data.ImageDataset;
import dev.figment.data.SplitImages;
import dev.figment.device.Device;
import dev.figment.train.RunFolder;
import dev.figment.train.TrainingRun;
import dev.figment.train.VaeConfig;
import dev.figment.train.VaeRun;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code figment train vae}. */
@Command(
    name = "vae",
    description = {
      "Trains a variational autoencoder on images.",
      "",
      "The folder of the run gets metrics.jsonl, evaluations.jsonl, samples-<step>.png, samples.png,"
          + " reconstructions-<step>.png, reconstructions.png, latents.png, training.gif, losses.png,"
          + " report.html, config.yaml, environment.txt and checkpoint.safetensors. Ctrl-C saves"
          + " and stops.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    footer = {
      "",
      "Examples:",
      "  figment train vae",
      "  figment train vae --data mnist --binarize dynamic --epochs 50 --out runs/mnist",
      "  figment train vae --net conv --likelihood gaussian",
      "  figment train vae --resume runs/mnist --epochs 100"
    })
class TrainVae extends TrainCommand<VaeOptions, SplitImages> {
  @Mixin private VaeOptions given;

  @Mixin private Restart restart;

  @Override
  VaeOptions given() {
    return given;
  }

  @Override
  VaeOptions blank() {
    return new VaeOptions();
  }

  @Override
  Restart restart() {
    return restart;
  }

  @Override
  SplitImages load(VaeOptions options, Consumer<String> notice) {
    return Datasets.split(options.request(), notice);
  }

  @Override
  int size(SplitImages data) {
    return data.training().size();
  }

  @Override
  String name(SplitImages data) {
    return data.training().name();
  }

  @Override
  String describe(SplitImages data) {
    ImageDataset images = data.training();
    return "%s, %d images of %d x %d x %d, and %d held out"
        .formatted(
            images.name(),
            images.size(),
            images.height(),
            images.width(),
            images.channels(),
            data.heldOut().size());
  }

  @Override
  void check(VaeOptions options, SplitImages data) {
    config(options, data.training());
  }

  private static VaeConfig config(VaeOptions options, ImageDataset data) {
    return options.config(data.height(), data.width(), data.channels(), options.classes(data));
  }

  @Override
  void picture(TrainingRun<?> run, SplitImages data, RunFolder folder) {
    int count = Math.min(LatentMap.MOST_POINTS, data.heldOut().size());
    LatentMap.draw(folder.latents(), ((VaeRun) run).heldOutMeans(count), count, data.heldOut());
  }

  @Override
  TrainingRun<?> start(
      VaeOptions options,
      SplitImages data,
      Device device,
      RunFolder folder,
      TrainingRun.Observer observer) {
    return new VaeRun(
        device,
        config(options, data.training()),
        data.training(),
        data.heldOut(),
        folder,
        options.every(),
        observer);
  }
}

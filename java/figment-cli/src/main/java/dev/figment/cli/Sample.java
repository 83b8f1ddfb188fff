package dev.figment.cli;

import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.Shape;
import dev.figment.io.ImageGrid;
import dev.figment.train.GanRun;
import dev.figment.train.RunFolder;
import dev.figment.train.Sampler;
import dev.figment.train.SavedModel;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code figment sample}. */
@Command(
    name = "sample",
    description = "Makes a grid of new images with a trained generator or decoder.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    footer = {"", "Example:", "  figment sample --run runs/long -n 100 --out grid.png"})
final class Sample implements Runnable {
  private static final int MOST_IMAGES = 10_000;

  @Spec private CommandSpec spec;

  @Mixin private RunOptions options;

  @Option(
      names = "-n",
      paramLabel = "N",
      defaultValue = "64",
      description = "How many images (default: ${DEFAULT-VALUE}).")
  private int count;

  @Override
  public void run() {
    if (count < 1 || count > MOST_IMAGES) {
      throw new ParameterException(
          spec.commandLine(), "-n %d was asked for; give 1 to %d.".formatted(count, MOST_IMAGES));
    }
    Path picture = options.picture();
    int threads = new OptionLimits(spec.commandLine()).threads(options.threads);
    RunFolder folder = RunFolder.existing(options.run);
    try (Device device = Devices.open(options.device, threads).device();
        SavedModel model = SavedModel.open(device, folder);
        Sampler sampler = model.sampler(GanRun.SAMPLES)) {
      Shape image = model.image();
      options.checkSize(count, image);
      float[] images =
          sampler.generate(sampler.latents(options.seed(model), count, options.truncation()));
      ImageGrid.write(picture, images, count, image.size(0), image.size(1), image.size(2));
      spec.commandLine()
          .getOut()
          .printf("%d images of step %d of %s: %s%n", count, model.step(), options.run, picture);
    }
  }
}

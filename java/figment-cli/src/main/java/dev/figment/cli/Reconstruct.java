package dev.figment.cli;

import dev.figment.data.ImageDataset;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.Shape;
import dev.figment.io.ImageGrid;
import dev.figment.train.RunFolder;
import dev.figment.train.SavedVae;
import dev.figment.train.VaeEvaluator;
import dev.figment.train.VaeRun;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code figment reconstruct}. */
@Command(
    name = "reconstruct",
    description = {
      "Draws images, each with a VAE's reconstruction to its right; or series with those of a"
          + " recurrent VAE over them, and texts with theirs below."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    footer = {"", "Example:", "  figment reconstruct --run runs/mnist -n 40 --out pairs.png"})
final class Reconstruct implements Runnable {
  private static final int MOST_IMAGES = 5_000;

  @Spec private CommandSpec spec;

  @Mixin private VaeRunOptions options;

  @Option(names = "-n", paramLabel = "N", description = "How many images (default: 32).")
  private Integer count;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The PNG file to write; .txt of a recurrent VAE of text.")
  private Path out;

  @Override
  public void run() {
    if (count != null && count > MOST_IMAGES) {
      throw new ParameterException(
          spec.commandLine(), "-n %d was asked for; give 1 to %d.".formatted(count, MOST_IMAGES));
    }
    int threads = new OptionLimits(spec.commandLine()).threads(options.on.threads);
    RunFolder folder = RunFolder.existing(options.run);
    if (folder.model().equals(SequenceCommands.MODEL)) {
      new SequenceCommands(spec.commandLine(), folder, options.on.device, threads)
          .reconstruct(options, count, out);
      return;
    }
    Path picture = VaeRunOptions.named(out, ".png", "pictures");
    try (Device device = Devices.open(options.on.device, threads).device();
        SavedVae vae = new SavedVae(device, folder);
        VaeEvaluator evaluator = vae.evaluator()) {
      Shape image = vae.image();
      ImageDataset images = options.images(spec.commandLine(), folder, image);
      int number = VaeRunOptions.count(images, count, VaeRun.RECONSTRUCTIONS);
      ImageGrid.write(
          picture,
          evaluator.reconstructions(images, number),
          2 * number,
          VaeRun.COLUMNS,
          image.size(0),
          image.size(1),
          image.size(2));
      spec.commandLine()
          .getOut()
          .printf("%d images of %s and their reconstructions: %s%n", number, images.name(), out);
    }
  }
}

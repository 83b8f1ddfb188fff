package dev.figment.cli;

import dev.figment.data.ImageDataset;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import dev.figment.train.RunFolder;
import dev.figment.train.SavedVae;
import dev.figment.train.VaeEvaluator;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code figment map}. */
@Command(
    name = "map",
    description = {
      "Draws where images lie in a VAE's latent space, a point each in its label's colour: by"
          + " principal components and by t-SNE."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    footer = {"", "Example:", "  figment map --run runs/mnist -n 2000 --out latents.png"})
final class DrawMap implements Runnable {
  private static final int MOST_IMAGES = 10_000;

  @Spec private CommandSpec spec;

  @Mixin private VaeRunOptions options;

  @Option(
      names = "-n",
      paramLabel = "N",
      description = {
        "How many images, at least 2; thousands take t-SNE a minute each (default: "
            + LatentMap.MOST_POINTS
            + ")."
      })
  private Integer count;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The PNG file to write.")
  private Path out;

  @Override
  public void run() {
    Path picture = VaeRunOptions.named(out, ".png", "pictures");
    if (count != null && (count < 2 || count > MOST_IMAGES)) {
      throw new ParameterException(
          spec.commandLine(), "-n %d was asked for; give 2 to %d.".formatted(count, MOST_IMAGES));
    }
    int threads = new OptionLimits(spec.commandLine()).threads(options.on.threads);
    RunFolder folder = RunFolder.existing(options.run);
    try (Device device = Devices.open(options.on.device, threads).device();
        SavedVae vae = new SavedVae(device, folder);
        VaeEvaluator evaluator = vae.evaluator()) {
      ImageDataset images = options.images(spec.commandLine(), folder, vae.image());
      int number = VaeRunOptions.count(images, count, LatentMap.MOST_POINTS);
      if (number < 2) {
        throw new FigmentException(
            "A map of %s was asked for, which holds one image; give data with two or more."
                .formatted(images.name()));
      }
      LatentMap.draw(picture, evaluator.means(images, number), number, images);
      spec.commandLine().getOut().printf("%d latents of %s: %s%n", number, images.name(), out);
    }
  }
}

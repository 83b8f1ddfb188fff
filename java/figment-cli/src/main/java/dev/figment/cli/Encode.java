package dev.figment.cli;

import dev.figment.data.ImageDataset;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.io.NpyOutput;
import dev.figment.train.RunFolder;
import dev.figment.train.SavedVae;
import dev.figment.train.VaeEvaluator;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code figment encode}. */
@Command(
    name = "encode",
    description = {
      "Writes the latent vectors of images, the means of a VAE's posteriors, as an .npy array of"
          + " images x latent size; their labels, where there are any, go beside it."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    footer = {"", "Example:", "  figment encode --run runs/mnist --out latents.npy"})
final class Encode implements Runnable {
  @Spec private CommandSpec spec;

  @Mixin private VaeRunOptions options;

  @Option(names = "-n", paramLabel = "N", description = "How many images (default: all).")
  private Integer count;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = {
        "The .npy file to write; labels go to a file of the same name with -labels before .npy."
      })
  private Path out;

  @Override
  public void run() {
    Path file = VaeRunOptions.named(out, ".npy", "latents");
    int threads = new OptionLimits(spec.commandLine()).threads(options.on.threads);
    RunFolder folder = RunFolder.existing(options.run);
    try (Device device = Devices.open(options.on.device, threads).device();
        SavedVae vae = new SavedVae(device, folder);
        VaeEvaluator evaluator = vae.evaluator()) {
      ImageDataset images = options.images(spec.commandLine(), folder, vae.image());
      int number = VaeRunOptions.count(images, count, images.size());
      int latent = vae.vae().architecture().latent();
      NpyOutput.write(file, evaluator.means(images, number), number, latent);
      String name = file.getFileName().toString();
      Path labels =
          file.resolveSibling(name.substring(0, name.length() - ".npy".length()) + "-labels.npy");
      if (images.hasLabels()) {
        byte[] values = new byte[number];
        for (int i = 0; i < number; i++) {
          values[i] = (byte) images.label(i);
        }
        NpyOutput.write(labels, values);
      }
      spec.commandLine()
          .getOut()
          .printf(
              "%d latents of %d numbers, of %s: %s%s%n",
              number, latent, images.name(), file, images.hasLabels() ? "; labels: " + labels : "");
    }
  }
}

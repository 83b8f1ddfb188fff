package dev.figment.cli;

import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.Shape;
import dev.figment.io.ImageGrid;
import dev.figment.train.Latents;
import dev.figment.train.RunFolder;
import dev.figment.train.Sampler;
import dev.figment.train.SavedGenerator;
import java.nio.file.Path;
import java.util.Arrays;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code figment interpolate}. */
@Command(
    name = "interpolate",
    description = "Walks from one image of a trained generator to another, a row a pair.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    footer = {"", "Example:", "  figment interpolate --run runs/long --out walk.png"})
final class Interpolate implements Runnable {
  private static final int MOST_IMAGES = 10_000;

  @Spec private CommandSpec spec;

  @Mixin private RunOptions options;

  @Option(
      names = "--pairs",
      paramLabel = "N",
      defaultValue = "8",
      description = "Rows of the picture (default: ${DEFAULT-VALUE}).")
  private int pairs;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "10",
      description = "Images a row, both ends counted (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Override
  public void run() {
    if (pairs < 1 || steps < 2 || (long) pairs * steps > MOST_IMAGES) {
      throw new ParameterException(
          spec.commandLine(),
          "--pairs %d and --steps %d were asked for; give 1 pair or more, 2 steps or more, and at most %d images in all."
              .formatted(pairs, steps, MOST_IMAGES));
    }
    Path picture = options.picture();
    int threads = new OptionLimits(spec.commandLine()).threads(options.threads);
    RunFolder folder = RunFolder.existing(options.run);
    try (Device device = Devices.open(options.device, threads).device();
        SavedGenerator generator = new SavedGenerator(device, folder);
        Sampler ends = new Sampler(device, generator.network(), 2 * pairs);
        Sampler row = new Sampler(device, generator.network(), steps)) {
      long seed = options.seed == null ? generator.seed() : options.seed;
      Shape image = generator.network().outputShape();
      int rowSize = Math.multiplyExact(steps, Math.toIntExact(image.count()));
      float[] images = new float[Math.multiplyExact(pairs, rowSize)];
      float[] latents = ends.latents(seed, 0);
      for (int pair = 0; pair < pairs; pair++) {
        float[] made = row.generate(path(latents, pair));
        System.arraycopy(made, 0, images, pair * rowSize, rowSize);
      }
      ImageGrid.write(
          picture, images, pairs * steps, steps, image.size(0), image.size(1), image.size(2));
      spec.commandLine()
          .getOut()
          .printf("%d walks of %d images of %s: %s%n", pairs, steps, options.run, picture);
    }
  }

  /** The latents of one row: steps x latent size. */
  private float[] path(float[] latents, int pair) {
    int size = latents.length / (2 * pairs);
    float[] a = Arrays.copyOfRange(latents, 2 * pair * size, (2 * pair + 1) * size);
    float[] b = Arrays.copyOfRange(latents, (2 * pair + 1) * size, (2 * pair + 2) * size);
    float[] path = new float[steps * size];
    for (int step = 0; step < steps; step++) {
      float[] point = Latents.spherical(a, b, (double) step / (steps - 1));
      System.arraycopy(point, 0, path, step * size, size);
    }
    return path;
  }
}

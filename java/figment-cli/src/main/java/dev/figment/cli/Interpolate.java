package dev.figment.cli;

import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.Shape;
import dev.figment.io.ImageGrid;
import dev.figment.train.GanRun;
import dev.figment.train.Latents;
import dev.figment.train.RunFolder;
import dev.figment.train.Sampler;
import dev.figment.train.SavedModel;
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
    description = {
      "Walks from one image of a trained generator or decoder to another, a row a pair; or from one"
          + " series or text of a recurrent VAE to another."
    },
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
    int threads = new OptionLimits(spec.commandLine()).threads(options.on.threads);
    RunFolder folder = RunFolder.existing(options.run);
    if (folder.model().equals(SequenceCommands.MODEL)) {
      new SequenceCommands(spec.commandLine(), folder, options.on.device, threads)
          .interpolate(options, pairs, steps);
      return;
    }
    Path picture = options.picture();
    try (Device device = Devices.open(options.on.device, threads).device();
        SavedModel model = SavedModel.open(device, folder);
        Sampler sampler = model.sampler(GanRun.SAMPLES)) {
      Shape image = model.image();
      options.checkSize(pairs * steps, image);
      float[] ends = sampler.latents(options.seed(model), 2 * pairs, options.truncation());
      float[] images =
          sampler.generate(
              paths(ends, pairs, steps), labels(model.classes(), options.label(model)));
      ImageGrid.write(
          picture, images, pairs * steps, steps, image.size(0), image.size(1), image.size(2));
      spec.commandLine()
          .getOut()
          .printf("%d walks of %d images of %s: %s%n", pairs, steps, options.run, picture);
    }
  }

  /** The label asked for, or else a class a row; null of a generator without labels. */
  private int[] labels(int classes, Integer label) {
    if (classes == 0) {
      return null;
    }
    int[] labels = new int[pairs * steps];
    Arrays.setAll(labels, i -> label == null ? i / steps % classes : label);
    return labels;
  }

  /** From the two latents of each row to all of them: pairs x steps x latent size. */
  static float[] paths(float[] ends, int pairs, int steps) {
    int size = ends.length / (2 * pairs);
    float[] paths = new float[pairs * steps * size];
    for (int pair = 0; pair < pairs; pair++) {
      float[] a = Arrays.copyOfRange(ends, 2 * pair * size, (2 * pair + 1) * size);
      float[] b = Arrays.copyOfRange(ends, (2 * pair + 1) * size, (2 * pair + 2) * size);
      for (int step = 0; step < steps; step++) {
        float[] point = Latents.spherical(a, b, (double) step / (steps - 1));
        System.arraycopy(point, 0, paths, (pair * steps + step) * size, size);
      }
    }
    return paths;
  }
}

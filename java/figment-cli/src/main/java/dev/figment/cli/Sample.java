package dev.figment.cli;

import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.Shape;
import dev.figment.io.ImageGrid;
import dev.figment.train.GanRun;
import dev.figment.train.RunFolder;
import dev.figment.train.SampleGrid;
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
    description = {
      "Makes a grid of new images with a trained generator or decoder; of a recurrent VAE, new series"
          + " as a .csv file and a picture, or new texts as a .txt file."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    footer = {
      "",
      "Examples:",
      "  figment sample --run runs/long -n 100 --out grid.png",
      "  figment sample --run runs/classes --label 7 --out sevens.png"
    })
final class Sample implements Runnable {
  private static final int MOST_IMAGES = 10_000;

  @Spec private CommandSpec spec;

  @Mixin private RunOptions options;

  @Option(
      names = "-n",
      paramLabel = "N",
      description = "How many images (default: 64, or as many as the run's own samples).")
  private Integer asked;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = {
        "Of a recurrent VAE: how freely each step is drawn, 0 for its mean or likeliest character"
            + " (default: 0 of numbers, 0.7 of text)."
      })
  private Double temperature;

  @Override
  public void run() {
    if (asked != null && (asked < 1 || asked > MOST_IMAGES)) {
      throw new ParameterException(
          spec.commandLine(), "-n %d was asked for; give 1 to %d.".formatted(asked, MOST_IMAGES));
    }
    int threads = new OptionLimits(spec.commandLine()).threads(options.on.threads);
    RunFolder folder = RunFolder.existing(options.run);
    if (folder.model().equals(SequenceCommands.MODEL)) {
      new SequenceCommands(spec.commandLine(), folder, options.on.device, threads)
          .sample(options, asked, temperature);
      return;
    }
    if (temperature != null) {
      throw new ParameterException(
          spec.commandLine(),
          "--temperature %s was given and %s makes images; leave it out."
              .formatted(temperature, options.run));
    }
    Path picture = options.picture();
    try (Device device = Devices.open(options.on.device, threads).device();
        SavedModel model = SavedModel.open(device, folder);
        Sampler sampler = model.sampler(GanRun.SAMPLES)) {
      Shape image = model.image();
      SampleGrid grid = grid(model.classes(), options.label(model));
      options.checkSize(grid.count(), image);
      float[] images = grid.images(sampler, options.seed(model), options.truncation());
      ImageGrid.write(
          picture,
          images,
          grid.count(),
          grid.columns(),
          image.size(0),
          image.size(1),
          image.size(2));
      spec.commandLine()
          .getOut()
          .printf(
              "%d images of step %d of %s: %s%n", grid.count(), model.step(), options.run, picture);
    }
  }

  private SampleGrid grid(int classes, Integer label) {
    if (label != null) {
      return SampleGrid.ofLabel(label, asked == null ? GanRun.SAMPLES : asked);
    }
    return asked == null ? SampleGrid.ofRun(classes) : SampleGrid.of(classes, asked);
  }
}

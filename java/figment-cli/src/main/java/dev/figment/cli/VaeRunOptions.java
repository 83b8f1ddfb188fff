package dev.figment.cli;

import dev.figment.data.Augmentation;
import dev.figment.data.DataRequest;
import dev.figment.data.Datasets;
import dev.figment.data.ImageDataset;
import dev.figment.data.SequenceDataset;
import dev.figment.data.SequenceRequest;
import dev.figment.data.Sequences;
import dev.figment.data.Split;
import dev.figment.data.SplitImages;
import dev.figment.device.FigmentException;
import dev.figment.device.Shape;
import dev.figment.train.RunFolder;
import dev.figment.train.RvaeData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of commands that show a VAE's run images. */
final class VaeRunOptions {
  /** Which images of the data. */
  enum Part {
    HELD_OUT,
    TRAINING;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @Option(
      names = "--run",
      paramLabel = "RUN",
      required = true,
      description = "The folder of a VAE's run with a checkpoint.")
  Path run;

  @Option(
      names = "--data",
      paramLabel = "DATA",
      description = {
        "Images, named as in figment train vae; of a recurrent VAE a .csv or a .txt file (default: the"
            + " run's)."
      })
  private String data;

  @Option(
      names = "--part",
      paramLabel = "PART",
      defaultValue = "held-out",
      description = {
        "Which of them: held-out, which the run was not trained on, or training (default:"
            + " ${DEFAULT-VALUE})."
      })
  private Part part;

  @Mixin DeviceOptions on;

  /** The images, in the form that the run has them. */
  ImageDataset images(CommandLine command, RunFolder folder, Shape image) {
    SplitImages split = Datasets.split(request(command, folder, image), command.getOut()::println);
    ImageDataset images = part == Part.TRAINING ? split.training() : split.heldOut();
    Shape found = Shape.of(images.height(), images.width(), images.channels());
    if (!found.equals(image)) {
      throw new FigmentException(
          "%s holds images of %s and the run has %s; give data of that size."
              .formatted(images.name(), found, image));
    }
    return images;
  }

  /**
   * The windows, in the form that the run has them: of the run's own data the part for test, or
   * that for training; or all of a file.
   */
  SequenceDataset sequences(CommandLine command, RunFolder folder, RvaeData form) {
    SequenceRequest own = ownRequest(command, folder);
    if (data == null) {
      return part(ownSequences(command, folder, form));
    }
    SequenceRequest other =
        new SequenceRequest(
            data, form.steps(), own.stride(), own.columns(), own.scaling(), own.seed());
    return form.scaling() == null
        ? Sequences.inFormOf(other, form.vocabulary())
        : Sequences.inFormOf(other, form.scaling());
  }

  /** The run's own data. */
  Split<?> ownSequences(CommandLine command, RunFolder folder, RvaeData form) {
    SequenceRequest own = ownRequest(command, folder);
    Split<?> split = Sequences.open(own, command.getOut()::println);
    if (!form.isOf(split.train())) {
      throw new FigmentException(
          "%s are no longer the data that %s was trained on; name others with --data."
              .formatted(own.data(), run));
    }
    return split;
  }

  /** The part of the run's own data that is asked for. */
  SequenceDataset part(Split<?> own) {
    return part == Part.TRAINING ? own.train() : own.test();
  }

  private SequenceRequest ownRequest(CommandLine command, RunFolder folder) {
    return new OptionSources<>(command, RvaeOptions::new).ofFile(config(folder)).request();
  }

  private Path config(RunFolder folder) {
    if (!Files.exists(folder.config())) {
      throw new FigmentException(
          "%s holds no config.yaml, so its data are not known; name them with --data."
              .formatted(run));
    }
    return folder.config();
  }

  private DataRequest request(CommandLine command, RunFolder folder, Shape image) {
    if (data != null) {
      Integer side = image.size(0) == image.size(1) ? image.size(0) : null;
      return new DataRequest(data, side, image.size(2), false, Augmentation.NONE);
    }
    VaeOptions options = new OptionSources<>(command, VaeOptions::new).ofFile(config(folder));
    DataRequest request = options.request();
    return new DataRequest(
        request.data(),
        request.imageSize(),
        request.channels(),
        request.strict(),
        Augmentation.NONE);
  }

  /** Whether they are what the run held out, of its own data. */
  boolean areHeldOut() {
    return data == null && part == Part.HELD_OUT;
  }

  /** Whether they are of the run's own data. */
  boolean areOwn() {
    return data == null;
  }

  /** How many images to take: all there are unless told otherwise. */
  static int count(ImageDataset images, Integer asked, int usual) {
    if (asked == null) {
      return Math.min(usual, images.size());
    }
    if (asked < 1 || asked > images.size()) {
      throw new FigmentException(
          "-n %d images were asked for and there are %d of %s; give 1 to %d."
              .formatted(asked, images.size(), images.name(), images.size()));
    }
    return asked;
  }

  /** Refuses a file that is not named as what it holds. */
  static Path named(Path file, String ending, String what) {
    if (!file.toString().toLowerCase(Locale.ROOT).endsWith(ending)) {
      throw new FigmentException(
          "--out %s: %s are written as %s; give a name that ends in it."
              .formatted(file, what, ending));
    }
    return file;
  }
}

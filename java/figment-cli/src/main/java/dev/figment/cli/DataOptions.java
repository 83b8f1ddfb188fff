package dev.figment.cli;

import dev.figment.data.Augmentation;
import dev.figment.data.DataRequest;
import dev.figment.data.Datasets;
import dev.figment.data.ImageDataset;
import dev.figment.device.FigmentException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which images to train on, and in which form. */
final class DataOptions {
  private static final String FASHION_MNIST = "fashion-mnist";

  @Option(
      names = "--data",
      paramLabel = "DATA",
      defaultValue = FASHION_MNIST,
      description = {
        "What to train on: fashion-mnist, mnist or emoji (in colour), which are fetched the first"
            + " time; a folder of PNG and JPEG files, its subfolders being classes; an idx file, .gz"
            + " or not, or a folder with one; or an .npy file (default: ${DEFAULT-VALUE})."
      })
  String data;

  @Option(
      names = "--image-size",
      paramLabel = "N",
      description = {
        "Take the middle square of each image and resize it to N x N (default: as it is; 64 for a"
            + " folder of images of several sizes)."
      })
  Integer imageSize;

  @Option(
      names = "--channels",
      paramLabel = "N",
      description = "1 takes all images as grey, 3 as colour (default: as they are).")
  Integer channels;

  @Option(
      names = "--flip",
      arity = "0..1",
      defaultValue = "false",
      fallbackValue = "true",
      hideParamSyntax = true,
      description = "Mirror half of the images, drawn anew every time (default: ${DEFAULT-VALUE}).")
  boolean flip;

  @Option(
      names = "--shift",
      paramLabel = "N",
      defaultValue = "0",
      description = {
        "Move each image by up to N pixels, drawn anew every time (default: ${DEFAULT-VALUE})."
      })
  int shift;

  @Option(
      names = "--strict",
      arity = "0..1",
      defaultValue = "false",
      fallbackValue = "true",
      hideParamSyntax = true,
      description = {
        "Stop at an image file that cannot be read, in place of leaving it out (default:"
            + " ${DEFAULT-VALUE})."
      })
  boolean strict;

  /**
   * The data, in the form that they are to have.
   *
   * @param usualSize height and width where none were asked for; null leaves them
   */
  DataRequest request(Integer usualSize) {
    return new DataRequest(
        data,
        imageSize == null ? usualSize : imageSize,
        channels,
        strict,
        new Augmentation(flip, shift));
  }

  /** The data as they can be named from any folder. */
  String lasting() {
    return Datasets.NAMES.contains(data)
        ? data
        : Path.of(data).toAbsolutePath().normalize().toString();
  }

  /**
   * The labels that networks see of data: none without --conditional.
   *
   * @return how many there are, or 0
   */
  static int labels(ImageDataset data, boolean conditional) {
    if (conditional && data.classes() < 2) {
      throw new FigmentException(
          "--conditional was given and %s has %s; leave it out, or give data with labels, such as a folder with a subfolder for each class."
              .formatted(data.name(), data.hasLabels() ? "a single class" : "no labels"));
    }
    return conditional ? data.classes() : 0;
  }
}

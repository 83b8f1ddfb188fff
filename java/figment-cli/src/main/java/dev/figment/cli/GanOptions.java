package dev.figment.cli;

import dev.figment.data.Augmentation;
import dev.figment.data.DataRequest;
import dev.figment.data.Datasets;
import dev.figment.data.ImageDataset;
import dev.figment.device.FigmentException;
import dev.figment.model.GanArchitecture;
import dev.figment.model.GanNet;
import dev.figment.train.GanConfig;
import dev.figment.train.GanRun;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of a GAN's training that a configuration file may hold, under the same names. */
final class GanOptions {
  /** Steps of a run that says nothing of them. */
  static final long DEFAULT_STEPS = 1200;

  /** Options that decide what is computed, so that a run keeps them to its end. */
  static final List<String> DECIDING =
      List.of(
          "--image-size",
          "--channels",
          "--flip",
          "--shift",
          "--net",
          "--conditional",
          "--batch",
          "--latent",
          "--width",
          "--loss",
          "--label-smoothing",
          "--clip-weights",
          "--optimizer",
          "--lr",
          "--lr-d",
          "--beta1",
          "--beta2",
          "--momentum",
          "--nesterov",
          "--weight-decay",
          "--schedule",
          "--schedule-steps",
          "--warmup",
          "--clip-grad",
          "--r1",
          "--r1-every",
          "--n-critic",
          "--accumulate",
          "--ema",
          "--seed");

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

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = {
        "Training steps in all, those before --resume counted (default: " + DEFAULT_STEPS + ")."
      })
  Long steps;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Times to see each image, in place of --steps.")
  Integer epochs;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "Real images a step, and generated ones (default: ${DEFAULT-VALUE}).")
  int batch;

  @Option(
      names = "--net",
      paramLabel = "NAME",
      defaultValue = "dense-stem",
      description = {
        "The networks: dense-stem, for every size that is 4 or 7 times a power of two (28, 32, 56,"
            + " 64, 112, 128, ...), or dcgan64, DCGAN's generator for 64 x 64 (default:"
            + " ${DEFAULT-VALUE})."
      })
  GanNet net;

  @Option(
      names = "--conditional",
      arity = "0..1",
      defaultValue = "false",
      fallbackValue = "true",
      hideParamSyntax = true,
      description = {
        "Show both networks the label of each image, so that images of a class can be asked for"
            + " (default: ${DEFAULT-VALUE})."
      })
  boolean conditional;

  @Option(
      names = "--latent",
      paramLabel = "N",
      defaultValue = "100",
      description = "Numbers that an image is made from (default: ${DEFAULT-VALUE}).")
  int latent;

  @Option(
      names = "--width",
      paramLabel = "N",
      defaultValue = "64",
      description = {
        "Channels of the networks at the image side; all others are multiples (default:"
            + " ${DEFAULT-VALUE})."
      })
  int width;

  @Mixin LearningOptions learning;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = {
        "Decides every random number; the same seed gives the same bits on the same device and"
            + " threads (default: ${DEFAULT-VALUE})."
      })
  long seed;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = "auto",
      description = {
        "Where to compute: auto, which takes the best there is, cpu, cuda (an NVIDIA GPU), or sim",
        "(a simulated GPU on the CPU, to test with) (default: ${DEFAULT-VALUE})."
      })
  String device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of the CPU device (default: all processors).")
  Integer threads;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The folder of the run (default: runs/gan-<yyyyMMdd-HHmmss>).")
  Path out;

  @Option(
      names = "--log-every",
      paramLabel = "N",
      defaultValue = "1",
      description = "Steps between two lines of metrics.jsonl (default: ${DEFAULT-VALUE}).")
  int logEvery;

  @Option(
      names = "--sample-every",
      paramLabel = "N",
      defaultValue = "100",
      description = "Steps between two grids of sample images (default: ${DEFAULT-VALUE}).")
  int sampleEvery;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "N",
      defaultValue = "200",
      description = {
        "Steps between two checkpoints, the most that a crash can lose (default: ${DEFAULT-VALUE})."
      })
  int checkpointEvery;

  /** The labels that the networks see of these data: 0 without --conditional. */
  int classes(ImageDataset images) {
    if (conditional && images.classes() < 2) {
      throw new FigmentException(
          "--conditional was given and %s has %s; leave it out, or give data with labels, such as a folder with a subfolder for each class."
              .formatted(images.name(), images.hasLabels() ? "a single class" : "no labels"));
    }
    return conditional ? images.classes() : 0;
  }

  /**
   * What the trainer needs to know, for images of a size; once everything is settled.
   *
   * @param classes labels that the networks see, 0 for none
   */
  GanConfig config(int height, int imageWidth, int channels, int classes) {
    GanArchitecture architecture =
        new GanArchitecture(height, imageWidth, channels, latent, width, net, classes);
    return learning.to(GanConfig.of(architecture)).batch(batch).seed(seed).build();
  }

  /** The data, in the form that they are to have. */
  DataRequest request() {
    Integer size = imageSize == null && net == GanNet.DCGAN64 ? Integer.valueOf(64) : imageSize;
    return new DataRequest(data, size, channels, strict, new Augmentation(flip, shift));
  }

  /** The data as it can be named from any folder. */
  String lastingData() {
    return Datasets.NAMES.contains(data)
        ? data
        : Path.of(data).toAbsolutePath().normalize().toString();
  }

  GanRun.Every every() {
    return new GanRun.Every(logEvery, sampleEvery, checkpointEvery);
  }

  /** The steps to train in all on {@code images} images. */
  long totalSteps(int images) {
    if (epochs == null) {
      return steps == null ? DEFAULT_STEPS : steps;
    }
    long batches = (long) epochs * (images / batch);
    long ofStep = (long) learning.criticSteps * learning.accumulate;
    return (batches + ofStep - 1) / ofStep;
  }
}

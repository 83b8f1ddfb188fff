package dev.figment.cli;

import dev.figment.data.DataRequest;
import dev.figment.data.ImageDataset;
import dev.figment.model.GanArchitecture;
import dev.figment.model.GanNet;
import dev.figment.train.GanConfig;
import dev.figment.train.GanRun;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of a GAN's training that a configuration file may hold, under the same names. */
final class GanOptions implements TrainingOptions {
  private static final Integer DCGAN_SIDE = 64;

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
          "--gp",
          "--penalty-every",
          "--spectral-norm",
          "--n-critic",
          "--accumulate",
          "--ema",
          "--seed");

  @Mixin DataOptions images;

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

  @Mixin RunningOptions running;

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
  int classes(ImageDataset data) {
    return DataOptions.labels(data, conditional);
  }

  /**
   * What the trainer needs to know, for images of a size; once everything is settled.
   *
   * @param classes labels that the networks see, 0 for none
   */
  GanConfig config(int height, int imageWidth, int channels, int classes) {
    GanArchitecture architecture =
        new GanArchitecture(height, imageWidth, channels, latent, width, net, classes);
    return learning.to(GanConfig.of(architecture)).batch(batch).seed(running.seed).build();
  }

  /** The data, in the form that they are to have. */
  DataRequest request() {
    return images.request(net == GanNet.DCGAN64 ? DCGAN_SIDE : null);
  }

  @Override
  public String model() {
    return "gan";
  }

  @Override
  public List<String> deciding() {
    return DECIDING;
  }

  @Override
  public UpdateOptions updates() {
    return learning.updates;
  }

  @Override
  public RunningOptions running() {
    return running;
  }

  @Override
  public void settleRun(long total) {
    images.data = images.lasting();
    steps = epochs == null ? Long.valueOf(total) : null;
  }

  @Override
  public int batch() {
    return batch;
  }

  @Override
  public void settle() {
    learning.settle();
  }

  @Override
  public void check(OptionLimits limits) {
    limits.check(this);
  }

  @Override
  public String summary() {
    return learning.summary();
  }

  @Override
  public String presets() {
    return learning.presets().isEmpty()
        ? null
        : "Set by %s, and by you if you give them: %s"
            .formatted(learning.presetsOf(), String.join(" ", learning.presets()));
  }

  @Override
  public GanRun.Every every() {
    return new GanRun.Every(logEvery, sampleEvery, checkpointEvery);
  }

  @Override
  public long totalSteps(int examples) {
    if (epochs == null) {
      return steps == null ? DEFAULT_STEPS : steps;
    }
    long batches = (long) epochs * (examples / batch);
    long ofStep = (long) learning.criticSteps * learning.accumulate;
    return (batches + ofStep - 1) / ofStep;
  }
}

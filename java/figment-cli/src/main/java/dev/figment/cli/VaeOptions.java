package dev.figment.cli;

import dev.figment.data.DataRequest;
import dev.figment.data.ImageDataset;
import dev.figment.device.Likelihood;
import dev.figment.model.VaeArchitecture;
import dev.figment.model.VaeNet;
import dev.figment.train.TrainingRun;
import dev.figment.train.VaeConfig;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of a VAE's training that a configuration file may hold, under the same names. */
final class VaeOptions implements TrainingOptions {
  /** Steps of a run that says nothing of them. */
  static final long DEFAULT_STEPS = 8000;

  private static final double VARIANCE = 0.01;
  private static final String LEARNED = "learned";

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
          "--likelihood",
          "--variance",
          "--binarize",
          "--beta",
          "--beta-warmup",
          "--beta-cycle",
          "--free-bits",
          "--capacity",
          "--capacity-steps",
          "--iwae",
          "--adversarial",
          "--optimizer",
          "--lr",
          "--beta1",
          "--beta2",
          "--momentum",
          "--nesterov",
          "--weight-decay",
          "--schedule",
          "--schedule-steps",
          "--warmup",
          "--clip-grad",
          "--accumulate",
          "--seed");

  /** The likelihoods of --likelihood. */
  enum Pixels {
    BERNOULLI,
    GAUSSIAN;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What --binarize does to pixels. */
  enum Binarization {
    NONE,
    DYNAMIC;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

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
      defaultValue = "128",
      description = "Images a step (default: ${DEFAULT-VALUE}).")
  int batch;

  @Option(
      names = "--net",
      paramLabel = "NAME",
      defaultValue = "dense",
      description = {
        "The networks: dense, for images of every size, or conv, for sizes that are 4 or 7 times a"
            + " power of two (28, 32, 56, 64, 112, 128, ...) (default: ${DEFAULT-VALUE})."
      })
  VaeNet net;

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
      description = "Numbers that an image is encoded in (default: ${DEFAULT-VALUE}).")
  int latent;

  @Option(
      names = "--width",
      paramLabel = "N",
      defaultValue = "64",
      description = {
        "Width of the networks: 4, 8 and 16 times as many units in dense, so many channels at the"
            + " image side in conv (default: ${DEFAULT-VALUE})."
      })
  int width;

  @Option(
      names = "--likelihood",
      paramLabel = "NAME",
      defaultValue = "bernoulli",
      description = {
        "What the decoder says of a pixel in [0, 1]: bernoulli, its probability of being 1, or"
            + " gaussian, its mean (default: ${DEFAULT-VALUE})."
      })
  Pixels likelihood;

  @Option(
      names = "--variance",
      paramLabel = "V",
      description = {
        "Of a gaussian pixel: a number, or learned, which the decoder then says of each pixel"
            + " (default: 0.01)."
      })
  String variance;

  @Option(
      names = "--binarize",
      paramLabel = "HOW",
      defaultValue = "none",
      description = {
        "none takes grey values as they are; dynamic draws each pixel anew every time, 1 with its"
            + " grey value as probability (default: ${DEFAULT-VALUE})."
      })
  Binarization binarize;

  @Mixin VaeLossOptions loss;

  @Mixin final OptimizerOptions optimization = new OptimizerOptions(0.001);

  @Mixin RunningOptions running;

  @Option(
      names = "--log-every",
      paramLabel = "N",
      defaultValue = "10",
      description = "Steps between two lines of metrics.jsonl (default: ${DEFAULT-VALUE}).")
  int logEvery;

  @Option(
      names = "--sample-every",
      paramLabel = "N",
      defaultValue = "1000",
      description = {
        "Steps between two grids of samples, of reconstructions, and evaluations on held-out images"
            + " (default: ${DEFAULT-VALUE})."
      })
  int sampleEvery;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "N",
      defaultValue = "1000",
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
  VaeConfig config(int height, int imageWidth, int channels, int classes) {
    VaeArchitecture architecture =
        new VaeArchitecture(height, imageWidth, channels, latent, width, net, pixels(), classes);
    return optimization
        .to(loss.to(VaeConfig.of(architecture)))
        .binarize(binarize == Binarization.DYNAMIC)
        .batch(batch)
        .seed(running.seed)
        .build();
  }

  private Likelihood pixels() {
    if (likelihood == Pixels.BERNOULLI) {
      return Likelihood.BERNOULLI;
    }
    return variance.equals(LEARNED)
        ? Likelihood.GAUSSIAN_LEARNED
        : Likelihood.gaussian(Double.parseDouble(variance));
  }

  /** The data, in the form that they are to have. */
  DataRequest request() {
    return images.request(null);
  }

  @Override
  public void settle() {
    optimization.settle();
    loss.settle();
    if (variance == null && likelihood == Pixels.GAUSSIAN) {
      variance = ConfigFile.plain(VARIANCE);
    }
  }

  @Override
  public void check(OptionLimits limits) {
    limits.check(images);
    optimization.check(limits);
    limits.atLeastOne("--steps", steps);
    limits.atLeastOne("--epochs", epochs);
    limits.atLeastOne("--batch", batch);
    limits.atLeastOne("--latent", latent);
    limits.atLeastOne("--width", width);
    limits.atLeastOne("--log-every", logEvery);
    limits.atLeastOne("--sample-every", sampleEvery);
    limits.atLeastOne("--checkpoint-every", checkpointEvery);
    checkTogether(limits);
    loss.check(limits, LEARNED.equals(variance));
  }

  private void checkTogether(OptionLimits limits) {
    if (likelihood == Pixels.BERNOULLI && variance != null) {
      throw limits.refusal(
          "--variance %s was given and --likelihood bernoulli has none; leave it out, or give --likelihood gaussian."
              .formatted(variance));
    }
    if (likelihood == Pixels.GAUSSIAN && !isVariance(variance)) {
      throw limits.refusal(
          "--variance %s was given; give a number above 0, or learned.".formatted(variance));
    }
    if (likelihood == Pixels.GAUSSIAN && binarize == Binarization.DYNAMIC) {
      throw limits.refusal(
          "--binarize dynamic was given with --likelihood gaussian, and zeros and ones are not Gaussian; leave one of them out.");
    }
  }

  /** Whether a text is what --variance takes. */
  static boolean isVariance(String text) {
    if (text.equals(LEARNED)) {
      return true;
    }
    try {
      double value = Double.parseDouble(text);
      return value > 0 && value < Double.POSITIVE_INFINITY;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  @Override
  public String model() {
    return "vae";
  }

  @Override
  public List<String> deciding() {
    return DECIDING;
  }

  @Override
  public UpdateOptions updates() {
    return optimization.updates;
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
  public TrainingRun.Every every() {
    return new TrainingRun.Every(logEvery, sampleEvery, checkpointEvery);
  }

  @Override
  public long totalSteps(int examples) {
    if (epochs == null) {
      return steps == null ? DEFAULT_STEPS : steps;
    }
    long batches = (long) epochs * (examples / batch);
    return (batches + optimization.accumulate - 1) / optimization.accumulate;
  }

  @Override
  public String summary() {
    return String.format(
        Locale.ROOT,
        "%s likelihood%s, %s%s, %s",
        likelihood,
        variance == null ? "" : " of variance " + variance,
        loss.summary(),
        binarize == Binarization.DYNAMIC ? ", images binarized anew every time" : "",
        optimization.summary());
  }
}

package dev.figment.cli;

import dev.figment.data.ImageDataset;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.train.RunFolder;
import dev.figment.train.SavedVae;
import dev.figment.train.VaeEvaluation;
import dev.figment.train.VaeEvaluator;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code figment evaluate}. */
@Command(
    name = "evaluate",
    description = {
      "Tells how well a VAE explains images: the evidence lower bound and its parts, the dimensions"
          + " in use and, with --samples, the importance-weighted estimate of the log-likelihood. Of a"
          + " recurrent VAE also how near what it generates comes to real series or texts. Of what the"
          + " run held out, they are kept as measures.txt and in report.html."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    footer = {
      "",
      "Examples:",
      "  figment evaluate --run runs/mnist",
      "  figment evaluate --run runs/mnist --samples 5000 -n 1000"
    })
final class Evaluate implements Runnable {
  private static final int MOST_SAMPLES = 100_000;
  private static final long NOTICE_NANOS = 5_000_000_000L;

  @Spec private CommandSpec spec;

  @Mixin private VaeRunOptions options;

  @Option(names = "-n", paramLabel = "N", description = "How many images (default: all).")
  private Integer count;

  @Option(
      names = "--samples",
      paramLabel = "K",
      defaultValue = "0",
      description = {
        "Latents an image for the estimate of the log-likelihood, 5000 is usual; 0 for none"
            + " (default: ${DEFAULT-VALUE})."
      })
  private int samples;

  private long noticed = System.nanoTime();

  @Override
  public void run() {
    if (samples < 0 || samples > MOST_SAMPLES) {
      throw new ParameterException(
          spec.commandLine(),
          "--samples %d was asked for; give 0 to %d.".formatted(samples, MOST_SAMPLES));
    }
    int threads = new OptionLimits(spec.commandLine()).threads(options.on.threads);
    RunFolder folder = RunFolder.existing(options.run);
    if (folder.model().equals(SequenceCommands.MODEL)) {
      if (samples > 0) {
        throw new ParameterException(
            spec.commandLine(),
            "--samples %d was given and %s is a recurrent VAE, which has no such estimate; leave it out."
                .formatted(samples, options.run));
      }
      new SequenceCommands(spec.commandLine(), folder, options.on.device, threads)
          .evaluate(options, count);
      return;
    }
    try (Device device = Devices.open(options.on.device, threads).device();
        SavedVae vae = new SavedVae(device, folder);
        VaeEvaluator evaluator = vae.evaluator()) {
      ImageDataset images = options.images(spec.commandLine(), folder, vae.image());
      int number = VaeRunOptions.count(images, count, images.size());
      VaeEvaluation evaluation = evaluator.evaluate(images, number);
      Measures measures = new Measures(spec.commandLine());
      measures.say("%d images of %s, step %d, nats an image:", number, images.name(), vae.step());
      measures.line("evidence lower bound", -evaluation.loss());
      measures.line("reconstruction", evaluation.reconstruction());
      measures.line("KL", evaluation.totalKl());
      measures.active(evaluation.activeUnits(), evaluation.kl().length);
      if (samples > 0) {
        double estimate =
            evaluator.logLikelihood(images, number, samples, done -> notice(done, number));
        measures.line("log-likelihood, %d latents".formatted(samples), estimate);
      }
      if (options.areHeldOut()) {
        measures.keep(folder, folder.model());
      }
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private void notice(int done, int number) {
    long now = System.nanoTime();
    if (done < number && now - noticed > NOTICE_NANOS) {
      noticed = now;
      out().printf("  ... %d of %d images%n", done, number);
      out().flush();
    }
  }
}

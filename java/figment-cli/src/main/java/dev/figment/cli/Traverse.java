package dev.figment.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import dev.figment.device.Shape;
import dev.figment.io.ImageGrid;
import dev.figment.io.JsonLines;
import dev.figment.train.RunFolder;
import dev.figment.train.Sampler;
import dev.figment.train.SavedVae;
import dev.figment.train.VaeRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code figment traverse}. */
@Command(
    name = "traverse",
    description = {
      "Shows what the dimensions of a VAE's latent vector mean: a row each, from -R to R, all others"
          + " being 0. The rows are those of the largest KL, which the output names."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    footer = {"", "Example:", "  figment traverse --run runs/mnist --out walk.png"})
final class Traverse implements Runnable {
  private static final int MOST_IMAGES = 10_000;

  @Spec private CommandSpec spec;

  @Option(
      names = "--run",
      paramLabel = "RUN",
      required = true,
      description = "The folder of a VAE's run with a checkpoint.")
  private Path run;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The PNG file to write.")
  private Path out;

  @Option(
      names = "--dimensions",
      paramLabel = "N",
      defaultValue = "10",
      description = "Rows of the picture (default: ${DEFAULT-VALUE}).")
  private int dimensions;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "11",
      description = "Images a row (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--range",
      paramLabel = "R",
      defaultValue = "3",
      description = "How far from 0, in deviations of the prior (default: ${DEFAULT-VALUE}).")
  private double range;

  @Option(
      names = "--label",
      paramLabel = "CLASS",
      description = {
        "Of a run with --conditional: the class to draw, by its name or number (default: 0)."
      })
  private String label;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = "auto",
      description = "Where to compute: auto, cpu, cuda or sim (default: ${DEFAULT-VALUE}).")
  private String device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of the CPU device (default: all processors).")
  private Integer threads;

  @Override
  public void run() {
    Path picture = VaeRunOptions.named(out, ".png", "pictures");
    if (dimensions < 1
        || steps < 2
        || (long) dimensions * steps > MOST_IMAGES
        || !(range > 0 && range < Double.POSITIVE_INFINITY)) {
      throw new ParameterException(
          spec.commandLine(),
          "--dimensions %d, --steps %d and --range %s were asked for; give 1 dimension or more, 2 steps or more, a range above 0, and at most %d images in all."
              .formatted(dimensions, steps, range, MOST_IMAGES));
    }
    int count = new OptionLimits(spec.commandLine()).threads(threads);
    RunFolder folder = RunFolder.existing(run);
    try (Device opened = Devices.open(device, count).device();
        SavedVae vae = new SavedVae(opened, folder);
        Sampler sampler = vae.sampler(VaeRun.SAMPLES)) {
      int latent = vae.vae().architecture().latent();
      List<Integer> rows = byKl(folder, latent).subList(0, Math.min(dimensions, latent));
      Shape image = vae.image();
      ImageGrid.write(
          picture,
          sampler.generate(paths(rows, latent), labels(vae, rows.size() * steps)),
          rows.size() * steps,
          steps,
          image.size(0),
          image.size(1),
          image.size(2));
      spec.commandLine()
          .getOut()
          .printf(
              "Dimensions %s of %s, a row each: %s%n",
              rows.stream().map(Object::toString).collect(Collectors.joining(", ")), run, out);
    }
  }

  private int[] labels(SavedVae vae, int images) {
    Integer asked = RunOptions.label(label, run, vae);
    if (vae.classes() == 0) {
      return null;
    }
    int[] labels = new int[images];
    Arrays.fill(labels, asked == null ? 0 : asked);
    return labels;
  }

  /** All dimensions, by the KL of the run's last evaluation; as they are without one. */
  private static List<Integer> byKl(RunFolder folder, int latent) {
    List<ObjectNode> evaluations =
        Files.exists(folder.evaluations()) ? JsonLines.read(folder.evaluations()) : List.of();
    if (evaluations.isEmpty()) {
      return IntStream.range(0, latent).boxed().toList();
    }
    JsonNode kl = evaluations.get(evaluations.size() - 1).path("kl_of_dimensions");
    if (kl.size() != latent) {
      throw new FigmentException(
          "%s tells the KL of %d dimensions and the checkpoint has %d; remove the file to see the first dimensions."
              .formatted(folder.evaluations(), kl.size(), latent));
    }
    return IntStream.range(0, latent)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -kl.get(i).asDouble()))
        .toList();
  }

  /** The latents of the picture: rows x steps x latent size. */
  private float[] paths(List<Integer> rows, int latent) {
    float[] paths = new float[rows.size() * steps * latent];
    for (int row = 0; row < rows.size(); row++) {
      for (int step = 0; step < steps; step++) {
        double value = range * (2.0 * step / (steps - 1) - 1);
        paths[(row * steps + step) * latent + rows.get(row)] = (float) value;
      }
    }
    return paths;
  }
}

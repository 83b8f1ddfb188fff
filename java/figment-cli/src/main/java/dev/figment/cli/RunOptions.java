package dev.figment.cli;

import dev.figment.device.FigmentException;
import dev.figment.device.Shape;
import dev.figment.train.SavedModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of commands that show what a run's generator makes. */
final class RunOptions {
  private static final int MOST_NUMBERS = Integer.MAX_VALUE - 8; // of a Java array

  @Option(
      names = "--run",
      paramLabel = "RUN",
      required = true,
      description = "The folder of a run with a checkpoint.")
  Path run;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The PNG file to write; of a recurrent VAE also .csv, and .txt of one of text.")
  private Path out;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Which latents to draw (default: the run's seed, which gives its own samples).")
  private Long seed;

  @Option(
      names = "--truncation",
      paramLabel = "T",
      description = {
        "Draw the latents' numbers from -T to T alone: likelier images, less variety; 0.5 to 2 is"
            + " usual (default: no limit)."
      })
  private Double truncation;

  @Mixin DeviceOptions on;

  @Option(
      names = "--label",
      paramLabel = "CLASS",
      description = {
        "Of a run with --conditional: the class to draw, by its name or number (default: all)."
      })
  private String label;

  /** Which latents to draw. */
  long seed(SavedModel model) {
    return seed == null ? model.seed() : seed;
  }

  /** Which class to draw; null for all, and of a model without labels. */
  Integer label(SavedModel model) {
    return label(label, run, model);
  }

  /** The class of a model that a name or a number says; null where it says none. */
  static Integer label(String label, Path run, SavedModel model) {
    if (label == null) {
      return null;
    }
    if (model.classes() == 0) {
      throw new FigmentException(
          "--label %s was given and %s was trained without labels; leave it out, or give a run that was started with --conditional."
              .formatted(label, run));
    }
    List<String> names = model.classNames();
    for (int i = 0; i < Math.min(names.size(), model.classes()); i++) {
      if (names.get(i).equalsIgnoreCase(label)) {
        return i;
      }
    }
    try {
      int number = Integer.parseInt(label);
      if (number >= 0 && number < model.classes()) {
        return number;
      }
    } catch (NumberFormatException e) {
      // The sentence below says it.
    }
    String known =
        names.isEmpty()
            ? "labels from 0 to %d".formatted(model.classes() - 1)
            : "labels from 0 to %d: %s".formatted(model.classes() - 1, String.join(", ", names));
    throw new FigmentException(
        "--label %s was given and %s has no such class; %s"
            .formatted(
                label,
                run,
                Nearest.of(label, names)
                    .map(nearest -> "did you mean %s?".formatted(nearest))
                    .orElse("it has " + known + ".")));
  }

  /** How far from 0 a latent's number may be. */
  double truncation() {
    return truncation == null ? Double.POSITIVE_INFINITY : truncation;
  }

  /** Refuses more images than can be held at once. */
  void checkSize(int images, Shape image) {
    if (images * image.count() > MOST_NUMBERS) {
      throw new FigmentException(
          "%d images of %s were asked for, which are too many for one picture; ask for fewer."
              .formatted(images, image));
    }
  }

  /** The file to write, of whatever kind. */
  Path file() {
    return out;
  }

  /** Which latents to draw of a model of sequences, to which neither of these options applies. */
  long seedOfSequences(long usual) {
    if (truncation != null || label != null) {
      throw new FigmentException(
          "--%s was given and %s is a recurrent VAE, which has none; leave it out."
              .formatted(truncation != null ? "truncation" : "label", run));
    }
    return seed == null ? usual : seed;
  }

  /** The picture to write. */
  Path picture() {
    if (!out.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
      throw new FigmentException(
          "--out %s: pictures are written as PNG; give a name that ends in .png.".formatted(out));
    }
    return out;
  }
}

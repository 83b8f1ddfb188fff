package dev.figment.train;

import dev.figment.device.FigmentException;
import dev.figment.io.IoFailure;
import dev.figment.io.SafetensorsReader;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files of a training run.
 *
 * @param path the folder
 */
public record RunFolder(Path path) {
  private static final Pattern FORMAT = Pattern.compile("figment-([a-z-]+)-[0-9]+");
  private static final Pattern GRID = Pattern.compile("samples-([0-9]{6,18})\\.png");

  /** Creates the folder of a new run; refuses one that holds a run already. */
  public static RunFolder create(Path path) {
    RunFolder folder = free(path);
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw IoFailure.writing(path, e);
    }
    return folder;
  }

  /** A folder that can take a new run; it need not be there yet, and nothing is written. */
  public static RunFolder free(Path path) {
    RunFolder folder = new RunFolder(path);
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new FigmentException(
          "%s was given as a run's folder and is a file; give another --out.".formatted(path));
    }
    if (Files.exists(folder.checkpoint())) {
      throw new FigmentException(
          "%s already holds a run; go on with it by --resume %s, or give another --out."
              .formatted(path, path));
    }
    if (Files.exists(folder.metrics())) {
      throw new FigmentException(
          "%s holds a run that ended before its first checkpoint; remove it, or give another --out."
              .formatted(path));
    }
    return folder;
  }

  /** The folder of an earlier run, which must hold a checkpoint. */
  public static RunFolder existing(Path path) {
    RunFolder folder = new RunFolder(path);
    if (!Files.isDirectory(path)) {
      throw new FigmentException(
          "There is no folder %s; give the folder of a run.".formatted(path));
    }
    if (!Files.exists(folder.checkpoint())) {
      throw new FigmentException(
          "%s holds no checkpoint.safetensors; give the folder of a run that has saved one."
              .formatted(path));
    }
    return folder;
  }

  /** The model that its checkpoint is of: {@code gan} or {@code vae}. */
  public String model() {
    try (SafetensorsReader reader = SafetensorsReader.open(checkpoint())) {
      Matcher format = FORMAT.matcher(reader.metadata().getOrDefault("format", ""));
      return format.matches() ? format.group(1) : "gan"; // what the first checkpoints are of
    }
  }

  /** One JSON object a logged step. */
  public Path metrics() {
    return path.resolve("metrics.jsonl");
  }

  /** One JSON object an evaluation on held-out data. There is no file where there was none. */
  public Path evaluations() {
    return path.resolve("evaluations.jsonl");
  }

  /** What {@code figment evaluate} last measured on held-out data, as it said it. */
  public Path measures() {
    return path.resolve("measures.txt");
  }

  /** One JSON object a warning: its step and its text. There is no file where there was none. */
  public Path warnings() {
    return path.resolve("warnings.jsonl");
  }

  /** The machine and the program that trained. */
  public Path environment() {
    return path.resolve("environment.txt");
  }

  /** The grids one after another. */
  public Path animation() {
    return path.resolve("training.gif");
  }

  /** The run on one page. */
  public Path report() {
    return path.resolve("report.html");
  }

  /** The grids there are, by step. */
  public SortedMap<Long, Path> grids() {
    SortedMap<Long, Path> grids = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path, "samples-*.png")) {
      for (Path file : files) {
        Matcher name = GRID.matcher(file.getFileName().toString());
        if (name.matches()) {
          grids.put(Long.parseLong(name.group(1)), file);
        }
      }
    } catch (IOException e) {
      throw IoFailure.reading(path, e);
    }
    return grids;
  }

  /** The last saved state. */
  public Path checkpoint() {
    return path.resolve("checkpoint.safetensors");
  }

  /** The options that reproduce the run. */
  public Path config() {
    return path.resolve("config.yaml");
  }

  /** The newest grid of the run's fixed latents. */
  public Path samples() {
    return path.resolve("samples.png");
  }

  /** The grid after a step. */
  public Path samples(long step) {
    return path.resolve("samples-%06d.png".formatted(step));
  }

  /** The newest grid of held-out images, each beside its reconstruction. */
  public Path reconstructions() {
    return path.resolve("reconstructions.png");
  }

  /** The grid of reconstructions after a step. */
  public Path reconstructions(long step) {
    return path.resolve("reconstructions-%06d.png".formatted(step));
  }

  /** The newest generated texts, of a run on text. */
  public Path texts() {
    return path.resolve("samples.txt");
  }

  /** The texts after a step. */
  public Path texts(long step) {
    return path.resolve("samples-%06d.txt".formatted(step));
  }

  /** The newest held-out texts, each with its reconstruction. */
  public Path reconstructedTexts() {
    return path.resolve("reconstructions.txt");
  }

  /** The map of held-out images' latents. There is no file where the model has none. */
  public Path latents() {
    return path.resolve("latents.png");
  }

  /** The curves of the losses. */
  public Path losses() {
    return path.resolve("losses.png");
  }
}

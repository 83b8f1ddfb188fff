package dev.figment.data;

import dev.figment.device.FigmentException;
import dev.figment.io.IoFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Finds and reads training data by what a user calls it: a known name, a folder or a file. */
public final class Datasets {
  static final String TRAIN_IMAGES = "train-images-idx3-ubyte";
  static final String TRAIN_LABELS = "train-labels-idx1-ubyte";

  private Datasets() {}

  /**
   * Opens training data.
   *
   * @param data {@code fashion-mnist}, which is fetched on first use; a folder with {@code
   *     train-images-idx3-ubyte} or with exactly one idx3 file; or an idx file. Each file may be
   *     gzip-compressed.
   * @param notice takes a line for the user when something takes long
   * @throws FigmentException when there is none, or it cannot be read
   */
  public static ImageDataset open(String data, Consumer<String> notice) {
    if (data.equals(FashionMnist.NAME)) {
      return FashionMnist.ofThisMachine(notice).open();
    }
    Path path;
    try {
      path = Path.of(data);
    } catch (InvalidPathException e) {
      throw new FigmentException("--data " + IoFailure.quote(data) + " is no path", e);
    }
    if (Files.isDirectory(path)) {
      return openFolder(path, data);
    }
    if (!Files.exists(path)) {
      throw new FigmentException(
          String.format(
              "--data %s: there is no such file or folder; give one, or the name %s",
              data, FashionMnist.NAME));
    }
    return IdxFile.read(path).toImages(path, data, null);
  }

  /** Opens a folder's training images, with their labels where they lie beside them. */
  static ImageDataset openFolder(Path folder, String name) {
    Path images = plainOrGzip(folder, TRAIN_IMAGES);
    if (images == null) {
      Path only = onlyImages(folder);
      return IdxFile.read(only).toImages(only, name, null);
    }
    Path labels = plainOrGzip(folder, TRAIN_LABELS);
    byte[] labelBytes = labels == null ? null : IdxFile.read(labels).toLabels(labels);
    return IdxFile.read(images).toImages(images, name, labelBytes);
  }

  private static Path plainOrGzip(Path folder, String name) {
    Path plain = folder.resolve(name);
    Path compressed = folder.resolve(name + ".gz");
    return Files.exists(plain) ? plain : Files.exists(compressed) ? compressed : null;
  }

  private static Path onlyImages(Path folder) {
    List<Path> found;
    try (Stream<Path> files = Files.list(folder)) {
      found = files.filter(file -> file.getFileName().toString().contains("idx3")).toList();
    } catch (IOException e) {
      throw IoFailure.reading(folder, e);
    }
    if (found.size() != 1) {
      throw new FigmentException(
          String.format(
              "--data %s: the folder holds neither %s (or .gz) nor exactly one file with idx3 in its"
                  + " name (it has %d); name the file itself",
              folder, TRAIN_IMAGES, found.size()));
    }
    return found.get(0);
  }
}

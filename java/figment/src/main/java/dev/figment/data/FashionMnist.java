package dev.figment.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Fashion-MNIST: 60,000 grey training images of 28 x 28 with labels. It is taken from the installed
 * Debian package where there is one, else from a per-user cache, which is filled from that package
 * on first use.
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

  private static final String INSTALLED = "usr/share/datasets/fashion-mnist";
  private static final Duration FETCH_LIMIT = Duration.ofMinutes(10);

  private final Path installed;
  private final VerifiedCache cache;

  /**
   * Looks in the places given.
   *
   * @param installed the folder of the installed package, which need not exist
   * @param caches the folder that holds this data set's cache, made when needed
   * @param source where to fetch it from
   * @param sha256 the files needed, by name, with the hash of each
   * @param notice takes a line for the user when something takes long
   */
  FashionMnist(
      Path installed,
      Path caches,
      DebianPackage source,
      Map<String, String> sha256,
      Consumer<String> notice) {
    this.installed = installed;
    VerifiedCache.Description description =
        new VerifiedCache.Description(
            NAME,
            "Fashion-MNIST",
            "Debian package " + source.name() + ", 31 MB",
            "install the package " + source.name(),
            VerifiedCache.OWN_IMAGES);
    cache =
        new VerifiedCache(
            description, caches, work -> source.fetchInto(work).resolve(INSTALLED), sha256, notice);
  }

  /** The usual places of this machine and user. */
  static FashionMnist ofThisMachine(Consumer<String> notice) {
    DebianPackage source =
        new DebianPackage("dataset-fashion-mnist", "apt-get", "dpkg-deb", FETCH_LIMIT);
    Path folder = Path.of("/", INSTALLED);
    return new FashionMnist(folder, VerifiedCache.userCaches(), source, SHA256, notice);
  }

  /** Reads the training images and labels, fetching them if it must. */
  ImageDataset open() {
    Path folder = Files.isDirectory(installed) ? installed : cache.folder();
    return IdxFolder.open(folder, NAME);
  }
}

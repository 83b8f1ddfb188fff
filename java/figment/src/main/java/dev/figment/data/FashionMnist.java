package dev.figment.data;

import dev.figment.device.FigmentException;
import dev.figment.io.AtomicFile;
import dev.figment.io.IoFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;

/**
 * Fashion-MNIST: 60,000 grey training images of 28 x 28 with labels. It is taken from the installed
 * Debian package where there is one, else from a per-user cache, which is filled from that package
 * on first use. The cache is not compressed: inflating would cost a third of a second every start.
 *
 * <p>Source: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST", 2017.
 */
final class FashionMnist {
  static final String NAME = "fashion-mnist";

  /** SHA-256 of the uncompressed files. */
  static final Map<String, String> SHA256 =
      Map.of(
          Datasets.TRAIN_IMAGES,
          "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
          Datasets.TRAIN_LABELS,
          "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9");

  private static final String INSTALLED = "usr/share/datasets/fashion-mnist";
  private static final String STAMP = "verified";
  private static final String FETCH = "fetch";
  private static final Duration FETCH_LIMIT = Duration.ofMinutes(10);
  private static final int BUFFER_BYTES = 1 << 16;

  private final Path installed;
  private final Path caches;
  private final DebianPackage source;
  private final Map<String, String> sha256;
  private final Consumer<String> notice;

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
    this.caches = caches;
    this.source = source;
    this.sha256 = new TreeMap<>(sha256);
    this.notice = notice;
  }

  /** The usual places of this machine and user. */
  static FashionMnist ofThisMachine(Consumer<String> notice) {
    DebianPackage source =
        new DebianPackage("dataset-fashion-mnist", "apt-get", "dpkg-deb", FETCH_LIMIT);
    Path caches = userCaches(System.getenv("XDG_CACHE_HOME"), System.getenv("HOME"));
    return new FashionMnist(Path.of("/", INSTALLED), caches, source, SHA256, notice);
  }

  /**
   * The folder of this program's caches; a relative XDG_CACHE_HOME is ignored, as its rules say.
   */
  static Path userCaches(String xdgCacheHome, String home) {
    if (xdgCacheHome != null && xdgCacheHome.startsWith("/")) {
      return Path.of(xdgCacheHome, "figment");
    }
    String base = home == null || home.isEmpty() ? System.getProperty("user.home") : home;
    return Path.of(base, ".cache", "figment");
  }

  /** Reads the training images and labels, fetching them if it must. */
  ImageDataset open() {
    if (Files.isDirectory(installed)) {
      return Datasets.openFolder(installed, NAME);
    }
    Path cache = caches.resolve(NAME);
    removeStale();
    try {
      if (!isVerified(cache)) {
        fetch(cache);
      }
    } catch (IOException e) {
      throw unavailable(IoFailure.writing(caches, e));
    } catch (FigmentException e) {
      throw unavailable(e);
    }
    return Datasets.openFolder(cache, NAME);
  }

  private void removeStale() {
    try {
      TemporaryFolder.removeStale(caches, FETCH);
    } catch (IOException e) {
      // A cache shared with another user may hold a folder only they may remove.
      notice.accept("Could not remove what an earlier fetch left in " + caches);
    }
  }

  private FigmentException unavailable(FigmentException cause) {
    return new FigmentException(
        String.format(
            "Fashion-MNIST is not on this machine and could not be fetched (%s); install the package"
                + " %s, or give your own images with --data DIR or --data FILE",
            cause.getMessage(), source.name()),
        cause);
  }

  /**
   * Whether the cached files are the right ones. Hashing takes long, so it is done once and then
   * again only when a file's size or time has changed.
   */
  private boolean isVerified(Path cache) throws IOException {
    for (String file : sha256.keySet()) {
      if (!Files.isRegularFile(cache.resolve(file))) {
        return false;
      }
    }
    Path stamp = cache.resolve(STAMP);
    String state = state(cache);
    if (Files.exists(stamp) && Files.readString(stamp).equals(state)) {
      return true;
    }
    for (Map.Entry<String, String> file : sha256.entrySet()) {
      if (!hash(cache.resolve(file.getKey())).equals(file.getValue())) {
        notice.accept(cache.resolve(file.getKey()) + " was damaged; fetching it again");
        return false;
      }
    }
    try {
      AtomicFile.write(stamp, state.getBytes(StandardCharsets.UTF_8));
    } catch (FigmentException e) {
      // A cache that may only be read serves as well; it is hashed every time.
      notice.accept("Checked the files in " + cache + ", which is not writable");
    }
    return true;
  }

  private String state(Path cache) throws IOException {
    StringBuilder state = new StringBuilder();
    for (Map.Entry<String, String> entry : sha256.entrySet()) {
      Path file = cache.resolve(entry.getKey());
      long modified = Files.getLastModifiedTime(file).toMillis();
      state.append(
          String.format(
              "%s %s %d %d\n", entry.getValue(), entry.getKey(), Files.size(file), modified));
    }
    return state.toString();
  }

  private void fetch(Path cache) throws IOException {
    notice.accept(
        String.format(
            "Fetching Fashion-MNIST (Debian package %s, 31 MB) into %s ...", source.name(), cache));
    Files.createDirectories(cache);
    try (TemporaryFolder work = TemporaryFolder.create(caches, FETCH)) {
      Path files = source.fetchInto(work.path()).resolve(INSTALLED);
      for (Map.Entry<String, String> file : sha256.entrySet()) {
        store(files.resolve(file.getKey() + ".gz"), cache.resolve(file.getKey()), file.getValue());
      }
    }
    AtomicFile.write(cache.resolve(STAMP), state(cache).getBytes(StandardCharsets.UTF_8));
    notice.accept("Fetched Fashion-MNIST: its SHA-256 is right.");
  }

  /** Inflates a file into the cache; one with another hash is never moved there. */
  private static void store(Path compressed, Path target, String expected) {
    AtomicFile.write(
        target,
        channel -> {
          MessageDigest digest = sha256Digest();
          byte[] part = new byte[BUFFER_BYTES];
          OutputStream out = Channels.newOutputStream(channel);
          try (InputStream in = inflating(compressed)) {
            for (int n = read(in, part, compressed); n > 0; n = read(in, part, compressed)) {
              digest.update(part, 0, n);
              out.write(part, 0, n);
            }
          }
          String found = HexFormat.of().formatHex(digest.digest());
          if (!found.equals(expected)) {
            throw new FigmentException(
                String.format(
                    "%s has SHA-256 %s instead of %s", compressed.getFileName(), found, expected));
          }
        });
  }

  // These two keep a failure to read apart from one to write, which AtomicFile reports.

  private static InputStream inflating(Path compressed) {
    try {
      return new GZIPInputStream(Files.newInputStream(compressed), BUFFER_BYTES);
    } catch (IOException e) {
      throw IoFailure.reading(compressed, e);
    }
  }

  private static int read(InputStream in, byte[] part, Path compressed) {
    try {
      return in.read(part);
    } catch (IOException e) {
      throw IoFailure.reading(compressed, e);
    }
  }

  private static String hash(Path file) throws IOException {
    MessageDigest digest = sha256Digest();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256Digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}

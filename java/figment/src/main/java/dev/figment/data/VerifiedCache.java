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
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;

/**
 * The files of a data set in a per-user cache, fetched on first use. A file comes there whole and
 * with the right SHA-256, or not at all. It is not compressed: inflating would cost a start a third
 * of a second.
 */
final class VerifiedCache {
  private static final String STAMP = "verified";
  private static final String FETCH = "fetch";
  private static final int BUFFER_BYTES = 1 << 16;

  /** In place of images that cannot be fetched. */
  static final String OWN_IMAGES = "give your own images with --data DIR or --data FILE";

  /** In place of a series or text that cannot be fetched. */
  static final String OWN_SERIES = "give your own with --data FILE.csv or --data FILE.txt";

  /** Fetches a data set. */
  @FunctionalInterface
  interface Source {
    /**
     * Fetches into {@code work}, an empty folder that is removed afterwards.
     *
     * @return the folder that holds every file, plain or with {@code .gz}
     */
    Path fetchInto(Path work) throws IOException;
  }

  /**
   * What a user reads of a data set.
   *
   * @param name as in {@code --data}, and of the cache's folder
   * @param title in a sentence
   * @param origin where it is fetched from and how much that is
   * @param remedy what to do when that fails
   * @param instead what may be given in its place
   */
  record Description(String name, String title, String origin, String remedy, String instead) {}

  private final Description description;
  private final Path caches;
  private final Source source;
  private final Map<String, String> sha256;
  private final Consumer<String> notice;

  /**
   * @param caches the folder that holds this data set's cache, made when needed
   * @param sha256 the files needed, by name, with the hash of each
   * @param notice takes a line for the user when something takes long
   */
  VerifiedCache(
      Description description,
      Path caches,
      Source source,
      Map<String, String> sha256,
      Consumer<String> notice) {
    this.description = description;
    this.caches = caches;
    this.source = source;
    this.sha256 = new TreeMap<>(sha256);
    this.notice = notice;
  }

  /** This user's. */
  static Path userCaches() {
    return userCaches(System.getenv("XDG_CACHE_HOME"), System.getenv("HOME"));
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

  /** The folder with the files, fetched if they must be. */
  Path folder() {
    Path cache = caches.resolve(description.name());
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
    return cache;
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
            "%s is not on this machine and could not be fetched (%s); %s, or %s",
            description.title(), cause.getMessage(), description.remedy(), description.instead()),
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
            "Fetching %s (%s) into %s ...", description.title(), description.origin(), cache));
    Files.createDirectories(cache);
    try (TemporaryFolder work = TemporaryFolder.create(caches, FETCH)) {
      Path files = source.fetchInto(work.path());
      for (Map.Entry<String, String> file : sha256.entrySet()) {
        Path plain = files.resolve(file.getKey());
        Path found = Files.exists(plain) ? plain : files.resolve(file.getKey() + ".gz");
        store(found, cache.resolve(file.getKey()), file.getValue());
      }
    }
    AtomicFile.write(cache.resolve(STAMP), state(cache).getBytes(StandardCharsets.UTF_8));
    notice.accept("Fetched " + description.title() + ": its SHA-256 is right.");
  }

  /** Copies or inflates a file into the cache; one with another hash is never moved there. */
  private static void store(Path fetched, Path target, String expected) {
    AtomicFile.write(
        target,
        channel -> {
          MessageDigest digest = sha256Digest();
          byte[] part = new byte[BUFFER_BYTES];
          OutputStream out = Channels.newOutputStream(channel);
          try (InputStream in = opened(fetched)) {
            for (int n = read(in, part, fetched); n > 0; n = read(in, part, fetched)) {
              digest.update(part, 0, n);
              out.write(part, 0, n);
            }
          }
          String found = HexFormat.of().formatHex(digest.digest());
          if (!found.equals(expected)) {
            throw new FigmentException(
                String.format(
                    "%s has SHA-256 %s instead of %s", fetched.getFileName(), found, expected));
          }
        });
  }

  // These two keep a failure to read apart from one to write, which AtomicFile reports.

  private static InputStream opened(Path fetched) {
    try {
      InputStream file = Files.newInputStream(fetched);
      return fetched.toString().endsWith(".gz") ? new GZIPInputStream(file, BUFFER_BYTES) : file;
    } catch (IOException e) {
      throw IoFailure.reading(fetched, e);
    }
  }

  private static int read(InputStream in, byte[] part, Path fetched) {
    try {
      return in.read(part);
    } catch (IOException e) {
      throw IoFailure.reading(fetched, e);
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

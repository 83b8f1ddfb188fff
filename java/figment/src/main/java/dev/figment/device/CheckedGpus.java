package dev.figment.device;

import dev.figment.device.SelfCheck.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Remembers, in a folder of the user's cache, which GPUs have passed the self-check under which
 * driver with which kernels: a file each.
 */
final class CheckedGpus {
  private final Path folder;

  CheckedGpus(Path folder) {
    this.folder = folder;
  }

  /** In {@code $XDG_CACHE_HOME/figment}, or {@code ~/.cache/figment}. */
  static CheckedGpus ofUser() {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path root =
        cache == null || cache.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache);
    return new CheckedGpus(root.resolve("figment").resolve("self-check"));
  }

  /**
   * Checks unless that was done before.
   *
   * @param identity the GPU, its driver and the kernels
   * @return nothing when the check passes, now or before
   */
  Optional<Failure> check(String identity, Supplier<Optional<Failure>> check) {
    Path mark = folder.resolve(hash(identity));
    if (Files.exists(mark)) {
      return Optional.empty();
    }
    Optional<Failure> failure = check.get();
    if (failure.isEmpty()) {
      try {
        Files.createDirectories(folder);
        Files.writeString(mark, "passed the self-check: " + identity + "\n");
      } catch (IOException e) {
        // Without a cache the next start checks again, which only takes longer.
      }
    }
    return failure;
  }

  private static String hash(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }
}

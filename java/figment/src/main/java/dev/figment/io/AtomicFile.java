package dev.figment.io;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes a file so that a reader sees the old one or the new one, whole, whatever happens between:
 * the content goes beside the target, is synced to disk, and is moved over it in one step.
 *
 * <p>A killed process leaves its temporary file behind; the next write to the same target removes
 * it.
 */
public final class AtomicFile {
  /** Writes a file's content, from its first byte on. */
  @FunctionalInterface
  public interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  private static final Set<Path> IN_PROGRESS = ConcurrentHashMap.newKeySet();
  private static final AtomicLong COUNTER = new AtomicLong();
  private static final String SUFFIX = ".tmp";

  private AtomicFile() {}

  /**
   * Replaces {@code target}, or creates it. When this throws, an earlier file is as it was and
   * nothing else is left.
   *
   * @throws FigmentException when the folder is missing or unwritable, the target is
   *     write-protected or no ordinary file, or the disk is full
   */
  public static void write(Path target, Content content) {
    try {
      Path file = resolve(target);
      removeStale(file);
      Path temporary = temporaryFor(file, COUNTER.getAndIncrement());
      IN_PROGRESS.add(temporary);
      try {
        writeBeside(temporary, file, content);
      } finally {
        IN_PROGRESS.remove(temporary);
      }
      syncFolder(file.getParent());
    } catch (IOException e) {
      throw IoFailure.writing(target, e);
    }
  }

  /** Replaces {@code target} with these bytes. */
  public static void write(Path target, byte[] bytes) {
    write(target, channel -> writeFully(channel, ByteBuffer.wrap(bytes)));
  }

  /** Writes all of {@code bytes}: one call of {@code write} may take only a part. */
  static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static void writeBeside(Path temporary, Path file, Content content) throws IOException {
    boolean moved = false;
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.WRITE,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        content.writeTo(channel);
        channel.force(true);
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      moved = true;
    } finally {
      if (!moved) {
        Files.deleteIfExists(temporary);
      }
    }
  }

  /** The real file behind {@code target}: a link stays a link, and a device is never replaced. */
  private static Path resolve(Path target) throws IOException {
    Path absolute = target.toAbsolutePath();
    if (absolute.getFileName() == null) {
      throw new FigmentException("cannot write " + target + ": it is a folder; name a file");
    }
    if (!Files.exists(absolute)) {
      if (!Files.isDirectory(absolute.getParent())) {
        throw new FigmentException(
            String.format(
                "cannot write %s: there is no folder %s; create it or choose another",
                target, absolute.getParent()));
      }
      return absolute;
    }
    if (!Files.isRegularFile(absolute)) {
      String kind = Files.isDirectory(absolute) ? "a folder" : "no ordinary file";
      throw new FigmentException("cannot write " + target + ": it is " + kind + "; name a file");
    }
    if (!Files.isWritable(absolute)) {
      throw new FigmentException(
          "cannot write " + target + ": it is write-protected; choose another file");
    }
    return absolute.toRealPath();
  }

  private static String prefix(Path file) {
    return "." + file.getFileName() + ".";
  }

  private static Path temporaryFor(Path file, long number) {
    long pid = ProcessHandle.current().pid();
    return file.resolveSibling(prefix(file) + pid + "-" + number + SUFFIX);
  }

  /** Removes what killed processes left; a temporary of a living one is its own business. */
  private static void removeStale(Path file) throws IOException {
    Pattern ours =
        Pattern.compile(
            Pattern.quote(prefix(file)) + "([0-9]{1,18})-[0-9]+" + Pattern.quote(SUFFIX));
    try (DirectoryStream<Path> found = Files.newDirectoryStream(file.getParent())) {
      for (Path path : found) {
        Matcher name = ours.matcher(path.getFileName().toString());
        if (name.matches() && !isInProgress(path, Long.parseLong(name.group(1)))) {
          Files.deleteIfExists(path);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private static boolean isInProgress(Path path, long pid) {
    if (pid == ProcessHandle.current().pid()) {
      // In a container the killed process may well have had this process's number.
      return IN_PROGRESS.contains(path);
    }
    return ProcessHandle.of(pid).isPresent();
  }

  private static void syncFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Some network file systems refuse to sync a folder. The file is whole and synced by now, and
      // saying that the write failed would be untrue.
    }
  }
}

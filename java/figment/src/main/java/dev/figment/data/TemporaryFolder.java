package dev.figment.data;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A folder that is removed when closed. Its name carries its process's number, so that what a
 * killed process left is known.
 */
record TemporaryFolder(Path path) implements AutoCloseable {
  /** Creates {@code parent/prefix-PID-...}. */
  static TemporaryFolder create(Path parent, String prefix) throws IOException {
    String start = prefix + "-" + ProcessHandle.current().pid() + "-";
    return new TemporaryFolder(Files.createTempDirectory(parent, start));
  }

  /** Removes those of processes that live no more. */
  static void removeStale(Path parent, String prefix) throws IOException {
    if (!Files.isDirectory(parent)) {
      return;
    }
    try (DirectoryStream<Path> found = Files.newDirectoryStream(parent, prefix + "-*")) {
      for (Path folder : found) {
        String rest = folder.getFileName().toString().substring(prefix.length() + 1);
        if (rest.matches("[0-9]{1,18}-.*")) {
          long pid = Long.parseLong(rest.substring(0, rest.indexOf('-')));
          if (ProcessHandle.of(pid).isEmpty()) {
            removeTree(folder);
          }
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  @Override
  public void close() throws IOException {
    removeTree(path);
  }

  /** Removes a folder and all in it; links are removed, not followed. */
  private static void removeTree(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}

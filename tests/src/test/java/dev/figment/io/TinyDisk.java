package dev.figment.io;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A disk of 64 KiB in memory. Mounting needs root: without it the test is skipped and says so. */
final class TinyDisk implements AutoCloseable {
  private final Path folder;

  private TinyDisk(Path folder) {
    this.folder = folder;
  }

  static TinyDisk mount(Path folder) throws IOException {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "a full disk needs root to mount a tmpfs");
    Files.createDirectory(folder);
    if (run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.toString()) != 0) {
      abort("a full disk needs a machine that lets root mount a tmpfs");
    }
    return new TinyDisk(folder);
  }

  Path folder() {
    return folder;
  }

  @Override
  public void close() throws IOException {
    if (run("umount", "-l", folder.toString()) != 0) {
      throw new IOException("could not unmount " + folder);
    }
  }

  private static int run(String... command) throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .onExit()
        .join()
        .exitValue();
  }
}

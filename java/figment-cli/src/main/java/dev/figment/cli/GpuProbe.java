package dev.figment.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Looks for an NVIDIA GPU's driver without loading it. */
final class GpuProbe {
  private static final String LIBRARY = "libcuda.so.1";
  private static final List<String> FOLDERS =
      List.of(
          "/usr/lib/x86_64-linux-gnu",
          "/usr/lib/aarch64-linux-gnu",
          "/usr/lib64",
          "/usr/lib",
          "/usr/lib/wsl/lib",
          "/usr/local/nvidia/lib64");

  private final Path root;
  private final String libraryPath;

  /**
   * @param root the file system, {@code /} but in tests
   * @param libraryPath as LD_LIBRARY_PATH, or null
   */
  GpuProbe(Path root, String libraryPath) {
    this.root = root;
    this.libraryPath = libraryPath == null ? "" : libraryPath;
  }

  /** A sentence: what there is, or why a GPU cannot be used. */
  String describe() {
    Optional<Path> library = library();
    if (library.isEmpty()) {
      return "not usable: the NVIDIA driver's library %s is not on this machine; install the driver of the GPU, if there is one."
          .formatted(LIBRARY);
    }
    if (!Files.exists(root.resolve("dev/nvidiactl")) && !Files.exists(root.resolve("dev/dxg"))) {
      return "not usable: there is %s, but no GPU device /dev/nvidiactl; is a GPU handed to this machine or container?"
          .formatted(library.get());
    }
    return "not used: there is %s, but this build of Figment computes on the CPU alone."
        .formatted(library.get());
  }

  private Optional<Path> library() {
    Stream<Path> asked =
        Stream.of(libraryPath.split(":"))
            .filter(folder -> !folder.isEmpty())
            .map(folder -> Path.of(folder));
    Stream<Path> usual = FOLDERS.stream().map(folder -> root.resolve(folder.substring(1)));
    return Stream.concat(asked, usual)
        .map(folder -> folder.resolve(LIBRARY))
        .filter(Files::exists)
        .findFirst()
        .or(this::cached);
  }

  /** Where the dynamic loader's cache has it: the file lists paths that end in a zero byte. */
  private Optional<Path> cached() {
    String text;
    try {
      text = Files.readString(root.resolve("etc/ld.so.cache"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return Optional.empty(); // a machine without a cache has the usual folders
    }
    int end = text.indexOf("/" + LIBRARY + "\0");
    if (end < 0) {
      return Optional.empty();
    }
    int start = text.lastIndexOf('\0', end) + 1;
    Path path = Path.of(text.substring(start, end), LIBRARY);
    return Files.exists(path) ? Optional.of(path) : Optional.empty();
  }
}

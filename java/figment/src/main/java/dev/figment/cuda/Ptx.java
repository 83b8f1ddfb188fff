package dev.figment.cuda;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The kernels' PTX for one architecture, a module a family: {@code sm_80/reduction.ptx}. A GPU
 * takes the PTX of its own or any lower compute capability; its driver compiles it.
 */
final class Ptx {
  /** The architectures that kernels/CMakeLists.txt builds for, ascending. */
  static final int[] ARCHITECTURES = {75, 80, 90};

  private static final String RESOURCES = "ptx/";

  private final URL folder;
  private final int architecture;

  private Ptx(URL folder, int architecture) {
    this.folder = folder;
    this.architecture = architecture;
  }

  /** What ships with the library, for a GPU of {@code capability}: 80 is 8.0. */
  static Ptx shipped(int capability) {
    return shippedFor(architectureFor(capability));
  }

  /** The architecture whose PTX a GPU of {@code capability} takes. */
  static int architectureFor(int capability) {
    return IntStream.of(ARCHITECTURES)
        .filter(architecture -> architecture <= capability)
        .max()
        .orElseThrow(
            () ->
                new FigmentException(
                    "The GPU has compute capability %d.%d and the kernels need %d.%d or later; take the device cpu."
                        .formatted(
                            capability / 10,
                            capability % 10,
                            ARCHITECTURES[0] / 10,
                            ARCHITECTURES[0] % 10)));
  }

  /** What ships with the library for exactly this architecture. */
  static Ptx shippedFor(int architecture) {
    URL sums = Ptx.class.getResource(RESOURCES + "sha256sums");
    if (sums == null) {
      throw new FigmentException(
          "This build of Figment has no CUDA kernels: it was built without clang 17 or later. Install one (Debian: clang-19) and build again, or take the device cpu.");
    }
    return new Ptx(sums, architecture);
  }

  /** PTX of another compiler, in {@code folder/sm_80/reduction.ptx} and so on. */
  static Ptx in(Path folder, int architecture) {
    try {
      return new Ptx(folder.resolve("sha256sums").toUri().toURL(), architecture);
    } catch (IOException e) {
      throw new FigmentException("%s is no folder of PTX: %s".formatted(folder, e.getMessage()), e);
    }
  }

  /** For example {@code sm_80}. */
  String architecture() {
    return "sm_" + architecture;
  }

  /** The families there are, ascending, as the list of hashes has them. */
  List<String> families() {
    try (var stream = folder.openStream()) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.substring(line.lastIndexOf(' ') + 1))
          .filter(file -> file.startsWith(architecture() + "/"))
          .map(file -> file.substring(file.indexOf('/') + 1, file.lastIndexOf('.')))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new FigmentException(
          "The list of kernels could not be read from %s (%s); build the project again."
              .formatted(folder, e),
          e);
    }
  }

  /** The text of a family's module. */
  String read(String family) {
    return text(architecture() + "/" + family + ".ptx");
  }

  /** The checksums of all kernels: what tells one build's from another's. */
  String sums() {
    return text("sha256sums");
  }

  private String text(String file) {
    try (var stream = new URL(folder, file).openStream()) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new FigmentException(
          "The kernels of %s could not be read from %s (%s); build the project again."
              .formatted(file, folder, e),
          e);
    }
  }
}

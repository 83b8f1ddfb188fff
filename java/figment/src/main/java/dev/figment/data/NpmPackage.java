package dev.figment.data;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Downloads an npm package with the machine's own npm, which knows the registry, and unpacks it
 * into a folder. Nothing is installed and no script of the package runs.
 *
 * @param name the package
 * @param version its version
 * @param npm the npm command
 * @param tar the tar command
 * @param limit how long all commands together may take
 */
record NpmPackage(String name, String version, String npm, String tar, Duration limit) {
  private static final String TOP = "package"; // the folder that every npm archive holds

  /** As the machine has its commands. */
  static NpmPackage of(String name, String version) {
    return new NpmPackage(name, version, "npm", "tar", Duration.ofMinutes(10));
  }

  /**
   * Downloads and unpacks into {@code work}, an empty folder that the caller removes.
   *
   * @param members files and folders of the package; all of it when there are none
   * @return the folder that holds the package's files
   * @throws FigmentException when it fails; the message says why
   */
  Path fetchInto(Path work, String... members) throws IOException {
    Commands commands =
        new Commands(
            work,
            limit,
            line -> line.matches("(npm (error|ERR!)|.*tar:) .*") && !line.contains(" code "));
    // A cache of our own leaves nothing in the user's, neither the archive nor a log.
    String cache = work.resolve("cache").toString();
    commands.require(
        List.of(npm, "pack", name + "@" + version, "--ignore-scripts", "--cache", cache));
    Path root = Files.createDirectory(work.resolve("root"));
    List<String> unpack = new ArrayList<>(List.of(tar, "-xzf", downloaded(work), "-C"));
    unpack.add(root.toString());
    for (String member : members) {
      unpack.add(TOP + "/" + member);
    }
    commands.require(unpack);
    return root.resolve(TOP);
  }

  private String downloaded(Path work) throws IOException {
    try (Stream<Path> files = Files.list(work)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(".tgz"))
          .findFirst()
          .orElseThrow(() -> new FigmentException(npm + " downloaded no package"))
          .toString();
    }
  }
}

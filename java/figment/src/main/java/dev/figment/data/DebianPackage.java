package dev.figment.data;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Downloads a Debian package with the machine's own apt and unpacks it into a folder, without
 * installing it and without a privilege.
 *
 * @param name the package
 * @param aptGet the apt-get command
 * @param dpkgDeb the dpkg-deb command
 * @param limit how long all commands together may take
 */
record DebianPackage(String name, String aptGet, String dpkgDeb, Duration limit) {

  /**
   * Downloads and unpacks into {@code work}, an empty folder that the caller removes.
   *
   * @return the folder that holds the package's files as they would lie under {@code /}
   * @throws FigmentException when it fails; the message says why
   */
  Path fetchInto(Path work) throws IOException {
    Commands commands =
        new Commands(
            work, limit, line -> line.startsWith("E: ") || line.startsWith("dpkg-deb: error"));
    Path root = Files.createDirectory(work.resolve("root"));
    if (commands.run(apt(List.of(), "download", name)).isPresent()) {
      downloadWithOwnLists(work, commands);
    }
    commands.require(List.of(dpkgDeb, "-x", downloaded(work).toString(), root.toString()));
    return root;
  }

  /**
   * A fresh machine has no package lists, or old ones; lists in a folder of our own need no root.
   */
  private void downloadWithOwnLists(Path work, Commands commands) throws IOException {
    Path lists = Files.createDirectories(work.resolve("lists"));
    Path cache = Files.createDirectories(work.resolve("cache"));
    Files.createDirectories(lists.resolve("partial"));
    Files.createDirectories(cache.resolve("archives/partial"));
    List<String> own =
        List.of(
            "-o", "Dir::State::lists=" + lists,
            "-o", "Dir::Cache=" + cache,
            "-o", "APT::Update::Error-Mode=any");
    // A failed update need not matter: perhaps it was of another repository than the one needed.
    Optional<String> updateFailure = commands.run(apt(own, "update"));
    Optional<String> failure = commands.run(apt(own, "download", name));
    if (failure.isPresent()) {
      throw new FigmentException(updateFailure.orElse(failure.get()));
    }
  }

  private List<String> apt(List<String> options, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(aptGet);
    // As root, apt would change to a user that cannot enter a private cache folder.
    command.addAll(List.of("-q", "-o", "APT::Sandbox::User=root"));
    command.addAll(List.of("-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=30"));
    command.addAll(options);
    command.addAll(List.of(arguments));
    return command;
  }

  private Path downloaded(Path work) throws IOException {
    try (Stream<Path> files = Files.list(work)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(".deb"))
          .findFirst()
          .orElseThrow(() -> new FigmentException(aptGet + " downloaded no package"));
    }
  }
}

package dev.figment.data;

import dev.figment.device.FigmentException;
import dev.figment.io.IoFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
  private static final int STOP_SECONDS = 2;

  /**
   * Downloads and unpacks into {@code work}, an empty folder that the caller removes.
   *
   * @return the folder that holds the package's files as they would lie under {@code /}
   * @throws FigmentException when it fails; the message says why
   */
  Path fetchInto(Path work) throws IOException {
    long deadline = System.nanoTime() + limit.toNanos();
    Path root = Files.createDirectory(work.resolve("root"));
    if (run(work, deadline, apt(List.of(), "download", name)).isPresent()) {
      downloadWithOwnLists(work, deadline);
    }
    List<String> unpack = List.of(dpkgDeb, "-x", downloaded(work).toString(), root.toString());
    require(run(work, deadline, unpack));
    return root;
  }

  /**
   * A fresh machine has no package lists, or old ones; lists in a folder of our own need no root.
   */
  private void downloadWithOwnLists(Path work, long deadline) throws IOException {
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
    Optional<String> updateFailure = run(work, deadline, apt(own, "update"));
    Optional<String> failure = run(work, deadline, apt(own, "download", name));
    if (failure.isPresent()) {
      require(updateFailure.or(() -> failure));
    }
  }

  private static void require(Optional<String> failure) {
    if (failure.isPresent()) {
      throw new FigmentException(failure.get());
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

  /** Runs a command in {@code work}; returns what it said if it failed. */
  private Optional<String> run(Path work, long deadline, List<String> command) throws IOException {
    Path log = work.resolve("log");
    ProcessBuilder builder = new ProcessBuilder(command).directory(work.toFile());
    builder.environment().put("LC_ALL", "C");
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.redirectErrorStream(true).redirectOutput(log.toFile());
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new FigmentException("this machine has no usable " + command.get(0), e);
    }
    try {
      if (!process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        throw new FigmentException(
            command.get(0) + " took longer than " + limit.toSeconds() + " seconds");
      }
      return process.exitValue() == 0
          ? Optional.empty()
          : Optional.of(command.get(0) + " failed: " + lastError(text(log)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FigmentException(command.get(0) + " was interrupted", e);
    } finally {
      stop(process);
    }
  }

  /** Ends a command that still runs, and waits so that it writes no more into its folder. */
  private static void stop(Process process) {
    if (process.isAlive()) {
      List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
      all.add(process.toHandle());
      all.forEach(ProcessHandle::destroyForcibly);
      // Bounded: an orphan whose new parent does not collect it seems to live for ever.
      CompletableFuture.allOf(
              all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new))
          .completeOnTimeout(null, STOP_SECONDS, TimeUnit.SECONDS)
          .join();
    }
  }

  /** A log as text, whatever its bytes. */
  private static String text(Path log) throws IOException {
    return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
  }

  /** The first line marked as an error, else the last line. */
  private static String lastError(String log) {
    List<String> lines = log.lines().filter(line -> !line.isBlank()).toList();
    String line =
        lines.stream()
            .filter(text -> text.startsWith("E: ") || text.startsWith("dpkg-deb: error"))
            .findFirst()
            .orElse(lines.isEmpty() ? "it said nothing" : lines.get(lines.size() - 1));
    return IoFailure.quote(line);
  }
}

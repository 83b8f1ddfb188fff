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
import java.util.function.Predicate;

/** Runs other programs in a folder, all of them within one time limit. */
final class Commands {
  private static final int STOP_SECONDS = 2;

  private final Path work;
  private final Duration limit;
  private final long deadline;
  private final Predicate<String> isError;

  /**
   * The time starts now.
   *
   * @param work the folder they run in, which also takes a file {@code log}
   * @param limit how long all of them together may take
   * @param isError whether a line of a program's output tells why it failed
   */
  Commands(Path work, Duration limit, Predicate<String> isError) {
    this.work = work;
    this.limit = limit;
    this.isError = isError;
    deadline = System.nanoTime() + limit.toNanos();
  }

  /** Runs a command that must succeed. */
  void require(List<String> command) throws IOException {
    Optional<String> failure = run(command);
    if (failure.isPresent()) {
      throw new FigmentException(failure.get());
    }
  }

  /** Runs a command; returns what it said if it failed. */
  Optional<String> run(List<String> command) throws IOException {
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
  private String lastError(String log) {
    List<String> lines = log.lines().filter(line -> !line.isBlank()).toList();
    String line =
        lines.stream()
            .filter(isError)
            .findFirst()
            .orElse(lines.isEmpty() ? "it said nothing" : lines.get(lines.size() - 1));
    return IoFailure.quote(line);
  }
}

package dev.figment.bench.steps;

import dev.figment.device.FigmentException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A child process that trains steps when it is told to, and waits meanwhile; see StepServer. */
final class StepProcess implements AutoCloseable {
  /** The program that runs this process. */
  static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();

  private static final long PATIENCE_SECONDS = 10;

  /** Where a process of ours finds its libraries. */
  private static final List<String> PROPERTIES =
      List.of(
          "java.library.path", "org.bytedeco.javacpp.cachedir", "org.bytedeco.javacpp.pathsFirst");

  private final String name;
  private final Process process;
  private final Path errors;
  private final BufferedReader answers;
  private final Writer orders;
  private int threads;
  private String description;

  /**
   * Starts a child.
   *
   * @param name of the contender, for messages
   * @param command the child's
   * @param errors takes what the child says on its standard error
   */
  StepProcess(String name, ProcessBuilder command, Path errors) throws IOException {
    this.name = name;
    this.errors = errors;
    process = command.redirectError(errors.toFile()).start();
    answers = process.inputReader(StandardCharsets.UTF_8);
    orders = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
  }

  /** How to start a child of ours: a class of this class path, with the libraries found here. */
  static ProcessBuilder ofOurs(Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>(List.of(JAVA));
    for (String property : PROPERTIES) {
      if (System.getProperty(property) != null) {
        command.add("-D" + property + "=" + System.getProperty(property));
      }
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    return new ProcessBuilder(command);
  }

  /** Waits for the end of the warm-up. */
  StepProcess awaitReady() throws IOException {
    String[] words = answer().split(" ", 3);
    if (words.length != 3 || !words[0].equals(StepServer.READY)) {
      throw new FigmentException(
          "%s was to be timed and began with \"%s\"; it must say that it is ready."
              .formatted(name, String.join(" ", words)));
    }
    threads = Integer.parseInt(words[1]);
    description = words[2];
    return this;
  }

  /** Trains for so many seconds; the milliseconds of each step. */
  double[] train(double seconds) throws IOException {
    try {
      orders.write(seconds + "\n");
      orders.flush();
    } catch (IOException e) { // it has ended: the answer says why
      return milliseconds(answer());
    }
    return milliseconds(answer());
  }

  private static double[] milliseconds(String answer) {
    return Arrays.stream(answer.split(" ")).mapToDouble(it -> Long.parseLong(it) * 1e-6).toArray();
  }

  private String answer() throws IOException {
    String answer = answers.readLine();
    if (answer == null) {
      throw ended(name, process, errors);
    }
    return answer;
  }

  /** Runs a child that has one thing to do. */
  static void run(String name, ProcessBuilder command, Path errors) throws IOException {
    Process process =
        command
            .redirectError(errors.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    process.getOutputStream().close();
    try {
      if (process.waitFor() != 0) {
        throw ended(name, process, errors);
      }
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new FigmentException(name + " was interrupted.", e);
    }
  }

  private static FigmentException ended(String name, Process process, Path errors)
      throws IOException {
    try {
      process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    List<String> lines =
        Files.readAllLines(errors).stream()
            .filter(line -> !line.isBlank() && !line.startsWith("\tat "))
            .toList();
    String reason =
        lines.stream()
            .filter(line -> line.startsWith("Exception in thread")) // before it, warnings
            .findFirst()
            .orElse(lines.isEmpty() ? "it said nothing" : lines.get(0));
    return new FigmentException(
        "%s was to be timed and ended with exit code %s: %s"
            .formatted(name, process.isAlive() ? "none yet" : process.exitValue(), reason));
  }

  String name() {
    return name;
  }

  int threads() {
    return threads;
  }

  String description() {
    return description;
  }

  /** CPU time that it has taken. */
  Duration cpuTime() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Its largest resident memory so far in MiB; NaN where the system does not tell. */
  double peakMebibytes() throws IOException {
    Path status = Path.of("/proc/" + process.pid() + "/status");
    if (!Files.exists(status)) {
      return Double.NaN;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToDouble(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024.0)
        .findFirst()
        .orElse(Double.NaN);
  }

  @Override
  public void close() {
    try {
      orders.close();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly(); // it has ended by itself
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}

package dev.figment.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Loader;

/** Runs the program for a test: in this process, or in one of its own. */
final class Program {
  /** What a finished program left. */
  record Result(int exitCode, String out, String err) {}

  /** Stops a training before its step of a number. */
  static final class StopAt implements Stop {
    private final int asks;
    private int asked;

    StopAt(int step) {
      asks = step;
    }

    @Override
    public void listen() {}

    @Override
    public boolean getAsBoolean() {
      return ++asked >= asks;
    }

    @Override
    public int exitCode() {
      return 130;
    }
  }

  private Program() {}

  static Result run(String... args) {
    return run(new StopAt(Integer.MAX_VALUE), args);
  }

  static Result run(Stop stop, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode = Figment.run(stop, new PrintWriter(out), new PrintWriter(err), args);
    return new Result(exitCode, out.toString(), err.toString());
  }

  /** {@code figment train gan} on small images with narrow networks, and further options. */
  static String[] train(Path data, Path out, String... more) {
    return with(
        new String[] {
          "train",
          "gan",
          "--data",
          "" + data,
          "--out",
          "" + out,
          "--width",
          "4",
          "--batch",
          "8",
          "--latent",
          "10"
        },
        more);
  }

  static String[] with(String[] args, String... more) {
    List<String> all = new ArrayList<>(Arrays.asList(args));
    all.addAll(Arrays.asList(more));
    return all.toArray(String[]::new);
  }

  /** Starts a Java of its own; its error stream goes to {@code log}.err, its output to log.out. */
  static Process start(Path log, String... args) throws IOException {
    return start(log, Figment.class, args);
  }

  /** Starts another program. */
  static Process start(Path log, Class<?> program, String... args) throws IOException {
    return builder(log, command(program, args)).start();
  }

  /** As {@link #start}, with further settings in the environment. */
  static Process start(Path log, Map<String, String> environment, String... args)
      throws IOException {
    ProcessBuilder builder = builder(log, command(Figment.class, args));
    builder.environment().putAll(environment);
    return builder.start();
  }

  /** As {@link #start}, with no file allowed to grow beyond a size. */
  static Process startLimited(Path log, int kibibytes, String... args) throws IOException {
    List<String> limited =
        new ArrayList<>(
            List.of("bash", "-c", "ulimit -f " + kibibytes + "; exec \"$@\"", "figment"));
    limited.addAll(command(Figment.class, args));
    return builder(log, limited).start();
  }

  private static ProcessBuilder builder(Path log, List<String> command) {
    return new ProcessBuilder(command)
        .redirectOutput(log.resolveSibling(log.getFileName() + ".out").toFile())
        .redirectError(log.resolveSibling(log.getFileName() + ".err").toFile());
  }

  private static List<String> command(Class<?> program, String... args) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                // As the launcher has it: libraries are loaded where they lie, not copied.
                "-Dorg.bytedeco.javacpp.pathsFirst=true",
                "-Djava.library.path=" + libraryPath(),
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
    command.addAll(Arrays.asList(args));
    return command;
  }

  private static String libraryPath() {
    Path target = Path.of(System.getProperty("figment.root"), "java", "figment", "target");
    String platform = Loader.getPlatform();
    return target.resolve("classes/dev/figment/cpu").resolve(platform)
        + ":"
        + target.resolve("dnnl/org/bytedeco/dnnl").resolve(platform)
        + ":"
        + target.resolve("jcuda/lib");
  }
}

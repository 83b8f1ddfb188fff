package dev.figment.cuda;

import dev.figment.device.DataType;
import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A process of its own, with a driver and an environment of its own, that opens devices and says
 * what came of it, a line each.
 */
final class DriverProcess {
  private DriverProcess() {}

  /**
   * What the process said.
   *
   * @param lines a line a device
   * @param touchedJCuda whether it loaded a class of JCuda, which binds a driver
   */
  record Outcome(List<String> lines, boolean touchedJCuda) {}

  /**
   * @param environment what is set besides this process's own
   * @param simulation the class path's entry of figment-simgpu, null for none
   * @param devices the names to open, in turn
   */
  static Outcome run(Map<String, String> environment, String simulation, String... devices)
      throws IOException, InterruptedException {
    String classPath =
        Stream.concat(
                entries().filter(entry -> !entry.contains("/java/figment-simgpu/")),
                Stream.ofNullable(simulation))
            .collect(Collectors.joining(":"));
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xlog:class+load:stderr",
                "-Djava.library.path=" + System.getProperty("java.library.path"),
                "-Dorg.bytedeco.javacpp.cachedir="
                    + System.getProperty("org.bytedeco.javacpp.cachedir"),
                "-cp",
                classPath,
                DriverProcess.class.getName()));
    command.addAll(List.of(devices));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    Path loaded = Files.createTempFile("figment-classes-", ".log");
    try {
      builder.redirectError(loaded.toFile());
      Process process = builder.start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = process.waitFor();
      String log = Files.readString(loaded);
      if (code != 0) {
        throw new AssertionError("The process ended with %d: %s".formatted(code, log));
      }
      return new Outcome(out.lines().toList(), log.contains(" jcuda.driver."));
    } finally {
      Files.delete(loaded);
    }
  }

  /** The entry of figment-simgpu on this process's class path. */
  static String simulation() {
    return entries()
        .filter(entry -> entry.contains("/java/figment-simgpu/"))
        .findFirst()
        .orElseThrow();
  }

  private static Stream<String> entries() {
    return Stream.of(System.getProperty("java.class.path").split(":"));
  }

  /** Opens devices and fills some memory on each. */
  public static void main(String[] names) {
    for (String name : names) {
      System.out.println(open(name));
    }
  }

  private static String open(String name) {
    try (var device = Devices.open(name, 1).device()) {
      Tensor tensor = device.allocate(DataType.REAL, Shape.of(1000));
      device.kernels().fill(tensor, 2);
      device.kernels().sum(tensor.rows(0, 1), tensor);
      float sum = tensor.toFloats()[0];
      tensor.memory().close();
      return "%s: %s; sum %s".formatted(device.name(), device.description(), sum);
    } catch (FigmentException e) {
      return e.getMessage();
    }
  }
}

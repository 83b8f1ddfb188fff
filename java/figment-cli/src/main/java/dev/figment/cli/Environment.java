package dev.figment.cli;

import dev.figment.device.Device;
import dev.figment.io.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;

/** The machine and the program of a run, for whoever wants the same numbers. */
final class Environment {
  private Environment() {}

  /** Writes it as lines of a name and a value. */
  static void write(Path file, Device device) {
    String text =
        """
        figment    %s
        started    %s
        device     %s: %s
        plan       %s
        processor  %s, %d processors
        system     %s %s, %s
        java       %s, %s, %d MiB at most
        """
            .formatted(
                Version.number(),
                DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
                    ZonedDateTime.now().truncatedTo(ChronoUnit.SECONDS)),
                device.name(),
                device.description(),
                device.plan(),
                processor(),
                OptionLimits.PROCESSORS,
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch"),
                Runtime.version(),
                System.getProperty("java.vm.name"),
                Runtime.getRuntime().maxMemory() >> 20);
    AtomicFile.write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  private static String processor() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .orElse("of unknown model");
    } catch (IOException e) {
      return "of unknown model";
    }
  }
}

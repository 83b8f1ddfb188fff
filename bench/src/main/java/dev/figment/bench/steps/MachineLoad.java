package dev.figment.bench.steps;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;

/**
 * How busy the machine was with other things between two moments.
 *
 * @param loadAverage of the last minute, processes that run or would
 * @param others share of all CPU time that other processes took
 * @param stolen share that the host of a virtual machine took
 */
record MachineLoad(double loadAverage, double others, double stolen) {
  /** Of Linux: /proc counts in hundredths of a second. */
  private static final double TICKS_A_SECOND = 100;

  /**
   * CPU time of the machine since it started, in seconds.
   *
   * @param busy in processes
   */
  record Moment(double busy, double idle, double stolen) {
    static Moment now() throws IOException {
      return of(Files.readAllLines(Path.of("/proc/stat")).get(0));
    }

    /** From the first line of /proc/stat: user nice system idle iowait irq softirq steal. */
    static Moment of(String line) {
      double[] seconds =
          Arrays.stream(line.replaceFirst("cpu *", "").split(" "))
              .mapToDouble(it -> Long.parseLong(it) / TICKS_A_SECOND)
              .toArray();
      double busy = seconds[0] + seconds[1] + seconds[2] + seconds[5] + seconds[6];
      return new Moment(busy, seconds[3] + seconds[4], seconds[7]);
    }
  }

  /**
   * Between two moments.
   *
   * @param own CPU time that was not others'
   */
  static MachineLoad between(Moment from, Moment to, Duration own, double loadAverage) {
    double busy = to.busy - from.busy;
    double stolen = to.stolen - from.stolen;
    double all = Math.max(1 / TICKS_A_SECOND, busy + stolen + to.idle - from.idle);
    double others = Math.max(0, busy - own.toNanos() * 1e-9);
    return new MachineLoad(loadAverage, others / all, stolen / all);
  }

  /** The name of the processor, as Linux tells it. */
  static String processor() throws IOException {
    return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse(System.getProperty("os.arch"));
  }

  /** The load average of the last minute. */
  static double loadAverageNow() throws IOException {
    return Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
  }

  /** A line for people. */
  String text() {
    return String.format(
        Locale.ROOT,
        "load average %.1f; other processes took %.0f %% of the CPUs' time, the machine's host %.0f"
            + " %%",
        loadAverage,
        100 * others,
        100 * stolen);
  }
}

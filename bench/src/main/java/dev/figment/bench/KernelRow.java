package dev.figment.bench;

import dev.figment.profile.KernelWork;
import dev.figment.profile.Operation;

/**
 * What one operation did in one iteration; the fields are the names of the JSON.
 *
 * @param operation its name in dev.figment.profile.KernelCatalogue
 * @param family the file of kernels/
 * @param shape the sizes
 * @param device what ran it, in words
 * @param microseconds a call, the mean of the iteration
 * @param fastest_microseconds its fastest call: the yardstick is its fastest, too
 * @param bytes that it must read and write at least
 * @param flops that its formula has
 * @param bytes_per_second those bytes by the fastest call
 * @param flops_per_second those FLOPs by the fastest call
 * @param yardstick what the share is of: a copy of as many bytes, or a dense product
 * @param yardstick_per_second its bytes or FLOPs a second, the better of before and after
 * @param share of the yardstick, 1 is all
 * @param steady whether the yardstick stayed within a tenth
 */
record KernelRow(
    String operation,
    String family,
    String shape,
    String device,
    double microseconds,
    double fastest_microseconds,
    long bytes,
    long flops,
    double bytes_per_second,
    double flops_per_second,
    String yardstick,
    double yardstick_per_second,
    double share,
    boolean steady) {

  /** FLOPs a byte from which arithmetic bounds an operation, on CPUs and GPUs alike. */
  private static final long BUSY = 20;

  /** A yardstick that moved by more than this makes the iteration worthless. */
  private static final double STEADY = 0.1;

  /** Bytes that an operation must move, pass by pass. */
  static long bytes(Operation operation) {
    return operation.kernels().stream().mapToLong(KernelWork::leastBytes).sum();
  }

  static long flops(Operation operation) {
    return operation.kernels().stream().mapToLong(KernelWork::usefulFlops).sum();
  }

  /** Whether its time is that of arithmetic, not of memory. */
  static boolean isProduct(Operation operation) {
    return flops(operation) >= BUSY * bytes(operation);
  }

  static KernelRow of(
      Operation operation,
      String device,
      double mean,
      double fastest,
      double before,
      double after) {
    boolean product = isProduct(operation);
    double peak = Math.max(before, after);
    double bytes = bytes(operation) / fastest;
    double flops = flops(operation) / fastest;
    return new KernelRow(
        operation.name(),
        operation.family(),
        operation.shape(),
        device,
        mean * 1e6,
        fastest * 1e6,
        bytes(operation),
        flops(operation),
        bytes,
        flops,
        product ? "dense product" : "copy",
        peak,
        (product ? flops : bytes) / peak,
        Math.abs(before - after) <= STEADY * peak);
  }

  /** A line for people. */
  String text() {
    return "%-34s %-26s %9.1f us, fastest %9.1f: %6.1f GB/s %6.1f GFLOP/s %4.0f %% of %s%s"
        .formatted(
            operation,
            shape,
            microseconds,
            fastest_microseconds,
            bytes_per_second * 1e-9,
            flops_per_second * 1e-9,
            100 * share,
            yardstick.equals("copy")
                ? "a copy's %.1f GB/s".formatted(yardstick_per_second * 1e-9)
                : "a dense product's %.0f GFLOP/s".formatted(yardstick_per_second * 1e-9),
            steady ? "" : " (the machine's speed moved; do not use this row)");
  }
}

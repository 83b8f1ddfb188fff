package dev.figment.bench;

import dev.figment.device.Activation;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Kernels;
import dev.figment.device.Memory;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;

/**
 * Prints an iteration's FLOP/s and its share of what the machine can do, measured just before and
 * just after: machines, virtual ones above all, change their speed, and a row says when they did.
 * The yardstick is a dense product of 1024 x 1024 x 1024, the fastest thing the device runs.
 */
final class FlopMeter implements AutoCloseable {
  private static final int SIZE = 1024;
  private static final int TRIES = 8;

  /** A yardstick that moved by more than this makes the iteration worthless. */
  private static final double STEADY = 0.1;

  private final Device device;
  private final Memory memory;
  private final Tensor y;
  private final Tensor x;
  private final Tensor w;
  private double before;
  private long start;
  private long operations;

  FlopMeter(Device device) {
    this.device = device;
    Shape matrix = Shape.of(SIZE, SIZE);
    memory = device.allocate(DataType.REAL, 3 * matrix.count());
    y = new Tensor(memory, 0, matrix);
    x = new Tensor(memory, matrix.count(), matrix);
    w = new Tensor(memory, 2 * matrix.count(), matrix);
    device.kernels().fill(x, 0.5);
    device.kernels().fill(w, 0.25);
  }

  /** Starts an iteration. */
  void start() {
    before = flopsPerSecond();
    operations = 0;
    start = System.nanoTime();
  }

  /** One operation was run. */
  void count() {
    operations++;
  }

  /** Ends an iteration of operations of {@code flops} each and prints its line. */
  void stop(String name, long flops) {
    double seconds = (System.nanoTime() - start) * 1e-9;
    double rate = operations * (double) flops / seconds;
    double after = flopsPerSecond();
    double peak = Math.max(before, after);
    boolean steady = Math.abs(before - after) <= STEADY * peak;
    System.out.printf(
        "%s: %.3f ms, %.0f GFLOP/s, %.0f %% of a dense product's %.0f%s%n",
        name,
        seconds / operations * 1e3,
        rate * 1e-9,
        100 * rate / peak,
        peak * 1e-9,
        steady
            ? ""
            : " (the machine's speed moved: %.0f before, %.0f after; do not use this row)"
                .formatted(before * 1e-9, after * 1e-9));
  }

  /** FLOP/s of the best of some dense products. */
  double flopsPerSecond() {
    Kernels kernels = device.kernels();
    long best = Long.MAX_VALUE;
    for (int i = 0; i < TRIES; i++) {
      long from = System.nanoTime();
      kernels.denseForward(y, x, w, null, Activation.IDENTITY);
      device.synchronize();
      best = Math.min(best, System.nanoTime() - from);
    }
    return 2.0 * SIZE * SIZE * SIZE / best * 1e9;
  }

  @Override
  public void close() {
    memory.close();
  }
}

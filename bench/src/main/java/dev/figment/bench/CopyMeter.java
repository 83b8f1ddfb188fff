package dev.figment.bench;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Memory;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;

/**
 * How fast the device copies: the yardstick of a kernel that memory bounds. As many bytes move as
 * the kernel must move, half read and half written, so both meet the same caches.
 */
final class CopyMeter implements AutoCloseable {
  private static final int TRIES = 12;

  /** A copy shorter than this is repeated: one alone is below what the clock tells apart. */
  private static final long LEAST_NANOS = 50_000;

  private final Device device;
  private final Memory memory;
  private final Tensor y;
  private final Tensor x;

  /**
   * @param bytes read and written by a copy together
   */
  CopyMeter(Device device, long bytes) {
    this.device = device;
    int count = (int) Math.max(1, bytes / 2 / Float.BYTES);
    memory = device.allocate(DataType.REAL, 2L * count);
    y = new Tensor(memory, 0, Shape.of(count));
    x = new Tensor(memory, count, Shape.of(count));
    device.kernels().fill(x, 1);
  }

  /** Bytes a second, read and written, of the best of some copies. */
  double bytesPerSecond() {
    int copies = 1;
    while (nanos(copies) < LEAST_NANOS) {
      copies *= 2;
    }
    long best = Long.MAX_VALUE;
    for (int i = 0; i < TRIES; i++) {
      best = Math.min(best, nanos(copies));
    }
    return 2.0 * Float.BYTES * x.count() * copies / best * 1e9;
  }

  private long nanos(int copies) {
    long from = System.nanoTime();
    for (int i = 0; i < copies; i++) {
      device.kernels().copy(y, x);
      device.synchronize();
    }
    return System.nanoTime() - from;
  }

  @Override
  public void close() {
    memory.close();
  }
}

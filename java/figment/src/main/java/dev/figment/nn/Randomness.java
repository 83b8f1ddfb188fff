package dev.figment.nn;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;

/**
 * The random numbers of a run: a seed and a counter in device memory that goes up by one for every
 * use, so that no two uses share numbers and a recorded step draws anew when replayed.
 */
public final class Randomness implements AutoCloseable {
  private final Device device;
  private final long seed;
  private final Tensor counter;

  public Randomness(Device device, long seed) {
    this.device = device;
    this.seed = seed;
    counter = device.allocate(DataType.INT32, Shape.of(1));
  }

  public long seed() {
    return seed;
  }

  /** The counter, to save and restore. */
  public Tensor counter() {
    return counter;
  }

  /** Moves on; numbers drawn from here on are new. */
  public void advance() {
    device.kernels().increment(counter);
  }

  /** The current numbers of a stream. */
  public RandomStream stream(int stream) {
    return new RandomStream(seed, counter, stream);
  }

  @Override
  public void close() {
    counter.memory().close();
  }
}

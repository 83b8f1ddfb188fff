package dev.figment.contract;

import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/** Deterministic test data; every number is a float32, so that all devices see the same. */
public final class Values {
  private final SplittableRandom random;

  /** Data that depends on {@code seed} alone. */
  public Values(long seed) {
    random = new SplittableRandom(seed);
  }

  /** Numbers spread evenly over (low, high). */
  public double[] uniform(long count, double low, double high) {
    return generate(count, () -> low + (high - low) * random.nextDouble());
  }

  /** Numbers in (-1, 1). */
  public double[] signed(long count) {
    return uniform(count, -1, 1);
  }

  /** Bytes of all values. */
  public byte[] bytes(long count) {
    byte[] result = new byte[Math.toIntExact(count)];
    random.nextBytes(result);
    return result;
  }

  private static double[] generate(long count, DoubleSupplier next) {
    double[] result = new double[Math.toIntExact(count)];
    for (int i = 0; i < result.length; i++) {
      result[i] = (float) next.getAsDouble();
    }
    return result;
  }
}

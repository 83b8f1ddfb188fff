package dev.figment.contract;

import dev.figment.device.Device;
import dev.figment.device.NotSupportedException;
import dev.figment.device.Precision;
import java.util.Arrays;
import java.util.function.Supplier;
import org.opentest4j.TestAbortedException;

/** A device the contract is tested on, opened when first used and closed by its owner. */
public final class DeviceUnderTest implements AutoCloseable {
  private final String name;
  private final boolean complete;
  private final Precision precision;
  private final Supplier<Device> opener;
  private Device device;

  /**
   * @param name what failures call it
   * @param complete whether it must have every operation; else a missing one is a skipped test
   * @param opener opens it on the calling thread
   */
  public DeviceUnderTest(String name, boolean complete, Supplier<Device> opener) {
    this(name, complete, Precision.FLOAT32, opener);
  }

  /**
   * As the other.
   *
   * @param precision of its products: it is given numbers that this holds, so that the reference
   *     multiplies the same
   */
  public DeviceUnderTest(
      String name, boolean complete, Precision precision, Supplier<Device> opener) {
    this.name = name;
    this.complete = complete;
    this.precision = precision;
    this.opener = opener;
  }

  String name() {
    return name;
  }

  /** What a missing operation means here: a failure, or a skipped test that says why. */
  Throwable missing(String call, NotSupportedException lacking) {
    return complete
        ? new AssertionError(call + " is declared missing: " + lacking.getMessage(), lacking)
        : new TestAbortedException(name + ": " + lacking.getMessage(), lacking);
  }

  /** Test data as its products take them. */
  double[] held(double[] values) {
    return precision == Precision.FLOAT32
        ? values
        : Arrays.stream(values).map(x -> Bfloat16.round((float) x)).toArray();
  }

  Device device() {
    if (device == null) {
      device = opener.get();
    }
    return device;
  }

  /** A call of an operation, to be given its arguments. */
  public Call call(String operation) {
    return new Call(this, operation);
  }

  @Override
  public void close() {
    if (device != null) {
      device.close();
      device = null;
    }
  }

  @Override
  public String toString() {
    return name;
  }
}

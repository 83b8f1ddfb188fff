package dev.figment.device;

/** What one element of a {@link Memory} is. */
public enum DataType {
  /** The device's floating-point number: float32 on CPU and GPU, float64 on the test reference. */
  REAL,
  /**
   * The upper half of a float32, rounded to the nearest, ties to even: what the layers of a network
   * leave for one another where a device {@linkplain Device#activations() keeps that so}.
   */
  BFLOAT16,
  /** A 32-bit integer: counters and labels. */
  INT32,
  /** An unsigned byte: pixels as data sets store them. */
  UINT8
}

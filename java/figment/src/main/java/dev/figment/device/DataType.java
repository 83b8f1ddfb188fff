package dev.figment.device;

/** What one element of a {@link Memory} is. */
public enum DataType {
  /** The device's floating-point number: float32 on CPU and GPU, float64 on the test reference. */
  REAL,
  /** A 32-bit integer: counters and labels. */
  INT32,
  /** An unsigned byte: pixels as data sets store them. */
  UINT8
}

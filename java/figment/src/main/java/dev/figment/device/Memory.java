package dev.figment.device;

/**
 * A block of a device's memory with one owner. Opaque: only the device that allocated it reads its
 * elements; the host copies in and out. Closing is idempotent; use after close throws.
 */
public interface Memory extends AutoCloseable {
  DataType type();

  /** The number of elements. */
  long length();

  /**
   * Copies {@code count} host elements into elements {@code offset..} of a REAL memory, or rounds
   * them into a BFLOAT16 one.
   */
  void write(long offset, float[] source, int from, int count);

  /** Copies REAL or BFLOAT16 elements {@code offset..} to the host. */
  void read(long offset, float[] target, int from, int count);

  /** As {@link #write(long, float[], int, int)} in double precision, rounded to the device's. */
  void write(long offset, double[] source, int from, int count);

  /** As {@link #read(long, float[], int, int)}, widened. */
  void read(long offset, double[] target, int from, int count);

  /** Copies into an INT32 memory. */
  void write(long offset, int[] source, int from, int count);

  /** Copies from an INT32 memory. */
  void read(long offset, int[] target, int from, int count);

  /** Copies into a UINT8 memory. */
  void write(long offset, byte[] source, int from, int count);

  /** Copies from a UINT8 memory. */
  void read(long offset, byte[] target, int from, int count);

  @Override
  void close();
}

package dev.figment.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Arrays as NumPy reads them: the .npy format, version 1.0, row-major, in the manner of {@link
 * AtomicFile}. Source: the format's description in NumPy's documentation (NEP 1).
 */
public final class NpyOutput {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  private static final int ALIGNMENT = 64;

  private NpyOutput() {}

  /** Writes a matrix of float32. */
  public static void write(Path path, float[] values, int rows, int columns) {
    byte[] header = header("<f4", "%d, %d".formatted(rows, columns));
    long bytes = header.length + (long) Float.BYTES * values.length;
    ByteBuffer file =
        ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN).put(header);
    file.asFloatBuffer().put(values);
    AtomicFile.write(path, file.array());
  }

  /** Writes a vector of unsigned bytes. */
  public static void write(Path path, byte[] values) {
    byte[] header = header("|u1", values.length + ",");
    AtomicFile.write(
        path, ByteBuffer.allocate(header.length + values.length).put(header).put(values).array());
  }

  private static byte[] header(String type, String shape) {
    String text = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }".formatted(type, shape);
    int before = MAGIC.length + Short.BYTES;
    int length = text.length() + 1;
    int padded = (before + length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - before;
    String line = text + " ".repeat(padded - length) + "\n";
    return ByteBuffer.allocate(before + padded)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MAGIC)
        .putShort((short) padded)
        .put(line.getBytes(StandardCharsets.US_ASCII))
        .array();
  }
}

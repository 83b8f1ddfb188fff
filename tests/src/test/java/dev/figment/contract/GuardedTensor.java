package dev.figment.contract;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Memory;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.Arrays;

/**
 * A tensor in the middle of a larger memory whose other elements hold a known pattern. For REAL the
 * pattern is a NaN with a mark: what reads beyond the tensor gets a NaN, what writes beyond it
 * removes the mark.
 */
final class GuardedTensor implements AutoCloseable {
  /** A quiet NaN no arithmetic makes. */
  static final int GUARD = 0x7FC5A5A5;

  /** Another, for elements that an operation must write. */
  static final int POISON = 0x7FD00F0F;

  private static final int GUARD_INT = 0x5A5AA5A5;
  private static final byte GUARD_BYTE = (byte) 0xA5;

  /** More than the widest vector and a cache line of any device. */
  private static final int ZONE = 64;

  private final Memory memory;
  private final Tensor tensor;

  /** A tensor {@code shift} elements off the alignment that the device gives a memory. */
  GuardedTensor(Device device, DataType type, Shape shape, int shift) {
    int before = ZONE + shift;
    memory = device.allocate(type, before + shape.count() + ZONE + 1);
    tensor = new Tensor(memory, before, shape);
    int length = Math.toIntExact(memory.length());
    switch (type) {
      case REAL -> memory.write(0, floats(length, GUARD), 0, length);
      case INT32 -> memory.write(0, ints(length), 0, length);
      case UINT8 -> memory.write(0, bytes(length), 0, length);
      case BFLOAT16 -> throw new IllegalArgumentException("The contract is of REAL.");
    }
  }

  Tensor tensor() {
    return tensor;
  }

  /** Fills the tensor itself with numbers that an operation must replace. */
  void poison() {
    tensor.write(floats(Math.toIntExact(tensor.count()), POISON));
  }

  /** The index, counted from the tensor's first element, of a broken guard element; else null. */
  Long brokenGuard() {
    int length = Math.toIntExact(memory.length());
    int[] found = new int[length];
    int guard;
    switch (memory.type()) {
      case REAL -> {
        found = bits(memory, 0, length);
        guard = GUARD;
      }
      case INT32 -> {
        memory.read(0, found, 0, length);
        guard = GUARD_INT;
      }
      default -> {
        byte[] raw = new byte[length];
        memory.read(0, raw, 0, length);
        for (int i = 0; i < length; i++) {
          found[i] = raw[i];
        }
        guard = GUARD_BYTE;
      }
    }
    for (int i = 0; i < length; i++) {
      boolean inside = i >= tensor.offset() && i < tensor.offset() + tensor.count();
      if (!inside && found[i] != guard) {
        return i - tensor.offset();
      }
    }
    return null;
  }

  /** The tensor's elements as bits: float32 bits for REAL, else the integers. */
  int[] bits() {
    int count = Math.toIntExact(tensor.count());
    return switch (memory.type()) {
      case REAL -> bits(memory, tensor.offset(), count);
      case INT32 -> tensor.toInts();
      case UINT8 -> {
        byte[] raw = tensor.toBytes();
        int[] result = new int[count];
        Arrays.setAll(result, i -> raw[i]);
        yield result;
      }
      case BFLOAT16 -> throw new IllegalStateException("The contract is of REAL.");
    };
  }

  private static int[] bits(Memory memory, long offset, int count) {
    float[] values = new float[count];
    memory.read(offset, values, 0, count);
    int[] result = new int[count];
    Arrays.setAll(result, i -> Float.floatToRawIntBits(values[i]));
    return result;
  }

  private static float[] floats(int count, int pattern) {
    float[] result = new float[count];
    Arrays.fill(result, Float.intBitsToFloat(pattern));
    return result;
  }

  private static int[] ints(int count) {
    int[] result = new int[count];
    Arrays.fill(result, GUARD_INT);
    return result;
  }

  private static byte[] bytes(int count) {
    byte[] result = new byte[count];
    Arrays.fill(result, GUARD_BYTE);
    return result;
  }

  @Override
  public void close() {
    memory.close();
  }
}

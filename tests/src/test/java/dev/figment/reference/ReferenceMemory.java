package dev.figment.reference;

import dev.figment.device.DataType;
import dev.figment.device.FigmentException;
import dev.figment.device.Memory;
import java.util.Objects;

/** Memory of the reference device: a Java array, REAL being double. */
final class ReferenceMemory implements Memory {
  private final ReferenceDevice device;
  private final DataType type;
  private final int length;
  private Object array;

  ReferenceMemory(ReferenceDevice device, DataType type, long length) {
    this.device = device;
    this.type = type;
    this.length = Math.toIntExact(length);
    this.array =
        switch (type) {
          case REAL -> new double[this.length];
          case BFLOAT16 ->
              throw new FigmentException("The reference has no BFLOAT16; ask it for REAL.");
          case INT32 -> new int[this.length];
          case UINT8 -> new byte[this.length];
        };
  }

  double[] reals() {
    return (double[]) open(DataType.REAL);
  }

  int[] ints() {
    return (int[]) open(DataType.INT32);
  }

  byte[] bytes() {
    return (byte[]) open(DataType.UINT8);
  }

  private Object open(DataType asked) {
    device.checkThread();
    if (array == null) {
      throw new FigmentException("A closed memory was used; allocate another.");
    }
    if (asked != type) {
      throw new FigmentException("A memory of %s was used as %s.".formatted(type, asked));
    }
    return array;
  }

  private int range(long offset, int hostLength, int from, int count) {
    if (count < 0
        || offset < 0
        || offset > length - count
        || from < 0
        || from > hostLength - count) {
      throw new FigmentException(
          "%d elements at %d of a memory of %d and at %d of an array of %d were asked for."
              .formatted(count, offset, length, from, hostLength));
    }
    return (int) offset;
  }

  @Override
  public DataType type() {
    return type;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public void write(long offset, float[] source, int from, int count) {
    double[] target = reals();
    int start = range(offset, source.length, from, count);
    for (int i = 0; i < count; i++) {
      target[start + i] = source[from + i];
    }
  }

  @Override
  public void read(long offset, float[] target, int from, int count) {
    double[] source = reals();
    int start = range(offset, target.length, from, count);
    for (int i = 0; i < count; i++) {
      target[from + i] = (float) source[start + i];
    }
  }

  @Override
  public void write(long offset, double[] source, int from, int count) {
    copyIn(reals(), offset, source, source.length, from, count);
  }

  @Override
  public void read(long offset, double[] target, int from, int count) {
    copyOut(reals(), offset, target, target.length, from, count);
  }

  @Override
  public void write(long offset, int[] source, int from, int count) {
    copyIn(ints(), offset, source, source.length, from, count);
  }

  @Override
  public void read(long offset, int[] target, int from, int count) {
    copyOut(ints(), offset, target, target.length, from, count);
  }

  @Override
  public void write(long offset, byte[] source, int from, int count) {
    copyIn(bytes(), offset, source, source.length, from, count);
  }

  @Override
  public void read(long offset, byte[] target, int from, int count) {
    copyOut(bytes(), offset, target, target.length, from, count);
  }

  private void copyIn(Object mine, long offset, Object host, int hostLength, int from, int count) {
    int start = range(offset, hostLength, from, count);
    System.arraycopy(Objects.requireNonNull(host), from, mine, start, count);
  }

  private void copyOut(Object mine, long offset, Object host, int hostLength, int from, int count) {
    int start = range(offset, hostLength, from, count);
    System.arraycopy(mine, start, Objects.requireNonNull(host), from, count);
  }

  @Override
  public void close() {
    array = null;
  }
}

package dev.figment.cpu;

import dev.figment.device.Callers;
import dev.figment.device.DataType;
import dev.figment.device.FigmentException;
import dev.figment.device.Memory;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntToDoubleFunction;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Native memory of the CPU's kernels: float32, bfloat16, int32 or bytes, 64-byte aligned. */
final class CpuMemory implements Memory {
  private static final Logger LOG = LoggerFactory.getLogger(CpuMemory.class);
  private static final Cleaner CLEANER = Cleaner.create();

  /** Elements copied through one buffer: buffers end at 2 GiB, memories do not. */
  private static final int CHUNK = 1 << 26;

  private final CpuDevice device;
  private final DataType type;
  private final long length;
  private final Block block;
  private final Cleaner.Cleanable cleanable;
  private String closedAt;

  CpuMemory(CpuDevice device, DataType type, long length) {
    if (length < 1) {
      throw new FigmentException(
          "A memory of %d elements was asked for; it takes at least 1.".formatted(length));
    }
    this.device = device;
    this.type = type;
    this.length = length;
    long address = CpuNative.allocate(Math.multiplyExact(length, bytes(type)));
    if (address == 0) {
      throw new FigmentException(
          "%d %s elements of CPU memory were asked for and there is not as much left; take a smaller batch or model."
              .formatted(length, type));
    }
    this.block = new Block(address, length + " " + type);
    this.cleanable = CLEANER.register(this, block);
  }

  @Override
  public DataType type() {
    return type;
  }

  @Override
  public long length() {
    return length;
  }

  boolean isOf(CpuDevice other) {
    return device == other;
  }

  /** The address of element {@code offset} of an open memory. */
  long address(long offset) {
    if (closedAt != null) {
      throw new FigmentException(
          "A memory of %d %s was used after it was closed at %s."
              .formatted(length, type, closedAt));
    }
    return block.address + offset * bytes(type);
  }

  @Override
  public void write(long offset, float[] source, int from, int count) {
    if (type == DataType.BFLOAT16) {
      writeHalves(offset, source.length, from, count, i -> source[i]);
      return;
    }
    check("write", DataType.REAL, offset, source.length, from, count);
    for (int done = 0; done < count; done += CHUNK) {
      int part = Math.min(CHUNK, count - done);
      buffer(offset + done, part).asFloatBuffer().put(source, from + done, part);
    }
  }

  @Override
  public void read(long offset, float[] target, int from, int count) {
    if (type == DataType.BFLOAT16) {
      readHalves(offset, target.length, from, count, (i, value) -> target[i] = value);
      return;
    }
    check("read", DataType.REAL, offset, target.length, from, count);
    for (int done = 0; done < count; done += CHUNK) {
      int part = Math.min(CHUNK, count - done);
      buffer(offset + done, part).asFloatBuffer().get(target, from + done, part);
    }
  }

  @Override
  public void write(long offset, double[] source, int from, int count) {
    if (type == DataType.BFLOAT16) {
      writeHalves(offset, source.length, from, count, i -> source[i]);
      return;
    }
    check("write", DataType.REAL, offset, source.length, from, count);
    for (int done = 0; done < count; done += CHUNK) {
      int part = Math.min(CHUNK, count - done);
      var floats = buffer(offset + done, part).asFloatBuffer();
      for (int i = 0; i < part; i++) {
        floats.put(i, (float) source[from + done + i]);
      }
    }
  }

  @Override
  public void read(long offset, double[] target, int from, int count) {
    if (type == DataType.BFLOAT16) {
      readHalves(offset, target.length, from, count, (i, value) -> target[i] = value);
      return;
    }
    check("read", DataType.REAL, offset, target.length, from, count);
    for (int done = 0; done < count; done += CHUNK) {
      int part = Math.min(CHUNK, count - done);
      var floats = buffer(offset + done, part).asFloatBuffer();
      for (int i = 0; i < part; i++) {
        target[from + done + i] = floats.get(i);
      }
    }
  }

  @Override
  public void write(long offset, int[] source, int from, int count) {
    check("write", DataType.INT32, offset, source.length, from, count);
    for (int done = 0; done < count; done += CHUNK) {
      int part = Math.min(CHUNK, count - done);
      buffer(offset + done, part).asIntBuffer().put(source, from + done, part);
    }
  }

  @Override
  public void read(long offset, int[] target, int from, int count) {
    check("read", DataType.INT32, offset, target.length, from, count);
    for (int done = 0; done < count; done += CHUNK) {
      int part = Math.min(CHUNK, count - done);
      buffer(offset + done, part).asIntBuffer().get(target, from + done, part);
    }
  }

  @Override
  public void write(long offset, byte[] source, int from, int count) {
    check("write", DataType.UINT8, offset, source.length, from, count);
    for (int done = 0; done < count; done += CHUNK) {
      int part = Math.min(CHUNK, count - done);
      buffer(offset + done, part).put(source, from + done, part);
    }
  }

  @Override
  public void read(long offset, byte[] target, int from, int count) {
    check("read", DataType.UINT8, offset, target.length, from, count);
    for (int done = 0; done < count; done += CHUNK) {
      int part = Math.min(CHUNK, count - done);
      buffer(offset + done, part).get(target, from + done, part);
    }
  }

  private void writeHalves(
      long offset, int arrayLength, int from, int count, IntToDoubleFunction source) {
    check("write", DataType.BFLOAT16, offset, arrayLength, from, count);
    for (int done = 0; done < count; done += CHUNK) {
      int part = Math.min(CHUNK, count - done);
      var halves = buffer(offset + done, part).asShortBuffer();
      for (int i = 0; i < part; i++) {
        halves.put(i, upperHalf((float) source.applyAsDouble(from + done + i)));
      }
    }
  }

  private void readHalves(long offset, int arrayLength, int from, int count, Sink target) {
    check("read", DataType.BFLOAT16, offset, arrayLength, from, count);
    for (int done = 0; done < count; done += CHUNK) {
      int part = Math.min(CHUNK, count - done);
      var halves = buffer(offset + done, part).asShortBuffer();
      for (int i = 0; i < part; i++) {
        target.set(from + done + i, Float.intBitsToFloat(halves.get(i) << 16));
      }
    }
  }

  /** What takes the elements that are read. */
  private interface Sink {
    void set(int index, float value);
  }

  /** As the kernels round: to the nearest, ties to even; a NaN becomes theirs. */
  private static short upperHalf(float x) {
    int bits = Float.floatToRawIntBits(x);
    return (short) (Float.isNaN(x) ? 0x7fff : (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
  }

  @Override
  public void close() {
    device.requireOwner("close");
    if (closedAt == null) {
      closedAt = Callers.outside(CpuMemory.class);
      block.closed = true;
      cleanable.clean();
    }
  }

  private void check(
      String verb, DataType wanted, long offset, int arrayLength, int from, int count) {
    device.requireOwner(verb);
    if (type != wanted) {
      throw new FigmentException(
          "%s was called with an array for %s on a memory of %s.".formatted(verb, wanted, type));
    }
    if (count < 0
        || offset < 0
        || offset > length - count
        || from < 0
        || from > arrayLength - count) {
      throw new FigmentException(
          "%s was asked for %d elements from %d of a memory of %d and from %d of an array of %d; they do not fit."
              .formatted(verb, count, offset, length, from, arrayLength));
    }
  }

  private ByteBuffer buffer(long offset, int count) {
    return new View(address(offset), (long) count * bytes(type))
        .asByteBuffer()
        .order(ByteOrder.nativeOrder());
  }

  /** Bytes of one element. */
  static long bytes(DataType type) {
    return switch (type) {
      case REAL, INT32 -> 4;
      case BFLOAT16 -> 2;
      case UINT8 -> 1;
    };
  }

  /** A pointer to memory that something else owns. */
  private static final class View extends BytePointer {
    View(long address, long bytes) {
      super((Pointer) null);
      this.address = address;
      this.limit = bytes;
      this.capacity = bytes;
    }
  }

  /** What the cleaner holds: the address and never the memory, which it could not outlive. */
  private static final class Block implements Runnable {
    private final long address;
    private final String what;
    private boolean closed;

    Block(long address, String what) {
      this.address = address;
      this.what = what;
    }

    @Override
    public void run() {
      if (!closed) {
        LOG.warn(
            "A CPU memory of {} was never closed; it is freed now. Close what allocate() returns.",
            what);
      }
      CpuNative.free(address);
    }
  }
}

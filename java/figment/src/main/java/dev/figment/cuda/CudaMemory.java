package dev.figment.cuda;

import dev.figment.device.Callers;
import dev.figment.device.DataType;
import dev.figment.device.FigmentException;
import dev.figment.device.Memory;
import java.lang.ref.Cleaner;
import java.nio.FloatBuffer;
import jcuda.driver.CUdeviceptr;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Memory of a GPU: float32, int32 or bytes, 256-byte aligned. */
final class CudaMemory implements Memory {
  private static final Logger LOG = LoggerFactory.getLogger(CudaMemory.class);
  private static final Cleaner CLEANER = Cleaner.create();

  private final CudaDevice device;
  private final DataType type;
  private final long length;
  private final Block block;
  private final Cleaner.Cleanable cleanable;
  private String closedAt;

  /** Allocates in the device's context, which is current. */
  CudaMemory(CudaDevice device, DataType type, long length) {
    if (length < 1) {
      throw new FigmentException(
          "A memory of %d elements was asked for; it takes at least 1.".formatted(length));
    }
    this.device = device;
    this.type = type;
    this.length = length;
    DevicePointer pointer = device.context().allocate(Math.multiplyExact(length, bytes(type)));
    this.block = new Block(device.context(), pointer, length + " " + type);
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

  boolean isOf(CudaDevice other) {
    return device == other;
  }

  /** The address of element {@code offset} of an open memory. */
  long address(long offset) {
    return open().address() + offset * bytes(type);
  }

  /** A pointer to element {@code offset} of an open memory. */
  CUdeviceptr pointer(long offset) {
    return open().withByteOffset(offset * bytes(type));
  }

  private DevicePointer open() {
    if (closedAt != null) {
      throw new FigmentException(
          "A memory of %d %s was used after it was closed at %s."
              .formatted(length, type, closedAt));
    }
    return block.pointer;
  }

  @Override
  public void write(long offset, float[] source, int from, int count) {
    write(
        DataType.REAL,
        offset,
        source.length,
        from,
        count,
        (buffer, done, part) -> buffer.asFloatBuffer().put(source, from + done, part));
  }

  @Override
  public void read(long offset, float[] target, int from, int count) {
    read(
        DataType.REAL,
        offset,
        target.length,
        from,
        count,
        (buffer, done, part) -> buffer.asFloatBuffer().get(target, from + done, part));
  }

  @Override
  public void write(long offset, double[] source, int from, int count) {
    write(
        DataType.REAL,
        offset,
        source.length,
        from,
        count,
        (buffer, done, part) -> {
          FloatBuffer floats = buffer.asFloatBuffer();
          for (int i = 0; i < part; i++) {
            floats.put(i, (float) source[from + done + i]);
          }
        });
  }

  @Override
  public void read(long offset, double[] target, int from, int count) {
    read(
        DataType.REAL,
        offset,
        target.length,
        from,
        count,
        (buffer, done, part) -> {
          FloatBuffer floats = buffer.asFloatBuffer();
          for (int i = 0; i < part; i++) {
            target[from + done + i] = floats.get(i);
          }
        });
  }

  @Override
  public void write(long offset, int[] source, int from, int count) {
    write(
        DataType.INT32,
        offset,
        source.length,
        from,
        count,
        (buffer, done, part) -> buffer.asIntBuffer().put(source, from + done, part));
  }

  @Override
  public void read(long offset, int[] target, int from, int count) {
    read(
        DataType.INT32,
        offset,
        target.length,
        from,
        count,
        (buffer, done, part) -> buffer.asIntBuffer().get(target, from + done, part));
  }

  @Override
  public void write(long offset, byte[] source, int from, int count) {
    write(
        DataType.UINT8,
        offset,
        source.length,
        from,
        count,
        (buffer, done, part) -> buffer.put(0, source, from + done, part));
  }

  @Override
  public void read(long offset, byte[] target, int from, int count) {
    read(
        DataType.UINT8,
        offset,
        target.length,
        from,
        count,
        (buffer, done, part) -> buffer.get(0, target, from + done, part));
  }

  private void write(
      DataType wanted, long offset, int arrayLength, int from, int count, Staging.Move move) {
    check("write", wanted, offset, arrayLength, from, count);
    if (count > 0) {
      device.staging("write").upload(pointer(offset), count, bytes(type), move);
    }
  }

  private void read(
      DataType wanted, long offset, int arrayLength, int from, int count, Staging.Move move) {
    check("read", wanted, offset, arrayLength, from, count);
    if (count > 0) {
      device.staging("read").download(pointer(offset), count, bytes(type), move);
    }
  }

  private void check(
      String verb, DataType wanted, long offset, int arrayLength, int from, int count) {
    device.context().requireOwner(verb);
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

  /** Waits for the device's work first, which may use this memory. */
  @Override
  public void close() {
    device.context().requireOwner("close");
    if (closedAt == null) {
      boolean held = device.context().isOpen(); // a closed context took its memory with it
      if (held) {
        device.enterUnrecorded("close");
      }
      closedAt = Callers.outside(CudaMemory.class);
      block.closed = true;
      cleanable.clean();
      if (held) {
        Cuda.free(block.pointer);
      }
    }
  }

  /** Bytes of one element. */
  static int bytes(DataType type) {
    return type == DataType.UINT8 ? 1 : 4;
  }

  /** What the cleaner holds: the pointer and never the memory, which it could not outlive. */
  private static final class Block implements Runnable {
    private final CudaContext context;
    private final DevicePointer pointer;
    private final String what;
    private boolean closed;

    Block(CudaContext context, DevicePointer pointer, String what) {
      this.context = context;
      this.pointer = pointer;
      this.what = what;
    }

    @Override
    public void run() {
      if (!closed && context.isOpen()) {
        LOG.warn(
            "A GPU memory of {} was never closed; it is freed with the next allocation. Close what allocate() returns.",
            what);
        context.abandon(pointer);
      }
    }
  }
}

package dev.figment.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;

/**
 * The way between Java's arrays and device memory: through two page-locked buffers, so that one is
 * filled or emptied while the device copies the other. It goes with its context.
 */
final class Staging {
  /** Bytes a buffer: copies of some megabytes reach the bus's full speed. */
  static final int SLOT_BYTES = 4 << 20;

  /** Moves {@code count} elements between an array, from {@code done} on, and a buffer's start. */
  @FunctionalInterface
  interface Move {
    void between(ByteBuffer buffer, int done, int count);
  }

  private static final class Slot {
    private final Pointer pointer = Cuda.allocateHost(SLOT_BYTES);
    private final ByteBuffer buffer =
        pointer.getByteBuffer(0, SLOT_BYTES).order(ByteOrder.nativeOrder());
    private final CudaEvent copied = new CudaEvent();
  }

  private final CudaStream stream;
  private final Slot[] slots = {new Slot(), new Slot()};
  private int next;

  /** Allocates in the current context. */
  Staging(CudaStream stream) {
    this.stream = stream;
  }

  /** Queues the copy; when it returns, the array has been read. */
  void upload(CUdeviceptr target, int count, int elementBytes, Move move) {
    int slotElements = SLOT_BYTES / elementBytes;
    for (int done = 0; done < count; done += slotElements) {
      int part = Math.min(slotElements, count - done);
      Slot slot = slots[next++ % 2];
      slot.copied.synchronize();
      move.between(slot.buffer, done, part);
      Cuda.upload(
          at(target, done, elementBytes), slot.pointer, bytes(part, elementBytes), stream.handle());
      slot.copied.record(stream);
    }
  }

  /** Waits for the stream's work and copies. */
  void download(CUdeviceptr source, int count, int elementBytes, Move move) {
    int slotElements = SLOT_BYTES / elementBytes;
    start(source, 0, count, elementBytes, slots[0]);
    for (int done = 0, k = 0; done < count; done += slotElements, k++) {
      if (count - done > slotElements) {
        start(source, done + slotElements, count, elementBytes, slots[(k + 1) % 2]);
      }
      Slot slot = slots[k % 2];
      slot.copied.synchronize();
      move.between(slot.buffer, done, Math.min(slotElements, count - done));
    }
  }

  private void start(CUdeviceptr source, int done, int count, int elementBytes, Slot slot) {
    int part = Math.min(SLOT_BYTES / elementBytes, count - done);
    // An upload from this buffer may be queued still: the stream keeps the order.
    Cuda.download(
        slot.pointer, at(source, done, elementBytes), bytes(part, elementBytes), stream.handle());
    slot.copied.record(stream);
  }

  private static CUdeviceptr at(CUdeviceptr start, int elements, int elementBytes) {
    return start.withByteOffset(bytes(elements, elementBytes));
  }

  private static long bytes(int elements, int elementBytes) {
    return (long) elements * elementBytes;
  }
}

package dev.figment.cuda;

import dev.figment.device.FigmentException;
import java.util.ArrayList;
import java.util.List;

/**
 * Device memory that an operation uses while it runs. All operations share it, since one stream
 * runs them in turn. What it has outgrown stays allocated until the device closes, for recorded
 * graphs may hold its address.
 */
final class Scratch implements AutoCloseable {
  private final CudaContext context;
  private final CudaStream stream;
  private final String what;
  private final List<DevicePointer> allocated = new ArrayList<>();
  private DevicePointer pointer;
  private long bytes;

  /**
   * @param what it is for, in messages
   */
  Scratch(CudaContext context, CudaStream stream, String what) {
    this.context = context;
    this.stream = stream;
    this.what = what;
  }

  /**
   * The address of at least {@code wanted} bytes, zeros where nobody wrote; the context is current.
   *
   * @param recording whether a graph is being recorded, in which nothing can be allocated
   */
  long address(long wanted, boolean recording) {
    if (wanted > bytes) {
      if (recording) {
        throw new FigmentException(
            "A recording needs %d bytes of %s and %d are there, and nothing can be allocated while recording; run the step once before it is recorded."
                .formatted(wanted, what, bytes));
      }
      long grown = Math.max(wanted, 2 * bytes);
      pointer = context.allocate(grown);
      allocated.add(pointer);
      bytes = grown;
      Cuda.zero(pointer, grown, stream.handle());
    }
    return pointer.address();
  }

  @Override
  public void close() {
    allocated.forEach(Cuda::free);
    allocated.clear();
    pointer = null;
    bytes = 0;
  }
}

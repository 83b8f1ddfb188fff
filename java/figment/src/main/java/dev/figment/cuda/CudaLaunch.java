package dev.figment.cuda;

import dev.figment.device.FigmentException;
import dev.figment.device.KernelLaunch;
import java.util.ArrayList;
import java.util.List;
import jcuda.NativePointerObject;
import jcuda.Pointer;
import jcuda.driver.CUfunction;

/** One launch of a kernel: its grid, then its arguments in the kernel's order, then {@link #on}. */
final class CudaLaunch {
  /** Threads of a block: kThreads of kernels/block.cuh, and the kernels' launch bound. */
  static final int THREADS = 256;

  private static final long LONGEST_GRID_X = Integer.MAX_VALUE;
  private static final long LONGEST_GRID_Y = 65535;

  private final CUfunction function;
  private final String name;
  private final List<NativePointerObject> arguments = new ArrayList<>();
  private long gridX = 1;
  private long gridY = 1;
  private int blockX = THREADS;
  private int blockY = 1;
  private int sharedBytes;

  CudaLaunch(CUfunction function, String name) {
    this.function = function;
    this.name = name;
  }

  /** Blocks along x; 1 when not set. */
  CudaLaunch grid(long x) {
    return grid(x, 1);
  }

  /** Blocks along x and y. */
  CudaLaunch grid(long x, long y) {
    if (x < 1 || x > LONGEST_GRID_X || y < 1 || y > LONGEST_GRID_Y) {
      throw new FigmentException(
          "%s was asked for a grid of %d x %d blocks; a GPU takes up to %d x %d: take a smaller batch."
              .formatted(name, x, y, LONGEST_GRID_X, LONGEST_GRID_Y));
    }
    gridX = x;
    gridY = y;
    return this;
  }

  /** Threads of a block along x and y; {@link #THREADS} and 1 when not set. */
  CudaLaunch block(int x, int y) {
    blockX = x;
    blockY = y;
    return this;
  }

  /** Bytes of dynamic shared memory a block, none when not set. */
  CudaLaunch shared(int bytes) {
    sharedBytes = bytes;
    return this;
  }

  /** A pointer argument. */
  CudaLaunch address(long value) {
    return argument(Pointer.to(new long[] {value}));
  }

  /** An argument of 32 bits, int or unsigned. */
  CudaLaunch integer(int value) {
    return argument(Pointer.to(new int[] {value}));
  }

  /** A struct of 32-bit integers, by value. */
  CudaLaunch integers(int... values) {
    return argument(Pointer.to(values));
  }

  /** An argument of 64 bits, long long. */
  CudaLaunch wide(long value) {
    return argument(Pointer.to(new long[] {value}));
  }

  /** A float argument. */
  CudaLaunch real(double value) {
    return argument(Pointer.to(new float[] {(float) value}));
  }

  /** A double argument. */
  CudaLaunch realWide(double value) {
    return argument(Pointer.to(new double[] {value}));
  }

  private CudaLaunch argument(Pointer pointer) {
    arguments.add(pointer);
    return this;
  }

  /** Queues it; the context is current. */
  void on(CudaStream stream) {
    Cuda.launch(
        function,
        name,
        (int) gridX,
        (int) gridY,
        blockX,
        blockY,
        sharedBytes,
        stream.handle(),
        Pointer.to(arguments.toArray(new NativePointerObject[0])));
    stream.note(new KernelLaunch(name, (int) gridX, (int) gridY, blockX, blockY, sharedBytes));
  }
}

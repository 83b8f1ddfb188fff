package dev.figment.cpu;

import dev.figment.device.Callers;
import dev.figment.device.CheckedKernels;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Kernels;
import dev.figment.device.Memory;
import dev.figment.device.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The CPU: C++ kernels on oneDNN and OpenMP. */
public final class CpuDevice implements Device {
  /** Beyond any machine; OpenMP ends the process where it cannot start a thread. */
  private static final int MOST_THREADS = 1024;

  private final Thread owner = Thread.currentThread();
  private final Kernels kernels = new CheckedKernels(new CpuKernels(this));
  private final Precision precision;
  private String plan;
  private long context;
  private String closedAt;

  private CpuDevice(long context, Precision precision) {
    this.context = context;
    this.precision = precision;
    this.plan = CpuNative.plan(context);
  }

  /**
   * Opens the CPU for the calling thread. With as many workers as there are CPUs to use, each gets
   * a CPU of its own until the device is closed, the calling thread too: threads that it starts
   * meanwhile inherit that CPU, so start helpers before, or from another thread.
   *
   * @param threads workers, the calling thread among them; 0 for all CPUs the process may use
   * @param fastConvolutions whether Winograd's algorithm computes the convolutions for which it is
   *     faster, with results within 1e-5 of each tensor's norm
   * @param precision of activations, and of the factors of dense products and of convolutions that
   *     are not computed by Winograd's algorithm
   */
  public static CpuDevice open(int threads, boolean fastConvolutions, Precision precision) {
    return open(threads, "auto", fastConvolutions, precision);
  }

  /** As the other, with {@code avx512}, {@code avx2} or {@code baseline} instructions. */
  static CpuDevice open(
      int threads, String instructions, boolean fastConvolutions, Precision precision) {
    if (threads < 0 || threads > MOST_THREADS) {
      throw new FigmentException(
          "The CPU was asked for with %d threads; give 0 for all, or up to %d."
              .formatted(threads, MOST_THREADS));
    }
    long context;
    try {
      context =
          CpuNative.create(
              threads, instructions, fastConvolutions ? 1 : 0, precision == Precision.BF16 ? 1 : 0);
    } catch (LinkageError e) {
      throw new FigmentException(
          "The CPU kernels could not be loaded on %s/%s (%s); build the project on this machine."
              .formatted(System.getProperty("os.name"), System.getProperty("os.arch"), e),
          e);
    }
    if (context == 0) {
      throw new FigmentException(
          "The CPU was asked for with %s instructions; this processor (%s) lacks them, or memory is short."
              .formatted(instructions, processor()));
    }
    return new CpuDevice(context, precision);
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public String description() {
    return processor() + ", " + plan;
  }

  @Override
  public String plan() {
    return plan;
  }

  @Override
  public void choose(String kernels) {
    if (CpuNative.choose(context("choose"), kernels) != 0) {
      throw new FigmentException(CpuNative.lastError(context));
    }
    plan = CpuNative.plan(context);
  }

  @Override
  public void tune() {
    CpuNative.tune(context("tune"));
  }

  @Override
  public String tuned() {
    return CpuNative.tuned(context("tuned"));
  }

  @Override
  public DataType activations() {
    return precision == Precision.BF16 ? DataType.BFLOAT16 : DataType.REAL;
  }

  @Override
  public Memory allocate(DataType type, long length) {
    context("allocate");
    return new CpuMemory(this, type, length);
  }

  @Override
  public Kernels kernels() {
    return kernels;
  }

  /** Returns at once: an operation has finished when its call returns. */
  @Override
  public void synchronize() {
    context("synchronize");
  }

  /** Bytes of scratch memory held; constant once every shape has been seen. */
  long scratchBytes() {
    return CpuNative.scratchBytes(context("scratchBytes"));
  }

  /** The native context, for a call by the owner of an open device. */
  long context(String operation) {
    requireOwner(operation);
    if (context == 0) {
      throw new FigmentException(
          "%s was called on a CPU device that was closed at %s.".formatted(operation, closedAt));
    }
    return context;
  }

  void requireOwner(String operation) {
    Thread caller = Thread.currentThread();
    if (caller != owner) {
      throw new FigmentException(
          "%s was called by thread \"%s\"; the device belongs to thread \"%s\", which opened it and makes all its calls."
              .formatted(operation, caller.getName(), owner.getName()));
    }
  }

  @Override
  public void close() {
    requireOwner("close");
    if (context != 0) {
      CpuNative.destroy(context);
      context = 0;
      closedAt = Callers.outside(CpuDevice.class);
    }
  }

  private static String processor() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }
}

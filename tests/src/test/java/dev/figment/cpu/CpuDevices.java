package dev.figment.cpu;

import dev.figment.device.Device;
import dev.figment.device.Precision;

/** Opens the CPU with an instruction set of choice, which users cannot ask for. */
public final class CpuDevices {
  private CpuDevices() {}

  /**
   * Opens the CPU for the calling thread.
   *
   * @param threads workers
   * @param instructions {@code auto}, {@code avx512}, {@code avx2} or {@code baseline}
   * @param fastConvolutions whether Winograd's algorithm is used where it is faster
   * @throws dev.figment.device.FigmentException when the processor lacks them
   */
  public static Device open(int threads, String instructions, boolean fastConvolutions) {
    return open(threads, instructions, fastConvolutions, Precision.FLOAT32);
  }

  /** As the other, with the precision of products. */
  public static Device open(
      int threads, String instructions, boolean fastConvolutions, Precision precision) {
    return CpuDevice.open(threads, instructions, fastConvolutions, precision);
  }
}

package dev.figment.profile;

import dev.figment.device.FigmentException;
import java.util.List;

/**
 * What a multiprocessor holds at a time, by architecture, and so how many warps of a kernel: its
 * theoretical occupancy.
 *
 * <p>Source: NVIDIA, CUDA C++ Programming Guide, technical specifications by compute capability;
 * units of allocation as in cuda_occupancy.h.
 *
 * @param architecture 80 is sm_80
 * @param threads resident threads
 * @param blocks resident blocks
 * @param sharedBytes shared memory
 * @param reservedBytes of it that the system takes for each block
 * @param sharedUnit shared memory is given to a block in units of this
 */
public record Multiprocessor(
    int architecture, int threads, int blocks, int sharedBytes, int reservedBytes, int sharedUnit) {
  private static final int WARP = 32;
  private static final int REGISTERS = 65536;
  private static final int PARTITIONS = 4; // each with a quarter of the registers
  private static final int REGISTER_UNIT = 256; // registers are given to a warp in units of this

  private static final List<Multiprocessor> ALL =
      List.of(
          new Multiprocessor(75, 1024, 16, 64 << 10, 0, 256),
          new Multiprocessor(80, 2048, 32, 164 << 10, 1 << 10, 128),
          new Multiprocessor(90, 2048, 32, 228 << 10, 1 << 10, 128),
          new Multiprocessor(100, 2048, 32, 228 << 10, 1 << 10, 128),
          new Multiprocessor(120, 1536, 24, 100 << 10, 1 << 10, 128));

  /** The architectures that are known, ascending. */
  public static List<Integer> architectures() {
    return ALL.stream().map(Multiprocessor::architecture).toList();
  }

  /** The multiprocessor of an architecture. */
  public static Multiprocessor of(int architecture) {
    return ALL.stream()
        .filter(one -> one.architecture == architecture)
        .findFirst()
        .orElseThrow(
            () ->
                new FigmentException(
                    "A multiprocessor of sm_%d was asked for; those of %s are known."
                        .formatted(architecture, architectures())));
  }

  /**
   * The blocks that are resident at a time; 0 when one does not fit.
   *
   * @param blockThreads threads of a block
   * @param registers a thread
   * @param shared bytes of shared memory a block, static and dynamic
   */
  public int residentBlocks(int blockThreads, int registers, int shared) {
    int warps = roundUp(blockThreads, WARP) / WARP;
    int resident = Math.min(blocks, threads / WARP / warps);
    if (registers > 0) {
      int warpRegisters = roundUp(registers * WARP, REGISTER_UNIT);
      int residentWarps = PARTITIONS * (REGISTERS / PARTITIONS / warpRegisters);
      resident = Math.min(resident, residentWarps / warps);
    }
    int blockShared = roundUp(shared + reservedBytes, sharedUnit);
    return blockShared == 0 ? resident : Math.min(resident, sharedBytes / blockShared);
  }

  /** The share of the warps that a multiprocessor can hold which blocks of a kernel fill. */
  public double occupancy(int blockThreads, int registers, int shared) {
    int warps = roundUp(blockThreads, WARP) / WARP;
    return (double) residentBlocks(blockThreads, registers, shared) * warps * WARP / threads;
  }

  private static int roundUp(int value, int unit) {
    return (value + unit - 1) / unit * unit;
  }
}

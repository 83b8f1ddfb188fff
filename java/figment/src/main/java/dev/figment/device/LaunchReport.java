package dev.figment.device;

import java.util.List;
import java.util.Map;

/**
 * What the kernels of a simulated GPU did, as a {@link LaunchCounter} counted it. The page on the
 * engine (docs/simgpu-engine.md, Counting) says what each number means and which come from a model.
 *
 * @param kernels the sums by kernel, in order of name
 * @param launches the launches one by one, in the order in which they ran
 * @param launchesNotListed how many more there were, of which only the sums are kept
 */
public record LaunchReport(List<Kernel> kernels, List<Launch> launches, long launchesNotListed) {
  /**
   * All launches of the kernels of one name.
   *
   * @param launches how many
   * @param lines what the instructions of each source line did, in order of file and line; empty
   *     where the PTX names no source lines
   */
  public record Kernel(String kernel, long launches, Counts counts, List<Line> lines) {}

  /**
   * The instructions of one source line.
   *
   * @param file as the compiler was given it
   * @param globalSectors of loads, stores and atomics
   * @param sharedWavefronts of loads, stores and atomics
   */
  public record Line(
      String file,
      int line,
      Instructions instructions,
      long globalSectors,
      long sharedWavefronts,
      long sharedConflicts) {}

  /**
   * One launch.
   *
   * @param dynamicShared bytes of shared memory that the launch asked for
   * @param l2DirtyBytes what lay in the modelled L2 cache after it and had yet to go to DRAM
   */
  public record Launch(
      String kernel,
      Extent grid,
      Extent block,
      long dynamicShared,
      long l2DirtyBytes,
      Counts counts) {}

  /** The size of a grid in blocks, or of a block in threads. */
  public record Extent(int x, int y, int z) {
    /** x * y * z. */
    public long count() {
      return (long) x * y * z;
    }
  }

  /**
   * The counts of a launch, or their sums over launches.
   *
   * @param classes the instructions by class: {@code integer}, {@code float}, {@code global_load},
   *     ...; classes that nothing executed are absent
   * @param lanesPerInstruction lanes that took part in an instruction, on average: 32 at best, 0
   *     without instructions
   * @param dram from a model of the L2 cache, not measured
   * @param barriers arrivals at barriers
   * @param branches conditional and indexed branches, by warps
   * @param divergentBranches those at which lanes parted
   */
  public record Counts(
      Instructions instructions,
      double lanesPerInstruction,
      Map<String, Instructions> classes,
      Flops flops,
      GlobalTraffic globalLoad,
      GlobalTraffic globalStore,
      GlobalTraffic globalAtomic,
      SharedTraffic sharedLoad,
      SharedTraffic sharedStore,
      SharedTraffic sharedAtomic,
      Dram dram,
      Instructions barriers,
      long branches,
      long divergentBranches) {}

  /**
   * PTX instructions.
   *
   * @param warp each once for a warp
   * @param thread each once for a lane that executed it
   */
  public record Instructions(long warp, long thread) {}

  /**
   * Floating-point operations of lanes: an addition, subtraction or multiplication is 1, a fused
   * multiply-add 2.
   *
   * @param f16 half precision, both formats
   */
  public record Flops(long f16, long f32, long f64) {
    /** Of all precisions. */
    public long total() {
      return f16 + f32 + f64;
    }
  }

  /**
   * One direction of global memory.
   *
   * @param requests instructions of warps
   * @param sectors distinct 32-byte sectors of each request, added up: 32 times that is the
   *     requested traffic
   * @param bytes what the lanes asked for
   * @param distinctBytes what a launch touched at all, its compulsory traffic
   */
  public record GlobalTraffic(long requests, long sectors, long bytes, long distinctBytes) {}

  /**
   * One direction of shared memory, or its atomics.
   *
   * @param threads lanes that took part
   * @param wavefronts passes through the banks; those of atomics come from a model
   * @param conflicts those that an access without bank conflicts would not need
   */
  public record SharedTraffic(long requests, long threads, long wavefronts, long conflicts) {}

  /**
   * Bytes between the modelled L2 cache and DRAM. What a launch wrote counts when it leaves the
   * cache, in whichever launch that is.
   */
  public record Dram(long readBytes, long writeBytes) {}
}

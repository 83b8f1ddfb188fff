package dev.figment.profile;

import dev.figment.device.KernelResources;
import dev.figment.device.LaunchReport;
import dev.figment.device.LaunchReport.Counts;
import java.util.List;
import java.util.Optional;

/**
 * A kernel, as an operation launches it, on an architecture.
 *
 * @param operation the operation
 * @param work what the kernel must do for it
 * @param family the file of kernels/ that the kernel is in
 * @param architecture 90 is sm_90
 * @param boundThreads of a block, the kernel's launch bound
 * @param resources what it takes, where something assembles for the architecture
 * @param counted what it did on the simulated GPU, where that is there
 */
public record KernelProfile(
    Operation operation,
    KernelWork work,
    String family,
    int architecture,
    int boundThreads,
    Optional<KernelResources> resources,
    Optional<Counted> counted) {

  /**
   * The launches of a kernel for one call of its operation.
   *
   * @param architecture whose PTX ran
   * @param launches how many
   * @param first the first of them; grid and block are its
   * @param counts of all
   * @param dramBytes read and written, by the simulated GPU's model of the L2 cache: what a launch
   *     left in the cache to be written counts as written by it
   * @param lines what each source line did
   */
  public record Counted(
      int architecture,
      long launches,
      LaunchReport.Launch first,
      Counts counts,
      long dramBytes,
      List<LaunchReport.Line> lines) {

    /** 32-byte sectors of global memory that warps asked for, one by one. */
    public long sectors() {
      return counts.globalLoad().sectors()
          + counts.globalStore().sectors()
          + counts.globalAtomic().sectors();
    }

    /** Bytes that warps asked for, in whole sectors. */
    public long bytesMoved() {
      return sectors() * KernelWork.SECTOR;
    }

    /** Passes through the banks of shared memory that conflicts add. */
    public long conflicts() {
      return counts.sharedLoad().conflicts()
          + counts.sharedStore().conflicts()
          + counts.sharedAtomic().conflicts();
    }

    /** Passes through the banks of shared memory without conflicts. */
    public long idealWavefronts() {
      return counts.sharedLoad().wavefronts()
          + counts.sharedStore().wavefronts()
          + counts.sharedAtomic().wavefronts()
          - conflicts();
    }

    /**
     * FLOPs by two for each instruction of a lane: the share of instructions that are fused
     * multiply-adds, where nearly all FLOPs are theirs.
     */
    public double fmaShare() {
      return counts.flops().total() / 2.0 / counts.instructions().thread();
    }
  }

  /** The kernel with its family. */
  public String name() {
    return family + "." + work.kernel();
  }

  /** For example {@code sm_90}. */
  public String target() {
    return "sm_" + architecture;
  }

  /** Threads of a block. */
  public int threads() {
    return counted.map(it -> (int) it.first().block().count()).orElse(boundThreads);
  }

  /** Bytes of shared memory a block: static, and what the launch asks for. */
  public Optional<Integer> sharedBytes() {
    int dynamic = counted.map(it -> (int) it.first().dynamicShared()).orElse(0);
    return resources.map(it -> it.sharedBytes() + dynamic);
  }

  /** The share of a multiprocessor's warps that blocks of this kernel can fill. */
  public Optional<Double> occupancy() {
    return resources.map(
        it ->
            Multiprocessor.of(architecture)
                .occupancy(threads(), it.registers(), sharedBytes().orElseThrow()));
  }

  /** Bytes moved by what they are held against. */
  public Optional<Double> bytesRatio() {
    return counted.map(it -> (double) it.bytesMoved() / work.boundBytes());
  }

  /** The least time on a GPU for the least bytes and the useful FLOPs: a model. */
  public double rooflineMicroseconds(Gpu gpu) {
    return gpu.rooflineMicroseconds(work.leastBytes(), work.usefulFlops());
  }
}

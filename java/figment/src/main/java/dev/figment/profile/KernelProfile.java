package dev.figment.profile;

import dev.figment.device.KernelResources;
import dev.figment.device.LaunchReport;
import dev.figment.device.LaunchReport.Counts;
import java.util.Optional;

/**
 * A kernel, as an operation launches it, on an architecture.
 *
 * @param operation the operation
 * @param work what the kernel must do for it
 * @param architecture 90 is sm_90
 * @param boundThreads of a block, the kernel's launch bound
 * @param resources what it takes, where something assembles for the architecture
 * @param counted what it did on the simulated GPU, where that is there
 */
public record KernelProfile(
    Operation operation,
    KernelWork work,
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
   */
  public record Counted(
      int architecture, long launches, LaunchReport.Launch first, Counts counts) {

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
      return counts.sharedLoad().conflicts() + counts.sharedStore().conflicts();
    }

    /** Passes through the banks of shared memory without conflicts. */
    public long idealWavefronts() {
      return counts.sharedLoad().wavefronts() + counts.sharedStore().wavefronts() - conflicts();
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
    return operation.family() + "." + work.kernel();
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

  /** Bytes moved by the least possible. */
  public Optional<Double> bytesRatio() {
    return counted.map(it -> (double) it.bytesMoved() / work.leastBytes());
  }

  /** The least time on a GPU for the least bytes and the useful FLOPs: a model. */
  public double rooflineMicroseconds(Gpu gpu) {
    return gpu.rooflineMicroseconds(work.leastBytes(), work.usefulFlops());
  }
}

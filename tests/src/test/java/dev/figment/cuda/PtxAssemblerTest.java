package dev.figment.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.figment.device.KernelResources;
import dev.figment.device.NotSupportedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What kernels take, by NVIDIA's assembler. */
class PtxAssemblerTest {
  /** As the assemblers of CUDA 12.6 and of CUDA 13.0 write it. */
  private static final String LOG =
      """
      ptxas info    : 0 bytes gmem
      ptxas info    : Compiling entry function 'column_sum' for 'sm_80'
      ptxas info    : Function properties for column_sum
      ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
      ptxas info    : Used 32 registers, 1028 bytes smem, 404 bytes cmem[0]
      ptxas info    : Compiling entry function 'fill' for 'sm_120'
      ptxas info    : Function properties for fill
          24 bytes stack frame, 12 bytes spill stores, 16 bytes spill loads
      ptxas info    : Used 255 registers, used 1 barriers
      ptxas info    : Compiling entry function 'sum' for 'sm_90a'
      ptxas info    : Function properties for sum
          0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
      ptxas info    : Used 28 registers, used 1 barriers, 2056 bytes smem
      """;

  @Test
  void readsTheLog() {
    assertThat(PtxAssembler.parse(LOG))
        .containsExactly(
            new KernelResources("column_sum", 32, 0, 0, 1028),
            new KernelResources("fill", 255, 28, 24, 0),
            new KernelResources("sum", 28, 0, 0, 2056));
  }

  private static final List<Integer> ARCHITECTURES = List.of(75, 80, 90, 100, 120);

  static List<Integer> architectures() {
    return ARCHITECTURES;
  }

  /**
   * The kernels that ship, on every architecture that something here assembles for: in a full run
   * all of them, else every third family, another third for the next architecture.
   * KernelsCommandTest assembles all of them for sm_80.
   */
  @ParameterizedTest
  @MethodSource("architectures")
  void noKernelSpills(int architecture) {
    assumeTrue(
        Ptx.class.getResource("ptx/sha256sums") != null,
        "clang 17 or later is not here: there are no CUDA kernels");
    assumeTrue(System.getProperty("os.arch").equals("amd64"), "JCuda is there on x86-64 alone");
    List<ShippedKernels.Kernel> kernels =
        new ArrayList<>(ShippedKernels.of(ShippedKernels.architectureFor(architecture)));
    List<String> families = kernels.stream().map(it -> it.family()).distinct().toList();
    if (!Boolean.getBoolean("figment.full")) {
      int turn = ARCHITECTURES.indexOf(architecture);
      kernels.removeIf(it -> (families.indexOf(it.family()) + turn) % 3 != 0);
    }
    List<KernelResources> assembled = new ArrayList<>();
    try {
      for (String family : kernels.stream().map(it -> it.family()).distinct().toList()) {
        assembled.addAll(PtxAssembler.assemble(architecture, family));
      }
    } catch (NotSupportedException e) {
      assertThat(architecture)
          .as("JCuda brings the assembler: " + e.getMessage())
          .isGreaterThan(90);
      assumeTrue(false, e.getMessage());
    }
    assertThat(assembled.stream().map(KernelResources::kernel))
        .containsExactlyInAnyOrderElementsOf(kernels.stream().map(it -> it.name()).toList());
    assertThat(assembled).allSatisfy(it -> assertThat(it.spillBytes()).as(it.kernel()).isZero());
  }

  /** The families whose storage type is a parameter, with the other one. */
  @ParameterizedTest
  @ValueSource(ints = {75, 80})
  void noKernelSpillsWithBfloat16Storage(int architecture) throws IOException {
    Ptx ptx = CudaDevices.bfloat16(CudaDevices.Compiler.CLANG, architecture);
    List<String> families = CudaDevices.bfloat16Families(CudaDevices.Compiler.CLANG, architecture);
    assertThat(families).contains("activation", "batch_norm", "cross_entropy", "optimizer");
    for (String family : families) {
      assertThat(PtxAssembler.assemble(architecture, family, ptx))
          .isNotEmpty()
          .allSatisfy(it -> assertThat(it.spillBytes()).as(it.kernel()).isZero())
          .allSatisfy(it -> assertThat(it.stackBytes()).as(it.kernel()).isZero());
    }
  }
}

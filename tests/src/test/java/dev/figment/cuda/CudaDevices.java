package dev.figment.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.figment.device.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Opens the simulated GPU with the kernels of a compiler and an architecture of choice. */
public final class CudaDevices {
  /** The architectures that the kernels are built for, as {@code compute_75}. */
  public static final int[] ARCHITECTURES = Ptx.ARCHITECTURES;

  private CudaDevices() {}

  /** Whose PTX. */
  public enum Compiler {
    /** What ships. */
    CLANG,
    /** A second opinion, where it is installed. */
    NVCC
  }

  /**
   * Opens the simulated GPU for the calling thread, or skips the test where this machine cannot
   * have it.
   */
  public static Device open(Compiler compiler, int architecture) {
    Ptx ptx = ptx(compiler, architecture);
    return CudaDevice.open(Driver.SIMULATED, capability -> ptx);
  }

  /** As {@link #open}, with kernels that keep layers' numbers as bfloat16. */
  static Device openBfloat16(Compiler compiler, int architecture) {
    Ptx ptx = bfloat16(compiler, architecture);
    return CudaDevice.open(Driver.SIMULATED, capability -> ptx);
  }

  /** The kernels with bfloat16 storage. */
  static Ptx bfloat16(Compiler compiler, int architecture) {
    return Ptx.in(bfloat16(compiler), architecture);
  }

  /** The families that there are with bfloat16 storage. */
  static List<String> bfloat16Families(Compiler compiler, int architecture) throws IOException {
    try (var files = Files.list(bfloat16(compiler).resolve("sm_" + architecture))) {
      return files.map(it -> it.getFileName().toString().replace(".ptx", "")).sorted().toList();
    }
  }

  private static Path bfloat16(Compiler compiler) {
    Path folder = build().resolve("ptx-bfloat16").resolve(compiler.name().toLowerCase(Locale.ROOT));
    assumeTrue(Files.exists(folder), compiler + " is not here: there is no PTX of it to run");
    return folder;
  }

  /** As {@link #open}, with what ships, for the GPU as it is. */
  static CudaDevice open() {
    assumeKernels();
    return CudaDevice.openSimulated();
  }

  /** As {@link #open()}, for tests that are not of the CUDA device's own classes. */
  public static Device openShipped() {
    return open();
  }

  private static Ptx ptx(Compiler compiler, int architecture) {
    if (compiler == Compiler.CLANG) {
      assumeKernels();
      return Ptx.shippedFor(architecture);
    }
    Path folder = build().resolve("ptx-nvcc");
    assumeTrue(Files.exists(folder), "nvcc is not here: there is no PTX of it to run");
    return Ptx.in(folder, architecture);
  }

  private static void assumeKernels() {
    assumeTrue(
        System.getProperty("os.arch").equals("amd64"),
        "the simulated GPU and JCuda are there on x86-64 alone");
    assumeTrue(
        Ptx.class.getResource("ptx/sha256sums") != null,
        "clang 17 or later is not here: there are no CUDA kernels to run");
  }

  /** The folder that CMake builds in. */
  static Path build() {
    return Path.of(System.getProperty("figment.root"), "java/figment/target/cmake");
  }
}

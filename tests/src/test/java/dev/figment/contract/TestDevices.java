package dev.figment.contract;

import dev.figment.cpu.CpuDevices;
import dev.figment.cuda.CudaDevices;
import dev.figment.device.Devices;
import dev.figment.device.Precision;
import dev.figment.reference.ReferenceDevice;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The devices of this run of the contract tests. The system property {@code figment.test.device}
 * chooses their kind: {@code cpu}, {@code reference} (the tests judge themselves) or another name
 * that Devices knows; one JVM tests one kind, since a process holds one CUDA driver.
 */
public final class TestDevices {
  private TestDevices() {}

  /** Every variant of the chosen kind, to be closed by whoever uses it. */
  public static Stream<DeviceUnderTest> selected() {
    String kind = System.getProperty("figment.test.device", "cpu");
    return switch (kind) {
      case "cpu" ->
          Stream.of(cpu(2, "auto"), cpu(1, "auto"), cpu(2, "avx2"), cpu(3, "baseline"), bf16());
      case "sim" ->
          Arrays.stream(CudaDevices.Compiler.values())
              .flatMap(
                  compiler ->
                      Arrays.stream(CudaDevices.ARCHITECTURES)
                          .mapToObj(architecture -> simulated(compiler, architecture)));
      case "reference" -> Stream.of(new DeviceUnderTest("reference", true, ReferenceDevice::new));
      // A GPU offers the operations whose kernels are written; Devices refuses unknown names.
      default -> Stream.of(new DeviceUnderTest(kind, false, () -> Devices.open(kind, 0).device()));
    };
  }

  private static DeviceUnderTest simulated(CudaDevices.Compiler compiler, int architecture) {
    return new DeviceUnderTest(
        "sim, PTX of %s for sm_%d"
            .formatted(compiler.name().toLowerCase(Locale.ROOT), architecture),
        false,
        () -> CudaDevices.open(compiler, architecture));
  }

  /** All convolutions by bfloat16 products, or on another processor by what stands for them. */
  private static DeviceUnderTest bf16() {
    return new DeviceUnderTest(
        "cpu, threads 2, products in bf16",
        true,
        Precision.BF16,
        () -> CpuDevices.open(2, "auto", false, Precision.BF16));
  }

  private static DeviceUnderTest cpu(int threads, String instructions) {
    return new DeviceUnderTest(
        "cpu, threads %d, instructions %s".formatted(threads, instructions),
        true,
        () -> CpuDevices.open(threads, instructions, true));
  }
}

package dev.figment.contract;

import dev.figment.cpu.CpuDevices;
import dev.figment.cuda.CudaDevices;
import dev.figment.device.Devices;
import dev.figment.device.Precision;
import dev.figment.reference.ReferenceDevice;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The devices of this run of the contract tests, in groups that share the tests. The system
 * property {@code figment.test.device} chooses their kind: {@code cpu}, {@code reference} (the
 * tests judge themselves) or another name that Devices knows; one JVM tests one kind, since a
 * process holds one CUDA driver.
 */
public final class TestDevices {
  private TestDevices() {}

  /** Every variant of the chosen kind, to be closed by whoever uses it. */
  static Stream<DeviceGroup> selected() {
    return switch (kind()) {
      case "cpu" ->
          Stream.of(cpu(2, "auto"), cpu(1, "auto"), cpu(2, "avx2"), cpu(3, "baseline"), bf16())
              .map(DeviceGroup::of);
      case "sim" -> Arrays.stream(CudaDevices.Compiler.values()).flatMap(TestDevices::simulated);
      case "reference" ->
          Stream.of(DeviceGroup.of(new DeviceUnderTest("reference", true, ReferenceDevice::new)));
      // A GPU offers the operations whose kernels are written; Devices refuses unknown names.
      default ->
          Stream.of(
              DeviceGroup.of(
                  new DeviceUnderTest(kind(), false, () -> Devices.open(kind(), 0).device())));
    };
  }

  /** Whether operations run on the simulated GPU. */
  static boolean simulated() {
    return kind().equals("sim");
  }

  private static String kind() {
    return System.getProperty("figment.test.device", "cpu");
  }

  /** The architectures of a compiler share the tests; in a full run each has them all. */
  private static Stream<DeviceGroup> simulated(CudaDevices.Compiler compiler) {
    String name = "sim, PTX of " + compiler.name().toLowerCase(Locale.ROOT);
    List<DeviceUnderTest> architectures =
        Arrays.stream(CudaDevices.ARCHITECTURES)
            .mapToObj(
                architecture ->
                    new DeviceUnderTest(
                        name + " for sm_" + architecture,
                        false,
                        () -> CudaDevices.open(compiler, architecture)))
            .toList();
    return ContractTest.full()
        ? architectures.stream().map(DeviceGroup::of)
        : Stream.of(new DeviceGroup(name, architectures));
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

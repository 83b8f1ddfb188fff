package dev.figment.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which driver a process gets, and what is said when it is not the one that was asked for. */
@Tag("sim")
class DriverTest {
  @BeforeEach
  void assumeKernels() {
    CudaDevices.open().close();
  }

  @ParameterizedTest
  @CsvSource({"7.5, sm_75", "8.0, sm_80", "9.0, sm_90"})
  void everySimulatedGpuTakesItsOwnKernels(String capability, String architecture)
      throws IOException, InterruptedException {
    var outcome = DriverProcess.run(Map.of("SIMGPU_CC", capability), true, "sim");
    assertThat(outcome.lines())
        .singleElement()
        .asString()
        .startsWith("sim: a simulation of a GPU on the CPU")
        .contains("compute capability " + capability, "kernels for " + architecture)
        .endsWith("sum 2000.0");
  }

  @Test
  void aDriverThatIsTooOldIsNamedBeforeJCudaIsTouched() throws IOException, InterruptedException {
    var outcome = DriverProcess.run(Map.of("SIMGPU_DRIVER_VERSION", "11080"), true, "sim");
    assertThat(outcome.lines())
        .containsExactly(
            "The device sim was asked for, but the driver supports CUDA 11.8 and the kernels need 12.0 or later; install the NVIDIA driver 525.60.13 or a newer one.");
    assertThat(outcome.touchedJCuda()).isFalse();
  }

  @Test
  void aDriverOf120IsNewEnough() throws IOException, InterruptedException {
    var outcome = DriverProcess.run(Map.of("SIMGPU_DRIVER_VERSION", "12000"), true, "sim");
    assertThat(outcome.lines()).singleElement().asString().endsWith("sum 2000.0");
    assertThat(outcome.touchedJCuda()).isTrue();
  }

  @Test
  void theSimulationIsAnArtifactOfItsOwn() throws IOException, InterruptedException {
    var outcome = DriverProcess.run(Map.of(), false, "sim");
    assertThat(outcome.lines())
        .containsExactly(
            "The device sim was asked for, but the simulated GPU, an artifact of its own (dev.figment:figment-simgpu), is not on the class path; add it, or start the figment launcher with --device sim, which builds it.");
    assertThat(outcome.touchedJCuda()).isFalse();
  }

  @Test
  void aProcessHoldsOneDriver() {
    assertThatThrownBy(() -> Devices.open("cuda", 0))
        .isInstanceOf(FigmentException.class)
        .hasMessage(
            "The device cuda was asked for, but this process holds the simulated GPU's driver, and a process can hold one driver only; take sim, or start another process.");
  }

  /** The loader's own search may find the simulation: it is never taken for a GPU. */
  @Test
  void aSimulationOnTheLibraryPathIsNoGpu() throws IOException, InterruptedException {
    String folder = CudaDevices.build().resolve("simgpu").toString();
    var outcome =
        DriverProcess.run(Map.of("LD_LIBRARY_PATH", folder), false, "cuda", "auto", "sim");
    assertThat(outcome.lines()).hasSize(3);
    assertThat(outcome.lines().get(0)).contains("this process holds the simulated GPU's driver");
    assertThat(outcome.lines().get(1)).startsWith("cpu: ");
    assertThat(outcome.lines().get(2)).startsWith("sim: a simulation").endsWith("sum 2000.0");
  }

  @Test
  void noDeviceBehindTheDriverIsASentence() throws IOException, InterruptedException {
    var outcome = DriverProcess.run(Map.of("SIMGPU_DEVICES", "0"), true, "sim");
    assertThat(outcome.lines())
        .singleElement()
        .asString()
        .startsWith("cuInit() failed with CUDA_ERROR_NO_DEVICE")
        .contains("the driver finds no GPU");
  }

  @Test
  void autoTakesTheCpuAndSaysWhy() {
    var choice = Devices.open("auto", 1);
    choice.device().close();
    assertThat(choice.device().name()).isEqualTo("cpu");
    assertThat(choice.reason())
        .startsWith("auto takes the CPU, for this process holds the simulated GPU's driver");
  }

  @Test
  void withoutADriverTheLoadersReasonIsGiven() throws IOException, InterruptedException {
    var outcome = DriverProcess.run(Map.of(), false, "cuda");
    String line = outcome.lines().get(0);
    assumeTrue(!line.startsWith("cuda: "), "this machine has an NVIDIA GPU");
    assertThat(line)
        .startsWith("The device cuda was asked for, but ")
        .containsAnyOf("no NVIDIA driver could be loaded (", "no GPU device /dev/nvidiactl");
    assertThat(outcome.touchedJCuda()).isFalse();
  }
}

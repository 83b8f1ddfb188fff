package dev.figment.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
    var outcome =
        DriverProcess.run(Map.of("SIMGPU_CC", capability), DriverProcess.simulation(), "sim");
    assertThat(outcome.lines())
        .singleElement()
        .asString()
        .startsWith("sim: a simulation of a GPU on the CPU")
        .contains("compute capability " + capability, "kernels for " + architecture)
        .endsWith("sum 2000.0");
  }

  @Test
  void aDriverThatIsTooOldIsNamedBeforeJCudaIsTouched() throws IOException, InterruptedException {
    var outcome =
        DriverProcess.run(
            Map.of("SIMGPU_DRIVER_VERSION", "11080"), DriverProcess.simulation(), "sim");
    assertThat(outcome.lines())
        .containsExactly(
            "The device sim was asked for, but the driver supports CUDA 11.8 and the kernels need 12.0 or later; install the NVIDIA driver 525.60.13 or a newer one.");
    assertThat(outcome.touchedJCuda()).isFalse();
  }

  @Test
  void aDriverOf120IsNewEnough() throws IOException, InterruptedException {
    var outcome =
        DriverProcess.run(
            Map.of("SIMGPU_DRIVER_VERSION", "12000"), DriverProcess.simulation(), "sim");
    assertThat(outcome.lines()).singleElement().asString().endsWith("sum 2000.0");
    assertThat(outcome.touchedJCuda()).isTrue();
  }

  @Test
  void theSimulationIsAnArtifactOfItsOwn() throws IOException, InterruptedException {
    var outcome = DriverProcess.run(Map.of(), null, "sim");
    assertThat(outcome.lines())
        .containsExactly(
            "The device sim was asked for, but the simulated GPU, an artifact of its own (dev.figment:figment-simgpu), is not on the class path; add it, or start the figment launcher with --device sim, which builds it.");
    assertThat(outcome.touchedJCuda()).isFalse();
  }

  @Test
  void theSimulationComesOutOfAJar(@TempDir Path folder) throws IOException, InterruptedException {
    Path jar = Path.of(DriverProcess.simulation());
    if (Files.isDirectory(jar)) {
      jar = packed(jar, folder.resolve("figment-simgpu.jar"));
    }
    Path unpacked = Files.createDirectory(folder.resolve("tmp"));
    var outcome =
        DriverProcess.run(
            Map.of("JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=" + unpacked), jar.toString(), "sim");
    assertThat(outcome.lines()).singleElement().asString().endsWith("sum 2000.0");
    assertThat(unpacked).as("what was unpacked is removed at exit").isEmptyDirectory();
  }

  private static Path packed(Path classes, Path jar) throws IOException {
    try (var out = new ZipOutputStream(Files.newOutputStream(jar));
        var files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        out.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
        Files.copy(file, out);
      }
    }
    return jar;
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
    var outcome = DriverProcess.run(Map.of("LD_LIBRARY_PATH", folder), null, "cuda", "auto", "sim");
    assertThat(outcome.lines()).hasSize(3);
    assertThat(outcome.lines().get(0)).contains("this process holds the simulated GPU's driver");
    assertThat(outcome.lines().get(1)).startsWith("cpu: ");
    assertThat(outcome.lines().get(2)).startsWith("sim: a simulation").endsWith("sum 2000.0");
  }

  @Test
  void noDeviceBehindTheDriverIsASentence() throws IOException, InterruptedException {
    var outcome =
        DriverProcess.run(Map.of("SIMGPU_DEVICES", "0"), DriverProcess.simulation(), "sim");
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
    var outcome = DriverProcess.run(Map.of(), null, "cuda");
    String line = outcome.lines().get(0);
    if (line.startsWith("cuda: ")) {
      assertThat(line).as("a machine with a GPU").endsWith("sum 2000.0");
      return;
    }
    assertThat(line)
        .startsWith("The device cuda was asked for, but ")
        .containsAnyOf("no NVIDIA driver could be loaded (", "no GPU device /dev/nvidiactl");
    assertThat(outcome.touchedJCuda()).isFalse();
  }
}

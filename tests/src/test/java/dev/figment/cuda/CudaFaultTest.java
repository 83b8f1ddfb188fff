package dev.figment.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.figment.device.DataType;
import dev.figment.device.FigmentException;
import dev.figment.device.Memory;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong in modules and kernels ends in a sentence that names it. */
@Tag("sim")
class CudaFaultTest {
  @TempDir private Path folder;

  @Test
  void damagedPtxIsNamedWithItsLine() throws IOException {
    Throwable failure = fillWith(ptx -> ptx.replaceFirst("st\\.global\\.f32", "st.globule.f32"));
    assertThat(failure)
        .isInstanceOf(CudaException.class)
        .hasMessageContaining("cuModuleLoadDataEx(module elementwise of sm_75) failed with")
        .hasMessageContaining("CUDA_ERROR_INVALID_PTX")
        .hasMessageContaining("build the kernels again")
        .hasMessageContaining("globule");
  }

  @Test
  void ptxOfANewerToolkitNamesBothVersions() throws IOException {
    Throwable failure = fillWith(ptx -> ptx.replaceFirst("\\.version 8\\.0", ".version 9.0"));
    assertThat(failure)
        .isInstanceOf(CudaException.class)
        .hasMessageContaining("CUDA_ERROR_UNSUPPORTED_PTX_VERSION")
        .hasMessageContaining("install a newer driver")
        .hasMessageContaining("9.0");
  }

  @Test
  void aKernelThatTheModuleLacksIsNamed() throws IOException {
    Throwable failure = fillWith(ptx -> ptx.replaceFirst("\\.entry fill\\(", ".entry phill("));
    assertThat(failure)
        .isInstanceOf(CudaException.class)
        .hasMessageContaining("cuModuleGetFunction(module elementwise of sm_75, kernel fill)")
        .hasMessageContaining("CUDA_ERROR_NOT_FOUND")
        .hasMessageContaining("phill");
  }

  @Test
  void aMissingModuleIsNamed() throws IOException {
    try (CudaDevice device = deviceWith(75);
        Memory memory = device.allocate(DataType.REAL, 5)) {
      assertThatThrownBy(() -> device.kernels().fill(new Tensor(memory, 0, Shape.of(5)), 1))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("sm_75/elementwise.ptx could not be read")
          .hasMessageContaining(folder.toString());
    }
  }

  /** Runs a kernel of a module that was changed, and gives the failure. */
  private Throwable fillWith(UnaryOperator<String> change) throws IOException {
    CudaDevices.open().close(); // skips where there are no kernels
    String ptx = Ptx.shippedFor(75).read("elementwise");
    String changed = change.apply(ptx);
    assertThat(changed).isNotEqualTo(ptx);
    Files.createDirectories(folder.resolve("sm_75"));
    Files.writeString(folder.resolve("sm_75/elementwise.ptx"), changed);
    try (CudaDevice device = deviceWith(75);
        Memory memory = device.allocate(DataType.REAL, 5)) {
      return catchThrowable(() -> device.kernels().fill(new Tensor(memory, 0, Shape.of(5)), 1));
    }
  }

  private CudaDevice deviceWith(int architecture) {
    return CudaDevice.open(Driver.SIMULATED, capability -> Ptx.in(folder, architecture));
  }

  /** A host address in a kernel's argument: the fault names kernel, address and what is there. */
  @Test
  void aHostPointerIsReported() {
    long hostAddress = 0x7f00_1234_5678L;
    assertThat(faultOf(hostAddress))
        .hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS")
        .hasMessageContaining("the device is lost to this program")
        .hasMessageContaining("fill")
        .hasMessageContaining("host address");
  }

  @Test
  void memoryThatWasFreedIsReported() {
    try (CudaDevice device = CudaDevices.open()) {
      CudaMemory memory = (CudaMemory) device.allocate(DataType.REAL, 64);
      long address = memory.address(0);
      memory.close();
      assertThat(faultOf(device, address))
          .hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS")
          .hasMessageContaining("freed");
    }
  }

  /** A fault is of one context: the next device has its own. */
  @Test
  void aNewDeviceWorksAfterAFault() {
    faultOf(0);
    try (CudaDevice device = CudaDevices.open();
        Memory memory = device.allocate(DataType.REAL, 5)) {
      Tensor tensor = new Tensor(memory, 0, Shape.of(5));
      device.kernels().fill(tensor, 3);
      assertThat(tensor.toFloats()).containsOnly(3);
    }
  }

  @Test
  void aGridTooLargeForAnyGpuIsRefusedBeforeTheDriver() {
    try (CudaDevice device = CudaDevices.open()) {
      assertThatThrownBy(() -> device.launch("elementwise", "fill").grid(1, 65536))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("elementwise.fill was asked for a grid of 1 x 65536 blocks");
    }
  }

  private static Throwable faultOf(long address) {
    try (CudaDevice device = CudaDevices.open()) {
      return faultOf(device, address);
    }
  }

  /** The failure that fills of 16 floats at an address end in. */
  private static Throwable faultOf(CudaDevice device, long address) {
    return catchThrowable(
        () -> {
          device
              .launch("elementwise", "fill")
              .address(address)
              .real(1)
              .wide(16)
              .on(device.stream());
          device.synchronize();
        });
  }
}

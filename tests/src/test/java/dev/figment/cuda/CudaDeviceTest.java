package dev.figment.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.cpu.CpuDevices;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Memory;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The CUDA device's own promises: memory, threads, sentences. What kernels compute is elsewhere.
 */
@Tag("sim")
class CudaDeviceTest {
  private CudaDevice device;

  @BeforeEach
  void open() {
    device = CudaDevices.open();
  }

  @AfterEach
  void close() {
    device.close();
  }

  @Test
  void saysThatItIsASimulationAndOfWhat() {
    assertThat(device.name()).isEqualTo("sim");
    assertThat(device.description())
        .startsWith("a simulation of a GPU on the CPU: Simulated GPU (sm_90)")
        .contains("compute capability 9.0", "132 multiprocessors", "kernels for sm_90");
    assertThat(device.plan()).contains("sm_90");
  }

  /** More than both staging buffers hold, at an odd place, there and back. */
  @Test
  void longArraysGoThroughBothStagingBuffers() {
    int count = 5 * Staging.SLOT_BYTES / Float.BYTES / 2 + 12345;
    float[] sent = new float[count + 1];
    for (int i = 0; i < sent.length; i++) {
      sent[i] = i;
    }
    try (Memory memory = device.allocate(DataType.REAL, count + 7)) {
      memory.write(3, sent, 1, count);
      // The array has been read when write returns.
      float[] copy = sent.clone();
      Arrays.fill(sent, -1);
      float[] got = new float[count + 2];
      memory.read(3, got, 2, count);
      for (int i = 0; i < count; i++) {
        if (got[i + 2] != copy[i + 1]) {
          assertThat(got[i + 2]).as("element %d of %d", i, count).isEqualTo(copy[i + 1]);
        }
      }
      float[] around = new float[2];
      memory.read(2, around, 0, 1);
      memory.read(count + 3, around, 1, 1);
      assertThat(around).containsOnly(0);
    }
  }

  @Test
  void memoryThatDoesNotFitSaysSo() {
    assertThatThrownBy(() -> device.allocate(DataType.REAL, 1L << 40))
        .isInstanceOf(CudaException.class)
        .hasMessageContaining("cuMemAlloc(bytes 4398046511104) failed with")
        .hasMessageContaining("CUDA_ERROR_OUT_OF_MEMORY")
        .hasMessageContaining("take a smaller batch or model");
    try (Memory memory = device.allocate(DataType.REAL, 10)) {
      assertThat(memory.length()).as("the device goes on").isEqualTo(10);
    }
  }

  /** The cleaner may not call the driver: it hands the memory to the device's owner. */
  @Test
  void memoryThatNobodyClosedIsFreedWithALaterAllocation() throws InterruptedException {
    long free = Cuda.memory()[0];
    device.allocate(DataType.REAL, 16 << 20);
    assertThat(Cuda.memory()[0]).isLessThan(free);
    for (int tries = 0; tries < 100 && Cuda.memory()[0] < free; tries++) {
      System.gc();
      Thread.sleep(20);
      device.allocate(DataType.REAL, 1).close();
    }
    assertThat(Cuda.memory()[0]).isEqualTo(free);
  }

  @Test
  void useAfterCloseNamesThePlace() {
    Memory memory = device.allocate(DataType.REAL, 4);
    memory.close();
    memory.close();
    assertThatThrownBy(() -> memory.read(0, new float[4], 0, 4))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("4 REAL was used after it was closed at")
        .hasMessageContaining("CudaDeviceTest.java");
    Tensor tensor = new Tensor(memory, 0, Shape.of(4));
    assertThatThrownBy(() -> device.kernels().fill(tensor, 1))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void aClosedDeviceTakesItsMemoryWithIt() {
    Memory memory = device.allocate(DataType.REAL, 4);
    device.close();
    device.close();
    assertThatThrownBy(() -> memory.read(0, new float[4], 0, 4))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("read was called on a sim device that was closed at")
        .hasMessageContaining("CudaDeviceTest.java");
    assertThatThrownBy(() -> device.allocate(DataType.REAL, 4))
        .isInstanceOf(FigmentException.class);
    memory.close();
  }

  @Test
  void anotherThreadIsTurnedAway() throws InterruptedException {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread other =
        new Thread(
            () -> {
              try {
                device.synchronize();
              } catch (FigmentException e) {
                failure.set(e);
              }
            },
            "other");
    other.start();
    other.join();
    assertThat(failure.get()).hasMessageContaining("thread \"other\"");
  }

  @Test
  void anotherDevicesMemoryIsRefused() {
    try (Device cpu = CpuDevices.open(1, "auto", false);
        Memory there = cpu.allocate(DataType.REAL, 4)) {
      Tensor tensor = new Tensor(there, 0, Shape.of(4));
      assertThatThrownBy(() -> device.kernels().fill(tensor, 1))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("another device's memory");
    }
    try (CudaDevice second = CudaDevices.open();
        Memory there = second.allocate(DataType.REAL, 4)) {
      Tensor tensor = new Tensor(there, 0, Shape.of(4));
      assertThatThrownBy(() -> device.kernels().fill(tensor, 1))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("another device's memory");
    }
  }

  @Test
  void twoDevicesWorkByTurns() {
    try (CudaDevice second = CudaDevices.open()) {
      Tensor here = device.allocate(DataType.REAL, Shape.of(5));
      Tensor there = second.allocate(DataType.REAL, Shape.of(5));
      device.kernels().fill(here, 1);
      second.kernels().fill(there, 2);
      device.kernels().add(here, here, here);
      assertThat(there.toFloats()).containsOnly(2);
      assertThat(here.toFloats()).containsOnly(2);
      here.memory().close();
      there.memory().close();
    }
  }

  /** A block of rows has at most 65,535 neighbours along y, but two billion along x. */
  @Test
  void imagesOfManySamplesAreTransposedInOneLaunch() {
    Shape nhwc = Shape.of(70_000, 1, 2, 2);
    Shape nchw = Shape.of(70_000, 2, 1, 2);
    Tensor x = device.allocate(DataType.REAL, nhwc);
    Tensor y = device.allocate(DataType.REAL, nchw);
    float[] values = new float[280_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    x.write(values);
    device.kernels().nhwcToNchw(y, x);
    assertThat(Arrays.copyOfRange(y.toFloats(), 279_996, 280_000))
        .containsExactly(279_996, 279_998, 279_997, 279_999);
    x.memory().close();
    y.memory().close();
  }
}

package dev.figment.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.DataType;
import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import dev.figment.device.GradientMode;
import dev.figment.device.Memory;
import dev.figment.device.Precision;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The CPU device's own promises: memory, threads, errors. What its kernels compute is elsewhere.
 */
class CpuDeviceTest {
  private final CpuDevice device = CpuDevice.open(2, true, Precision.FLOAT32);
  private final List<Memory> memories = new ArrayList<>();

  @AfterEach
  void close() {
    memories.forEach(Memory::close);
    device.close();
  }

  private Memory memory(DataType type, long length) {
    Memory memory = device.allocate(type, length);
    memories.add(memory);
    return memory;
  }

  private Tensor tensor(int... sizes) {
    Shape shape = Shape.of(sizes);
    return new Tensor(memory(DataType.REAL, shape.count()), 0, shape);
  }

  @Test
  void memoryStartsAtZeroAndKeepsWhatIsWritten() {
    Memory reals = memory(DataType.REAL, 10);
    reals.write(3, new float[] {9, 1.5f, -2}, 1, 2);
    reals.write(7, new double[] {0.1}, 0, 1);
    float[] floats = new float[10];
    reals.read(0, floats, 0, 10);
    assertThat(floats).containsExactly(0, 0, 0, 1.5f, -2, 0, 0, 0.1f, 0, 0);
    double[] doubles = new double[3];
    reals.read(3, doubles, 1, 2);
    assertThat(doubles).containsExactly(0, 1.5, -2);

    Tensor ints = new Tensor(memory(DataType.INT32, 3), 0, Shape.of(3));
    ints.write(1, -2, Integer.MAX_VALUE);
    assertThat(ints.toInts()).containsExactly(1, -2, Integer.MAX_VALUE);
    Tensor bytes = new Tensor(memory(DataType.UINT8, 3), 0, Shape.of(3));
    bytes.write((byte) 255, (byte) 7, (byte) 0);
    assertThat(bytes.toBytes()).containsExactly(255, 7, 0);
  }

  @Test
  void memoryRefusesWhatDoesNotFit() {
    Memory reals = memory(DataType.REAL, 10);
    assertThatThrownBy(() -> reals.write(8, new float[3], 0, 3))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("3 elements from 8 of a memory of 10");
    assertThatThrownBy(() -> reals.read(-1, new float[3], 0, 3))
        .isInstanceOf(FigmentException.class);
    assertThatThrownBy(() -> reals.write(0, new float[3], 1, 3))
        .isInstanceOf(FigmentException.class);
    assertThatThrownBy(() -> reals.write(0, new int[3], 0, 3))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("INT32")
        .hasMessageContaining("REAL");
    assertThatThrownBy(() -> device.allocate(DataType.REAL, 0))
        .isInstanceOf(FigmentException.class);
    assertThatThrownBy(() -> device.allocate(DataType.REAL, 1L << 45))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("elements of CPU memory");
  }

  @Test
  void useAfterCloseNamesWhereItWasClosed() {
    Memory memory = device.allocate(DataType.REAL, 4);
    memory.close();
    memory.close();
    assertThatThrownBy(() -> memory.read(0, new float[4], 0, 4))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("closed at")
        .hasMessageContaining("CpuDeviceTest.java");
    Tensor tensor = new Tensor(memory, 0, Shape.of(4));
    assertThatThrownBy(() -> device.kernels().fill(tensor, 1))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("CpuDeviceTest.java");

    CpuDevice other = CpuDevice.open(1, true, Precision.FLOAT32);
    other.close();
    other.close();
    assertThatThrownBy(() -> other.allocate(DataType.REAL, 1))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("CpuDeviceTest.java");
  }

  @Test
  void aForgottenMemoryIsCollected() throws InterruptedException {
    WeakReference<Memory> forgotten = new WeakReference<>(device.allocate(DataType.REAL, 4));
    for (int i = 0; i < 100 && forgotten.get() != null; i++) {
      System.gc();
      Thread.sleep(10);
    }
    assertThat(forgotten.get()).as("what reports the leak must not hold the memory").isNull();
  }

  @Test
  void anotherThreadAndAnotherDeviceAreRefused() throws InterruptedException {
    Tensor tensor = tensor(4);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread stranger = new Thread(() -> device.kernels().fill(tensor, 1), "stranger");
    stranger.setUncaughtExceptionHandler((thread, error) -> thrown.set(error));
    stranger.start();
    stranger.join();
    assertThat(thrown.get())
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("\"stranger\"")
        .hasMessageContaining("\"" + Thread.currentThread().getName() + "\"");

    try (CpuDevice other = CpuDevice.open(1, true, Precision.FLOAT32)) {
      assertThatThrownBy(() -> other.kernels().fill(tensor, 1))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("another device's memory");
    }
  }

  @Test
  void scratchStopsGrowingAfterTheFirstRound() {
    ConvGeometry geometry = ConvGeometry.same(14, 14, 3, 8, 5, 2);
    Tensor x = tensor(4, 14, 14, 3);
    Tensor y = tensor(4, 7, 7, 8);
    Tensor w = tensor(8, 5, 5, 3);
    x.write(filled(x, 1));
    w.write(filled(w, 0.5f));
    long held = 0;
    for (int round = 0; round < 3; round++) {
      device.kernels().convForward(y, x, w, null, Activation.RELU, geometry);
      device.kernels().convBackwardData(x, y, w, geometry);
      device.kernels().convBackwardWeights(w, null, y, x, geometry, GradientMode.OVERWRITE);
      assertThat(device.scratchBytes()).isPositive();
      assertThat(round == 0 ? device.scratchBytes() : held).isEqualTo(device.scratchBytes());
      held = device.scratchBytes();
    }
  }

  @Test
  void openingSaysWhatItIs() {
    assertThat(device.plan()).contains("2 threads").contains("oneDNN 3.13");
    assertThat(device.description()).endsWith(device.plan());
    assertThatThrownBy(() -> CpuDevice.open(-1, true, Precision.FLOAT32))
        .isInstanceOf(FigmentException.class);
    assertThatThrownBy(() -> CpuDevice.open(1, "sve", true, Precision.FLOAT32))
        .isInstanceOf(FigmentException.class);
    Devices.Choice choice = Devices.open("auto", 1);
    assertThat(choice.reason()).contains("auto").contains(choice.device().plan());
    choice.device().close();
    assertThatThrownBy(() -> Devices.open("tpu", 1))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("\"tpu\"")
        .hasMessageContaining("cpu");
  }

  private static float[] filled(Tensor like, float value) {
    float[] result = new float[(int) like.count()];
    Arrays.fill(result, value);
    return result;
  }
}

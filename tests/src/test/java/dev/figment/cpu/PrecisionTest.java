package dev.figment.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.figment.contract.Bfloat16;
import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import dev.figment.device.GradientMode;
import dev.figment.device.Precision;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What {@code bf16} rounds, and what it leaves alone. The contract tests hold its products. */
class PrecisionTest {
  private static final int SIZE = 64;

  private final Resources resources = new Resources();
  private final Device half = resources.own(CpuDevices.open(2, "auto", true, Precision.BF16));

  @AfterEach
  void close() {
    resources.close();
  }

  /** Products with the identity show each factor as it was multiplied. */
  @Test
  void aDenseLayerRoundsBothFactorsOfEachPass() {
    float[] numbers = numbers();
    float[] rounded = new float[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      rounded[i] = Bfloat16.round(numbers[i]);
    }
    Tensor some = tensor(numbers);
    Tensor one = tensor(identity());
    Tensor y = tensor(new float[SIZE * SIZE]);
    half.kernels().denseForward(y, some, one, null, Activation.IDENTITY);
    assertThat(y.toFloats()).containsExactly(rounded);
    half.kernels().denseForward(y, one, some, null, Activation.IDENTITY);
    assertThat(y.toFloats()).containsExactly(transposed(rounded));
    half.kernels().denseBackwardData(y, some, one);
    assertThat(y.toFloats()).containsExactly(rounded);
    half.kernels().denseBackwardData(y, one, some);
    assertThat(y.toFloats()).containsExactly(rounded);
    half.kernels().denseBackwardWeights(y, null, some, one, GradientMode.OVERWRITE);
    assertThat(y.toFloats()).containsExactly(transposed(rounded));
    half.kernels().denseBackwardWeights(y, null, one, some, GradientMode.OVERWRITE);
    assertThat(y.toFloats()).containsExactly(rounded);
  }

  /** Winograd's transforms would lose what a bfloat16 keeps: it multiplies in float32. */
  @Test
  void fastConvolutionsStayFloat32() {
    assumeFalse(half.plan().startsWith("baseline"), "only oneDNN convolves on this processor");
    assumeFalse(usesAmx(), "AMX multiplies faster than Winograd's algorithm saves");
    Device single = resources.own(CpuDevices.open(2, "auto", true));
    ConvGeometry fast = ConvGeometry.same(7, 7, 128, 256, 5, 1);
    ConvGeometry direct = ConvGeometry.same(9, 9, 5, 7, 3, 2);
    assertThat(Arrays.equals(convolved(half, fast), convolved(single, fast))).isTrue();
    assertThat(Arrays.equals(convolved(half, direct), convolved(single, direct))).isFalse();
  }

  @Test
  void thePlanAndTheRefusalNameIt() {
    assertThat(half.plan()).contains("bf16");
    assertThatThrownBy(() -> Devices.open("sim", 1, true, Precision.BF16))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("\"sim\"")
        .hasMessageContaining("bf16")
        .hasMessageContaining("float32");
    try (Device chosen = Devices.open("auto", 2, true, Precision.BF16).device()) {
      assertThat(chosen.plan()).isEqualTo(half.plan());
    }
  }

  /** oneDNN's names for instruction sets are bits; AMX adds its own to those of AVX-512. */
  private boolean usesAmx() {
    String isa = half.plan().replaceAll(".*isa 0x", "");
    return (Long.parseLong(isa, 16) & 0xe00) == 0xe00;
  }

  /** Of many sizes and both signs, halfway between two bfloat16 numbers among them. */
  private static float[] numbers() {
    Random random = new Random(5);
    float[] numbers = new float[SIZE * SIZE];
    for (int i = 0; i < numbers.length; i++) {
      int bits = Float.floatToRawIntBits((float) random.nextGaussian(0, Math.exp(i % 40 - 20)));
      numbers[i] = Float.intBitsToFloat(i % 3 == 0 ? bits & 0xffff0000 | 0x8000 : bits);
    }
    return numbers;
  }

  private static float[] identity() {
    float[] one = new float[SIZE * SIZE];
    for (int i = 0; i < SIZE; i++) {
      one[i * SIZE + i] = 1;
    }
    return one;
  }

  private static float[] transposed(float[] x) {
    float[] y = new float[SIZE * SIZE];
    for (int i = 0; i < x.length; i++) {
      y[i % SIZE * SIZE + i / SIZE] = x[i];
    }
    return y;
  }

  private Tensor tensor(float[] numbers) {
    Tensor tensor = resources.own(half.allocate(DataType.REAL, Shape.of(SIZE, SIZE)));
    tensor.write(numbers);
    return tensor;
  }

  private static float[] convolved(Device device, ConvGeometry g) {
    try (Resources memory = new Resources()) {
      Tensor x = random(memory, device, g.large(26));
      Tensor w = random(memory, device, g.weights());
      Tensor y = random(memory, device, g.small(26));
      device.kernels().convForward(y, x, w, null, Activation.IDENTITY, g);
      return y.toFloats();
    }
  }

  private static Tensor random(Resources memory, Device device, Shape shape) {
    Random random = new Random(3);
    float[] values = new float[(int) shape.count()];
    for (int i = 0; i < values.length; i++) {
      values[i] = 2 * random.nextFloat() - 1;
    }
    Tensor tensor = memory.own(device.allocate(DataType.REAL, shape));
    tensor.write(values);
    return tensor;
  }
}

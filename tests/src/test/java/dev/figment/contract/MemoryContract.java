package dev.figment.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.DataType;
import dev.figment.device.FigmentException;
import dev.figment.device.Memory;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Memory and its life, fills, copies, element-wise helpers and layouts. */
class MemoryContract extends ContractTest {
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BFLOAT16")
  void freshMemoryIsZero(DataType type) {
    try (Memory memory = device.device().allocate(type, 1003)) {
      Tensor tensor = new Tensor(memory, 0, Shape.of(1003));
      assertThat(memory.type()).isEqualTo(type);
      assertThat(memory.length()).isEqualTo(1003);
      switch (type) {
        case REAL, BFLOAT16 -> assertThat(tensor.toFloats()).containsOnly(0f);
        case INT32 -> assertThat(tensor.toInts()).containsOnly(0);
        case UINT8 -> assertThat(tensor.toBytes()).containsOnly(0);
      }
    }
  }

  @Test
  void partsAreWrittenAndReadWhereAsked() {
    try (Memory memory = device.device().allocate(DataType.REAL, 10)) {
      memory.write(3, new float[] {9, 1.5f, -2, 9}, 1, 2);
      memory.write(7, new double[] {9, 9, 0.25}, 2, 1);
      double[] all = new double[12];
      memory.read(0, all, 1, 10);
      assertThat(all).containsExactly(0, 0, 0, 0, 1.5, -2, 0, 0, 0.25, 0, 0, 0);
      float[] some = new float[3];
      memory.read(3, some, 0, 3);
      assertThat(some).containsExactly(1.5f, -2, 0);
    }
    try (Memory memory = device.device().allocate(DataType.INT32, 4)) {
      memory.write(1, new int[] {7, Integer.MIN_VALUE, -1}, 1, 2);
      int[] all = new int[4];
      memory.read(0, all, 0, 4);
      assertThat(all).containsExactly(0, Integer.MIN_VALUE, -1, 0);
    }
    try (Memory memory = device.device().allocate(DataType.UINT8, 4)) {
      memory.write(2, new byte[] {-1, 5}, 0, 2);
      byte[] all = new byte[4];
      memory.read(0, all, 0, 4);
      assertThat(all).containsExactly(0, 0, -1, 5);
    }
  }

  @Test
  void specialNumbersSurviveTheWayThereAndBack() {
    float[] numbers = {
      Float.NaN, Float.POSITIVE_INFINITY, -0f, Float.MIN_VALUE, Float.MAX_VALUE, 1f / 3
    };
    try (Memory memory = device.device().allocate(DataType.REAL, numbers.length)) {
      Tensor tensor = new Tensor(memory, 0, Shape.of(numbers.length));
      tensor.write(numbers);
      assertThat(tensor.toFloats()).isEqualTo(numbers);
    }
  }

  @Test
  void accessOutsideIsRefused() {
    try (Memory memory = device.device().allocate(DataType.REAL, 10)) {
      float[] host = new float[8];
      assertThatThrownBy(() -> memory.write(3, host, 0, 8)).isInstanceOf(FigmentException.class);
      assertThatThrownBy(() -> memory.read(-1, host, 0, 2)).isInstanceOf(FigmentException.class);
      assertThatThrownBy(() -> memory.read(0, host, 5, 4)).isInstanceOf(FigmentException.class);
      assertThatThrownBy(() -> memory.read(Long.MAX_VALUE, host, 0, 2))
          .isInstanceOf(FigmentException.class);
      assertThatThrownBy(() -> memory.write(0, host, 0, -1)).isInstanceOf(FigmentException.class);
    }
  }

  @Test
  void accessAsAnotherTypeNamesBoth() {
    try (Memory memory = device.device().allocate(DataType.REAL, 4)) {
      assertThatThrownBy(() -> memory.read(0, new int[4], 0, 4))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("REAL")
          .hasMessageContaining("INT32");
      assertThatThrownBy(() -> memory.write(0, new byte[4], 0, 4))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("UINT8");
    }
  }

  @Test
  void closingIsIdempotentAndUseAfterCloseIsRefused() {
    Memory memory = device.device().allocate(DataType.REAL, 4);
    Tensor tensor = new Tensor(memory, 0, Shape.of(4));
    memory.close();
    memory.close();
    assertThatThrownBy(() -> memory.read(0, new float[4], 0, 4))
        .isInstanceOf(FigmentException.class);
    assertThatThrownBy(() -> device.device().kernels().fill(tensor, 1))
        .isInstanceOf(FigmentException.class);
  }

  @Test
  void anotherThreadIsRefused() throws InterruptedException {
    try (Memory memory = device.device().allocate(DataType.REAL, 4)) {
      Tensor tensor = new Tensor(memory, 0, Shape.of(4));
      Throwable[] caught = new Throwable[1];
      Thread other =
          new Thread(
              () -> {
                try {
                  device.device().kernels().fill(tensor, 1);
                } catch (FigmentException refused) {
                  caught[0] = refused;
                }
              });
      other.start();
      other.join();
      assertThat(caught[0]).isInstanceOf(FigmentException.class);
      assertThat(tensor.toFloats()).containsOnly(0f);
    }
  }

  @ParameterizedTest
  @MethodSource("counts")
  void fill(int count) {
    device
        .call("fill")
        .tolerance(Tolerance.SAME_BITS)
        .output("y", Shape.of(count))
        .check((k, t) -> k.fill(t.get("y"), 1.0 / 3));
  }

  @ParameterizedTest
  @MethodSource("counts")
  void copy(int count) {
    double[] x = new Values(count).signed(count);
    x[count / 2] = Double.NaN;
    device
        .call("copy")
        .tolerance(Tolerance.SAME_BITS)
        .output("y", Shape.of(count))
        .input("x", Shape.of(count), x)
        .check((k, t) -> k.copy(t.get("y"), t.get("x")));
  }

  @Test
  void copyOfIntegersAndBytes() {
    var kernels = device.device().kernels();
    try (Memory ints = device.device().allocate(DataType.INT32, 9);
        Memory bytes = device.device().allocate(DataType.UINT8, 9)) {
      new Tensor(ints, 0, Shape.of(3)).write(5, -6, 7);
      kernels.copy(new Tensor(ints, 5, Shape.of(3)), new Tensor(ints, 0, Shape.of(3)));
      new Tensor(bytes, 0, Shape.of(3)).write((byte) 5, (byte) -6, (byte) 7);
      kernels.copy(new Tensor(bytes, 5, Shape.of(3)), new Tensor(bytes, 0, Shape.of(3)));
      device.device().synchronize();
      assertThat(new Tensor(ints, 0, Shape.of(9)).toInts())
          .containsExactly(5, -6, 7, 0, 0, 5, -6, 7, 0);
      assertThat(new Tensor(bytes, 0, Shape.of(9)).toBytes())
          .containsExactly(5, -6, 7, 0, 0, 5, -6, 7, 0);
    }
  }

  @ParameterizedTest
  @MethodSource("counts")
  void add(int count) {
    Values values = new Values(count);
    Shape shape = Shape.of(count);
    device
        .call("add")
        .tolerance(Tolerance.EXACT)
        .output("y", shape)
        .input("a", shape, values.signed(count))
        .input("b", shape, values.signed(count))
        .check((k, t) -> k.add(t.get("y"), t.get("a"), t.get("b")));
    device
        .call("add to its first operand")
        .tolerance(Tolerance.EXACT)
        .updated("a", shape, values.signed(count))
        .input("b", shape, values.signed(count))
        .check((k, t) -> k.add(t.get("a"), t.get("a"), t.get("b")));
    device
        .call("add to its second operand")
        .tolerance(Tolerance.EXACT)
        .input("a", shape, values.signed(count))
        .updated("b", shape, values.signed(count))
        .check((k, t) -> k.add(t.get("b"), t.get("a"), t.get("b")));
  }

  @ParameterizedTest
  @MethodSource("counts")
  void scale(int count) {
    Values values = new Values(count);
    Shape shape = Shape.of(count);
    device
        .call("scale")
        .tolerance(Tolerance.EXACT)
        .output("y", shape)
        .input("x", shape, values.signed(count))
        .check((k, t) -> k.scale(t.get("y"), t.get("x"), -2.5));
    device
        .call("scale in place")
        .tolerance(Tolerance.EXACT)
        .updated("y", shape, values.signed(count))
        .check((k, t) -> k.scale(t.get("y"), t.get("y"), 0.125));
  }

  @Test
  void notANumberPassesThroughArithmetic() {
    double[] x = {1, Double.NaN, Double.POSITIVE_INFINITY, -1};
    Shape shape = Shape.of(4);
    device
        .call("add")
        .output("y", shape)
        .input("a", shape, x)
        .input("b", shape, new double[] {1, 1, Double.NEGATIVE_INFINITY, Double.NaN})
        .check((k, t) -> k.add(t.get("y"), t.get("a"), t.get("b")));
    device
        .call("scale")
        .output("y", shape)
        .input("x", shape, x)
        .check((k, t) -> k.scale(t.get("y"), t.get("x"), 0));
  }

  @ParameterizedTest
  @MethodSource("counts")
  void bytesToReal(int count) {
    device
        .call("bytesToReal")
        .output("y", Shape.of(count))
        .bytes("x", Shape.of(count), new Values(count).bytes(count))
        .check((k, t) -> k.bytesToReal(t.get("y"), t.get("x"), 1 / 127.5, -1));
  }

  static Shape[] images() {
    return new Shape[] {
      Shape.of(1, 1, 1, 1),
      Shape.of(2, 3, 5, 7),
      Shape.of(1, 28, 28, 3),
      Shape.of(3, 4, 4, 64),
      Shape.of(2, 17, 33, 1),
      Shape.of(1, 1, 9, 65)
    };
  }

  @ParameterizedTest
  @MethodSource("images")
  void layouts(Shape nhwc) {
    Shape nchw = Shape.of(nhwc.size(0), nhwc.size(3), nhwc.size(1), nhwc.size(2));
    double[] x = new Values(7).signed(nhwc.count());
    device
        .call("nhwcToNchw")
        .tolerance(Tolerance.SAME_BITS)
        .output("y", nchw)
        .input("x", nhwc, x)
        .check((k, t) -> k.nhwcToNchw(t.get("y"), t.get("x")));
    device
        .call("nchwToNhwc")
        .tolerance(Tolerance.SAME_BITS)
        .output("y", nhwc)
        .input("x", nchw, x)
        .check((k, t) -> k.nchwToNhwc(t.get("y"), t.get("x")));
  }
}

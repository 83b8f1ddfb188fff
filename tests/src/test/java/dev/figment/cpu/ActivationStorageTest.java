package dev.figment.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.figment.contract.Bfloat16;
import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Nonlinearity;
import dev.figment.device.Precision;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Layers' operations on bfloat16 tensors give the bits of the same operations on float32 tensors of
 * the same numbers, rounded once. Those are what the contract tests hold.
 */
@ParameterizedClass
@MethodSource("instructions")
class ActivationStorageTest {
  /** Of each processor, what it has. */
  static Stream<String> instructions() {
    return Stream.of("auto", "avx2", "baseline").filter(ActivationStorageTest::has);
  }

  private static boolean has(String instructions) {
    try {
      CpuDevices.open(1, instructions, true).close();
      return true;
    } catch (FigmentException lacking) {
      return false;
    }
  }

  @Parameter String instructions;
  private Device device;

  /** One run of an operation: its tensors, of one type or the other. */
  private final class Run implements AutoCloseable {
    private final DataType type;
    private final Resources resources = new Resources();
    private final List<Tensor> results = new ArrayList<>();
    private final List<Tensor> activations = new ArrayList<>();
    private long seed = 1;

    Run(DataType type) {
      this.type = type;
    }

    /** A parameter, a gradient of one or a statistic: float32. */
    Tensor real(Shape shape) {
      return filled(DataType.REAL, shape);
    }

    Tensor realResult(Shape shape) {
      Tensor tensor = real(shape);
      results.add(tensor);
      return tensor;
    }

    Tensor activation(Shape shape) {
      return filled(type, shape);
    }

    Tensor activationResult(Shape shape) {
      Tensor tensor = activation(shape);
      activations.add(tensor);
      return tensor;
    }

    RandomStream stream() {
      Tensor counter = resources.own(device.allocate(DataType.INT32, Shape.of(1)));
      counter.write(7);
      return new RandomStream(5, counter, 3);
    }

    private Tensor filled(DataType type, Shape shape) {
      Random random = new Random(seed++);
      float[] numbers = new float[(int) shape.count()];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = Bfloat16.round(2 * random.nextFloat() - 1);
      }
      Tensor tensor = resources.own(device.allocate(type, shape));
      tensor.write(numbers);
      return tensor;
    }

    @Override
    public void close() {
      resources.close();
    }
  }

  private interface Body {
    void run(Run run, Kernels kernels);
  }

  private void compare(String operation, Body body) {
    compare(operation, 0, body);
  }

  /**
   * Compares.
   *
   * @param apart how many bfloat16 numbers a result may be from the float32 one's: primitives of
   *     the processor's own bfloat16 instructions may add in another order for another type
   */
  private void compare(String operation, int apart, Body body) {
    try (Run expected = new Run(DataType.REAL);
        Run got = new Run(DataType.BFLOAT16)) {
      body.run(expected, device.kernels());
      body.run(got, device.kernels());
      for (int i = 0; i < got.activations.size(); i++) {
        float[] exact = expected.activations.get(i).toFloats();
        for (int at = 0; at < exact.length; at++) {
          exact[at] = Bfloat16.round(exact[at]);
        }
        same(operation + ", result " + i, got.activations.get(i).toFloats(), exact, apart);
      }
      for (int i = 0; i < got.results.size(); i++) {
        float[] exact = expected.results.get(i).toFloats();
        same(operation + ", parameter " + i, got.results.get(i).toFloats(), exact, 0);
      }
    }
  }

  private static void same(String what, float[] got, float[] expected, int apart) {
    for (int at = 0; at < expected.length; at++) {
      int distance = Float.floatToIntBits(got[at]) - Float.floatToIntBits(expected[at]);
      if (Math.abs(distance) > apart << 16) {
        fail("%s, element %d: %s for %s", what, at, got[at], expected[at]);
      }
    }
  }

  /** Products by the processor's own instructions round in oneDNN, whose order is its own. */
  private int products() {
    return device.plan().contains("float32 instructions") ? 0 : 1;
  }

  private static final List<Activation> ACTIVATIONS =
      List.of(
          Activation.IDENTITY,
          Activation.RELU,
          Activation.leakyRelu(0.2),
          Activation.TANH,
          Activation.SIGMOID);

  @Test
  void activationsAndDropout() {
    for (Shape shape : List.of(Shape.of(1), Shape.of(37), Shape.of(40_003))) {
      for (Activation activation : ACTIVATIONS) {
        compare(
            "activationForward " + activation.kind(),
            (run, kernels) ->
                kernels.activationForward(
                    run.activationResult(shape), run.activation(shape), activation));
        compare(
            "activationBackward " + activation.kind(),
            (run, kernels) ->
                kernels.activationBackward(
                    run.activationResult(shape),
                    run.activation(shape),
                    run.activation(shape),
                    activation));
        compare(
            "dropoutForward " + activation.kind(),
            (run, kernels) ->
                kernels.dropoutForward(
                    run.activationResult(shape),
                    run.activation(shape),
                    activation,
                    0.3,
                    run.stream()));
        compare(
            "dropoutBackward " + activation.kind(),
            (run, kernels) ->
                kernels.dropoutBackward(
                    run.activationResult(shape),
                    run.activation(shape),
                    run.activation(shape),
                    activation,
                    0.3,
                    run.stream()));
      }
    }
  }

  @Test
  void batchNormalizationAndSums() {
    for (int channels : new int[] {1, 5, 64, 300}) {
      Shape shape = Shape.of(301, channels);
      Shape column = Shape.of(channels);
      for (Activation activation : ACTIVATIONS) {
        compare(
            "batchNormForward " + channels,
            (run, kernels) ->
                kernels.batchNormForward(
                    run.activationResult(shape),
                    run.realResult(column),
                    run.realResult(column),
                    run.realResult(column),
                    run.realResult(column),
                    run.activation(shape),
                    null,
                    run.real(column),
                    run.real(column),
                    0.9,
                    1e-3,
                    activation));
        compare(
            "batchNormInfer " + channels,
            (run, kernels) -> {
              Tensor variance = run.real(column);
              kernels.scale(variance, variance, 0.1);
              kernels.batchNormInfer(
                  run.activationResult(shape),
                  run.activation(shape),
                  run.real(column),
                  run.real(column),
                  run.real(column),
                  variance,
                  1,
                  activation);
            });
        compare(
            "batchNormBackward " + channels,
            (run, kernels) ->
                kernels.batchNormBackward(
                    run.activationResult(shape),
                    run.realResult(column),
                    run.realResult(column),
                    run.activation(shape),
                    run.activation(shape),
                    run.real(column),
                    run.real(column),
                    run.real(column),
                    run.real(column),
                    activation,
                    GradientMode.OVERWRITE));
      }
      compare(
          "columnSum " + channels,
          (run, kernels) ->
              kernels.columnSum(
                  run.realResult(column), run.activation(shape), GradientMode.ACCUMULATE));
    }
  }

  @Test
  void denseLayers() {
    for (int[] sizes : new int[][] {{1, 1, 1}, {17, 33, 65}, {128, 100, 257}}) {
      Shape x = Shape.of(sizes[0], sizes[1]);
      Shape y = Shape.of(sizes[0], sizes[2]);
      Shape w = Shape.of(sizes[2], sizes[1]);
      for (Activation activation : ACTIVATIONS) {
        compare(
            "denseForward " + activation.kind(),
            products(),
            (run, kernels) ->
                kernels.denseForward(
                    run.activationResult(y),
                    run.activation(x),
                    run.real(w),
                    run.real(Shape.of(sizes[2])),
                    activation));
      }
      compare(
          "denseBackwardData",
          products(),
          (run, kernels) ->
              kernels.denseBackwardData(run.activationResult(x), run.activation(y), run.real(w)));
      compare(
          "denseBackwardWeights",
          (run, kernels) ->
              kernels.denseBackwardWeights(
                  run.realResult(w),
                  run.realResult(Shape.of(sizes[2])),
                  run.activation(y),
                  run.activation(x),
                  GradientMode.ACCUMULATE));
    }
  }

  /** By Winograd's algorithm, by loops for few channels, by oneDNN. */
  @Test
  void convolutions() {
    for (ConvGeometry g :
        List.of(
            ConvGeometry.same(7, 7, 128, 256, 5, 1),
            ConvGeometry.same(9, 9, 3, 32, 5, 2),
            ConvGeometry.same(8, 6, 5, 7, 3, 1))) {
      int batch = g.channels() == 128 ? 26 : 3;
      Shape large = g.large(batch);
      Shape small = g.small(batch);
      Shape channels = Shape.of(g.channels());
      Shape smallChannels = Shape.of(g.smallChannels());
      for (Activation activation :
          List.of(Activation.IDENTITY, Activation.leakyRelu(0.2), Activation.TANH)) {
        compare(
            "convForward " + g,
            products(),
            (run, kernels) ->
                kernels.convForward(
                    run.activationResult(small),
                    run.activation(large),
                    run.real(g.weights()),
                    run.real(smallChannels),
                    activation,
                    g));
        compare(
            "convTransposeForward " + g,
            products(),
            (run, kernels) ->
                kernels.convTransposeForward(
                    run.activationResult(large),
                    run.activation(small),
                    run.real(g.weights()),
                    run.real(channels),
                    activation,
                    g));
      }
      compare(
          "convBackwardData " + g,
          products(),
          (run, kernels) ->
              kernels.convBackwardData(
                  run.activationResult(large), run.activation(small), run.real(g.weights()), g));
      compare(
          "convTransposeBackwardData " + g,
          products(),
          (run, kernels) ->
              kernels.convTransposeBackwardData(
                  run.activationResult(small), run.activation(large), run.real(g.weights()), g));
      compare(
          "convBackwardWeights " + g,
          (run, kernels) ->
              kernels.convBackwardWeights(
                  run.realResult(g.weights()),
                  run.realResult(smallChannels),
                  run.activation(small),
                  run.activation(large),
                  g,
                  GradientMode.OVERWRITE));
      compare(
          "convTransposeBackwardWeights " + g,
          (run, kernels) ->
              kernels.convTransposeBackwardWeights(
                  run.realResult(g.weights()),
                  run.realResult(channels),
                  run.activation(large),
                  run.activation(small),
                  g,
                  GradientMode.ACCUMULATE));
    }
  }

  /** A network's first and last layers stand between both types. */
  @Test
  void oneTensorOfEachType() {
    Shape x = Shape.of(17, 33);
    Shape y = Shape.of(17, 65);
    Shape w = Shape.of(65, 33);
    compare(
        "denseForward from REAL",
        products(),
        (run, kernels) ->
            kernels.denseForward(
                run.activationResult(y), run.real(x), run.real(w), null, Activation.RELU));
    compare(
        "denseForward to REAL",
        (run, kernels) ->
            kernels.denseForward(
                run.realResult(y), run.activation(x), run.real(w), null, Activation.TANH));
    compare(
        "denseBackwardWeights",
        (run, kernels) ->
            kernels.denseBackwardWeights(
                run.realResult(w), null, run.real(y), run.activation(x), GradientMode.OVERWRITE));
    compare(
        "denseBackwardData and what made x",
        products(),
        (run, kernels) ->
            kernels.denseBackwardData(
                run.activationResult(x),
                run.real(y),
                run.real(w),
                run.activation(x),
                Nonlinearity.NONE));
  }

  @Test
  void whatIsNotALayersTakesRealAndLayersTakeOneType() {
    try (Run run = new Run(DataType.BFLOAT16)) {
      Shape shape = Shape.of(3);
      Tensor half = run.activation(shape);
      Tensor real = run.real(shape);
      assertThatThrownBy(() -> device.kernels().add(half, half, half))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("REAL")
          .hasMessageContaining("BFLOAT16");
      assertThatThrownBy(() -> device.kernels().activationForward(half, real, Activation.RELU))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("REAL")
          .hasMessageContaining("BFLOAT16");
    }
  }

  /** What the host writes is rounded as the kernels round. */
  @Test
  void theHostReadsAndWrites() {
    float[] numbers = {0, -0f, 1.00390625f, 1.01171875f, Float.MAX_VALUE, 1e-40f, -2.5f};
    try (Resources resources = new Resources()) {
      Tensor tensor = resources.own(device.allocate(DataType.BFLOAT16, Shape.of(numbers.length)));
      tensor.write(numbers);
      float[] read = tensor.toFloats();
      for (int i = 0; i < numbers.length; i++) {
        assertThat(read[i]).isEqualTo(Bfloat16.round(numbers[i]));
      }
      assertThat(tensor.toDoubles()[6]).isEqualTo(-2.5);
      tensor.write(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, Double.NaN);
      assertThat(tensor.toFloats()).startsWith(1, 2, 3, 4, 5, 6);
      assertThat(tensor.toFloats()[6]).isNaN();
    }
  }

  @BeforeEach
  void open() {
    device = CpuDevices.open(2, instructions, true, Precision.BF16);
  }

  @AfterEach
  void close() {
    device.close();
  }
}

package dev.figment.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.contract.Bfloat16;
import dev.figment.cuda.CudaDevices.Compiler;
import dev.figment.device.Activation;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.GanLoss;
import dev.figment.device.GradientMode;
import dev.figment.device.Likelihood;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kernels whose storage type is bfloat16, against the same with float32: arithmetic is float32 in
 * both, so what is stored is the same number rounded, and what stays float32 has the same bits.
 */
@Tag("sim")
@ParameterizedClass(name = "{0} for sm_{1}")
@MethodSource("builds")
class StorageTest {
  private static final Shape LAYER = Shape.of(37, 129); // more than a block, and no whole vectors
  private static final int ROWS = 70;
  private static final List<Activation> ACTIVATIONS =
      List.of(
          Activation.IDENTITY,
          Activation.RELU,
          Activation.leakyRelu(0.2),
          Activation.TANH,
          Activation.SIGMOID);

  @Parameter(0)
  Compiler compiler;

  @Parameter(1)
  int architecture;

  private final Resources devices = new Resources();
  private SplittableRandom random;
  private Device single;
  private Device half;

  /** sm_75 rounds by integers, sm_80 with an instruction. */
  static Stream<Arguments> builds() {
    return Stream.of(
        Arguments.of(Compiler.CLANG, 75),
        Arguments.of(Compiler.CLANG, 80),
        Arguments.of(Compiler.NVCC, 80));
  }

  @BeforeEach
  void open() {
    single = devices.own(CudaDevices.open(compiler, architecture));
    half = devices.own(CudaDevices.openBfloat16(compiler, architecture));
  }

  @AfterEach
  void close() {
    devices.close();
  }

  /** The same numbers in each run: an operation begins by drawing its own from this. */
  private void compare(String name, StorageRun.Operation operation) {
    StorageRun.compare(
        name,
        single,
        half,
        (run, kernels) -> {
          random = new SplittableRandom(11);
          operation.on(run, kernels);
        });
  }

  private float[] numbers(Shape shape) {
    return numbers(shape, -2, 2);
  }

  private float[] numbers(Shape shape, double low, double high) {
    float[] numbers = new float[(int) shape.count()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = Bfloat16.round((float) random.nextDouble(low, high));
    }
    return numbers;
  }

  private int[] integers(int count, int bound) {
    return random.ints(count, 0, bound).toArray();
  }

  private RandomStream stream(StorageRun run) {
    return new RandomStream(7, run.integers(3), RandomStream.EPSILON);
  }

  /** Ties, overflow, subnormal numbers, signed zeros and what is not a number. */
  @Test
  void roundsToTheNearest() {
    float[] hard = {
      1 + 0x1p-8f,
      1 + 0x1p-7f + 0x1p-8f,
      -1 - 0x1p-8f,
      1 + 0x1p-8f + 0x1p-23f,
      1 + 0x1p-8f - 0x1p-23f,
      Float.MAX_VALUE,
      -Float.MAX_VALUE,
      0x1.fep127f,
      0x1.fefffep127f,
      Float.MIN_VALUE,
      0x1p-134f,
      0x1.8p-133f,
      Float.MIN_NORMAL - Float.MIN_VALUE,
      0f,
      -0f,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      Float.NaN,
      3.14159274f
    };
    for (float number : hard) {
      compare(
          "fill with " + number,
          (run, kernels) -> kernels.fill(run.storedResult(Shape.of(9)), number));
    }
  }

  @Test
  void elementWise() {
    compare(
        "add",
        (run, kernels) ->
            kernels.add(
                run.storedResult(LAYER),
                run.stored(LAYER, numbers(LAYER)),
                run.stored(LAYER, numbers(LAYER))));
    compare(
        "scale",
        (run, kernels) ->
            kernels.scale(run.storedResult(LAYER), run.stored(LAYER, numbers(LAYER)), 0.3));
    compare(
        "scale_by",
        (run, kernels) ->
            kernels.scaleBy(
                run.storedResult(LAYER),
                run.stored(LAYER, numbers(LAYER)),
                run.plain(Shape.of(1), 0.3f)));
    compare(
        "clamp",
        (run, kernels) ->
            kernels.clamp(run.storedResult(LAYER), run.stored(LAYER, numbers(LAYER)), -0.7, 0.4));
    Shape images = Shape.of(3, 5, 7, 6);
    Shape planes = Shape.of(3, 6, 5, 7);
    compare(
        "nchw_to_nhwc",
        (run, kernels) ->
            kernels.nchwToNhwc(run.storedResult(images), run.stored(planes, numbers(planes))));
  }

  @Test
  void activationsAndDropout() {
    for (Activation activation : ACTIVATIONS) {
      compare(
          "activation_forward " + activation,
          (run, kernels) ->
              kernels.activationForward(
                  run.storedResult(LAYER), run.stored(LAYER, numbers(LAYER)), activation));
      compare(
          "activation_backward " + activation,
          (run, kernels) ->
              kernels.activationBackward(
                  run.storedResult(LAYER),
                  run.stored(LAYER, numbers(LAYER)),
                  run.stored(LAYER, numbers(LAYER)),
                  activation));
    }
    Activation activation = Activation.leakyRelu(0.2);
    compare(
        "dropout_forward",
        (run, kernels) ->
            kernels.dropoutForward(
                run.storedResult(LAYER),
                run.stored(LAYER, numbers(LAYER)),
                activation,
                0.25,
                stream(run)));
    compare(
        "dropout_backward",
        (run, kernels) ->
            kernels.dropoutBackward(
                run.storedResult(LAYER),
                run.stored(LAYER, numbers(LAYER)),
                run.stored(LAYER, numbers(LAYER)),
                activation,
                0.25,
                stream(run)));
  }

  @Test
  void randomNumbers() {
    compare(
        "uniform", (run, kernels) -> kernels.uniform(run.storedResult(LAYER), -1, 1, stream(run)));
    compare(
        "bernoulli",
        (run, kernels) ->
            kernels.bernoulli(
                run.storedResult(LAYER), run.stored(LAYER, numbers(LAYER, 0, 1)), stream(run)));
    compare(
        "normal", (run, kernels) -> kernels.normal(run.storedResult(LAYER), 0.5, 2, stream(run)));
  }

  @Test
  void batchNorm() {
    for (int channels : new int[] {7, 36}) {
      Shape shape = Shape.of(301, channels);
      Shape column = Shape.of(channels);
      compare(
          "batch_norm_forward",
          (run, kernels) ->
              kernels.batchNormForward(
                  run.storedResult(shape),
                  run.plainResult(column),
                  run.plainResult(column),
                  run.plainResult(column, numbers(column)),
                  run.plainResult(column, numbers(column, 0.5, 1)),
                  run.stored(shape, numbers(shape)),
                  null,
                  run.plain(column, numbers(column)),
                  run.plain(column, numbers(column)),
                  0.9,
                  1e-3,
                  Activation.RELU));
      compare(
          "batch_norm_infer",
          (run, kernels) ->
              kernels.batchNormInfer(
                  run.storedResult(shape),
                  run.stored(shape, numbers(shape)),
                  run.plain(column, numbers(column)),
                  run.plain(column, numbers(column)),
                  run.plain(column, numbers(column)),
                  run.plain(column, numbers(column, 0.5, 1)),
                  1e-3,
                  Activation.TANH));
      compare(
          "batch_norm_backward",
          (run, kernels) ->
              kernels.batchNormBackward(
                  run.storedResult(shape),
                  run.plainResult(column),
                  run.plainResult(column),
                  run.stored(shape, numbers(shape)),
                  run.stored(shape, numbers(shape)),
                  run.plain(column, numbers(column)),
                  run.plain(column, numbers(column)),
                  run.plain(column, numbers(column)),
                  run.plain(column, numbers(column, 0.5, 2)),
                  Activation.RELU,
                  GradientMode.OVERWRITE));
    }
  }

  @Test
  void sumsAndRows() {
    Shape one = Shape.of(1);
    Shape rows = Shape.of(LAYER.size(0));
    compare(
        "sum",
        (run, kernels) -> kernels.sum(run.plainResult(one), run.stored(LAYER, numbers(LAYER))));
    compare(
        "sum_of_squares",
        (run, kernels) ->
            kernels.sumOfSquares(run.plainResult(one), run.stored(LAYER, numbers(LAYER))));
    compare(
        "column_sum",
        (run, kernels) ->
            kernels.columnSum(
                run.plainResult(Shape.of(LAYER.size(1))),
                run.stored(LAYER, numbers(LAYER)),
                GradientMode.OVERWRITE));
    compare(
        "row_sum_of_squares",
        (run, kernels) ->
            kernels.rowSumOfSquares(run.plainResult(rows), run.stored(LAYER, numbers(LAYER))));
    compare(
        "scale_rows",
        (run, kernels) ->
            kernels.scaleRows(
                run.storedResult(LAYER),
                run.stored(LAYER, numbers(LAYER)),
                run.plain(rows, numbers(rows))));
    compare(
        "lerp_rows",
        (run, kernels) ->
            kernels.lerpRows(
                run.storedResult(LAYER),
                run.stored(LAYER, numbers(LAYER)),
                run.stored(LAYER, numbers(LAYER)),
                run.plain(rows, numbers(rows, 0, 1))));
  }

  @Test
  void adversarialLosses() {
    Shape both = Shape.of(2 * ROWS);
    for (GanLoss loss : GanLoss.values()) {
      compare(
          "gan_discriminator_loss " + loss,
          (run, kernels) ->
              kernels.ganDiscriminatorLoss(
                  run.plainResult(Shape.of(3)),
                  run.storedResult(both),
                  run.stored(both, numbers(both, -5, 5)),
                  loss,
                  0));
      compare(
          "gan_generator_loss " + loss,
          (run, kernels) ->
              kernels.ganGeneratorLoss(
                  run.plainResult(Shape.of(1)),
                  run.storedResult(both),
                  run.stored(both, numbers(both, -5, 5)),
                  loss));
    }
  }

  @Test
  void lossesOverRows() {
    for (int columns : new int[] {30, 52}) {
      Shape target = Shape.of(ROWS, columns);
      Shape twice = Shape.of(ROWS, 2 * columns);
      Shape weights = Shape.of(ROWS);
      for (Likelihood likelihood :
          List.of(Likelihood.gaussian(0.1), Likelihood.BERNOULLI, Likelihood.GAUSSIAN_LEARNED)) {
        Shape prediction = likelihood.outputs() == 2 ? twice : target;
        compare(
            "reconstruction_loss " + likelihood.kind(),
            (run, kernels) ->
                kernels.reconstructionLoss(
                    run.plainResult(Shape.of(1)),
                    run.plainResult(weights),
                    run.storedResult(prediction),
                    run.stored(prediction, numbers(prediction)),
                    run.stored(target, numbers(target, 0, 1)),
                    run.plain(target, numbers(target, 0, 1)),
                    likelihood,
                    ROWS));
      }
      compare(
          "gaussian_kl",
          (run, kernels) ->
              kernels.gaussianKl(
                  run.plainResult(Shape.of(1)),
                  run.plainResult(weights),
                  run.storedResult(twice),
                  run.storedResult(twice),
                  run.stored(twice, numbers(twice)),
                  run.stored(twice, numbers(twice)),
                  run.plain(weights, numbers(weights, 0, 1)),
                  run.plain(Shape.of(1), 0.7f),
                  ROWS));
      compare(
          "cross_entropy",
          (run, kernels) ->
              kernels.crossEntropy(
                  run.plainResult(Shape.of(1)),
                  run.plainResult(weights),
                  run.storedResult(target),
                  run.stored(target, numbers(target, -9, 9)),
                  run.integers(integers(ROWS, columns)),
                  run.plain(weights, numbers(weights, 0, 1)),
                  ROWS));
    }
  }

  @Test
  void latentsAndEmbeddings() {
    for (int columns : new int[] {6, 20}) {
      Shape latents = Shape.of(ROWS, columns);
      Shape moments = Shape.of(ROWS, 2 * columns);
      Shape column = Shape.of(columns);
      compare(
          "reparameterize_forward",
          (run, kernels) ->
              kernels.reparameterizeForward(
                  run.storedResult(latents),
                  run.plainResult(column),
                  run.stored(moments, numbers(moments)),
                  stream(run)));
      compare(
          "reparameterize_backward",
          (run, kernels) ->
              kernels.reparameterizeBackward(
                  run.storedResult(moments),
                  run.stored(latents, numbers(latents)),
                  run.stored(moments, numbers(moments)),
                  run.plain(column, numbers(column, 0, 1)),
                  run.plain(Shape.of(1), 0.7f),
                  0.25,
                  stream(run)));
      Shape table = Shape.of(11, columns);
      compare(
          "embedding_forward",
          (run, kernels) ->
              kernels.embeddingForward(
                  run.storedResult(latents),
                  run.plain(table, numbers(table)),
                  run.integers(integers(ROWS, 11))));
      compare(
          "embedding_backward",
          (run, kernels) ->
              kernels.embeddingBackward(
                  run.plainResult(table),
                  run.stored(latents, numbers(latents)),
                  run.integers(integers(ROWS, 11)),
                  GradientMode.OVERWRITE));
    }
  }

  /** Values and moments are float32: only gradients come in the storage type. */
  @Test
  void optimizers() {
    Shape arena = Shape.of(4999);
    compare(
        "adam",
        (run, kernels) -> {
          Tensor values = run.plainResult(arena, numbers(arena));
          Tensor m = run.plainResult(arena, numbers(arena));
          Tensor v = run.plainResult(arena, numbers(arena, 0, 1));
          Tensor gradients = run.stored(arena, numbers(arena));
          Tensor rate = run.plain(Shape.of(1), 0.01f);
          kernels.adam(values, m, v, gradients, run.integers(5), rate, 0.9, 0.999, 1e-8, 0.01);
        });
    compare(
        "sgd",
        (run, kernels) -> {
          Tensor values = run.plainResult(arena, numbers(arena));
          Tensor velocity = run.plainResult(arena, numbers(arena));
          Tensor gradients = run.stored(arena, numbers(arena));
          Tensor rate = run.plain(Shape.of(1), 0.01f);
          kernels.sgd(values, velocity, gradients, rate, 0.9, true, 0.01);
        });
    compare(
        "rms_prop",
        (run, kernels) -> {
          Tensor values = run.plainResult(arena, numbers(arena));
          Tensor squares = run.plainResult(arena, numbers(arena, 0, 1));
          Tensor gradients = run.stored(arena, numbers(arena));
          Tensor rate = run.plain(Shape.of(1), 0.01f);
          kernels.rmsProp(values, squares, gradients, rate, 0.9, 1e-8);
        });
    compare(
        "clip",
        (run, kernels) ->
            kernels.clipByNorm(
                run.storedResult(arena, numbers(arena)), run.plainResult(Shape.of(1)), 0.5));
  }

  /** So that no test above compares float32 with itself. */
  @Test
  void aStoredNumberTakesTwoBytes() {
    Resources resources = new Resources();
    try (resources) {
      Tensor y = resources.own(half.allocate(DataType.REAL, Shape.of(4)));
      y.write(7f, 7f, 7f, 7f);
      half.kernels().fill(y, 1);
      float[] words = y.toFloats();
      assertThat(Float.floatToRawIntBits(words[0])).isEqualTo(0x3f803f80);
      assertThat(words[2]).isEqualTo(7);
    }
  }
}

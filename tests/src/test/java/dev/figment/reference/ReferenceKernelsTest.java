package dev.figment.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.DataType;
import dev.figment.device.GanLoss;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import org.junit.jupiter.api.Test;

/** The reference against numbers worked out by hand: who judges the others is judged first. */
class ReferenceKernelsTest {
  private final ReferenceDevice device = new ReferenceDevice();
  private final Kernels kernels = device.kernels();

  private Tensor tensor(Shape shape, double... values) {
    Tensor tensor = device.allocate(DataType.REAL, shape);
    if (values.length > 0) {
      tensor.write(values);
    }
    return tensor;
  }

  @Test
  void denseMultipliesRowsByWeightRows() {
    Tensor x = tensor(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
    Tensor w = tensor(Shape.of(2, 3), 1, 0, -1, 2, 1, 0);
    Tensor bias = tensor(Shape.of(2), 10, 20);
    Tensor y = tensor(Shape.of(2, 2));
    kernels.denseForward(y, x, w, bias, Activation.IDENTITY);
    assertThat(y.toDoubles()).containsExactly(8, 24, 8, 33);
  }

  /** A correlation, not a flipped one: the kernel's first row meets the image's first row. */
  @Test
  void convolutionSlidesTheUnflippedKernel() {
    Tensor x = tensor(Shape.of(1, 3, 3, 1), 1, 2, 3, 4, 5, 6, 7, 8, 9);
    Tensor w = tensor(Shape.of(1, 2, 2, 1), 1, 10, 100, 1000);
    Tensor y = tensor(Shape.of(1, 2, 2, 1));
    kernels.convForward(y, x, w, null, Activation.IDENTITY, ConvGeometry.of(3, 3, 1, 1, 2, 1, 0));
    assertThat(y.toDoubles()).containsExactly(5421, 6532, 8754, 9865);
  }

  @Test
  void convolutionTakesZeroOutsideAndCountsStrideFromTheTopLeftPadding() {
    Tensor x = tensor(Shape.of(1, 3, 3, 1), 1, 2, 3, 4, 5, 6, 7, 8, 9);
    Tensor w = tensor(Shape.of(1, 2, 2, 1), 1, 10, 100, 1000);
    Tensor y = tensor(Shape.of(1, 2, 2, 1));
    kernels.convForward(
        y,
        x,
        w,
        tensor(Shape.of(1), 0.5),
        Activation.IDENTITY,
        ConvGeometry.of(3, 3, 1, 1, 2, 2, 1, 0, 0, 1));
    assertThat(y.toDoubles()).containsExactly(2100.5, 300.5, 8754.5, 966.5 - 60 + 0);
  }

  @Test
  void convolutionSumsOverInputChannelsForEachOutputChannel() {
    Tensor x = tensor(Shape.of(1, 1, 2, 2), 1, 2, 3, 4);
    Tensor w = tensor(Shape.of(3, 1, 1, 2), 1, 0, 0, 1, 10, 100);
    Tensor y = tensor(Shape.of(1, 1, 2, 3));
    kernels.convForward(y, x, w, null, Activation.IDENTITY, ConvGeometry.of(1, 2, 2, 3, 1, 1, 0));
    assertThat(y.toDoubles()).containsExactly(1, 2, 210, 3, 4, 430);
  }

  /** Each input stamps the kernel, in its own order, at twice its place. */
  @Test
  void transposedConvolutionStampsTheKernel() {
    Tensor x = tensor(Shape.of(1, 1, 2, 1), 1, 2);
    Tensor w = tensor(Shape.of(1, 3, 3, 1), 1, 2, 3, 4, 5, 6, 7, 8, 9);
    Tensor y = tensor(Shape.of(1, 3, 5, 1));
    kernels.convTransposeForward(
        y, x, w, null, Activation.IDENTITY, ConvGeometry.transposed(1, 2, 1, 1, 3, 2, 0, 0));
    assertThat(y.toDoubles())
        .containsExactly(1, 2, 3 + 2, 4, 6, 4, 5, 6 + 8, 10, 12, 7, 8, 9 + 14, 16, 18);
  }

  /** Output padding adds a row and a column at the end that only the bias reaches. */
  @Test
  void transposedConvolutionPadsItsOutput() {
    Tensor x = tensor(Shape.of(1, 1, 1, 1), 2);
    Tensor w = tensor(Shape.of(1, 1, 1, 2), 3, 5);
    Tensor y = tensor(Shape.of(1, 2, 2, 2));
    kernels.convTransposeForward(
        y,
        x,
        w,
        tensor(Shape.of(2), 0.5, 0.25),
        Activation.IDENTITY,
        ConvGeometry.transposed(1, 1, 1, 2, 1, 2, 0, 1));
    assertThat(y.toDoubles()).containsExactly(6.5, 10.25, 0.5, 0.25, 0.5, 0.25, 0.5, 0.25);
  }

  @Test
  void batchNormUsesTheBiasedVarianceAndKeepsTheUnbiasedOne() {
    Tensor x = tensor(Shape.of(4, 1), 1, 2, 3, 6);
    Tensor y = tensor(x.shape());
    Shape one = Shape.of(1);
    Tensor mean = tensor(one);
    Tensor inverse = tensor(one);
    Tensor running = tensor(one, 10);
    Tensor runningVariance = tensor(one, 1);
    kernels.batchNormForward(
        y,
        mean,
        inverse,
        running,
        runningVariance,
        x,
        null,
        tensor(one, 2),
        tensor(one, 1),
        0.8,
        0.5,
        Activation.RELU);
    // Mean 3; squared distances 4 + 1 + 0 + 9 = 14: biased 3.5, unbiased 14 / 3.
    assertThat(mean.toDoubles()).containsExactly(3);
    assertThat(inverse.toDoubles()).containsExactly(0.5);
    assertThat(y.toDoubles()).containsExactly(0, 0, 1, 4);
    assertThat(running.toDoubles()[0]).isCloseTo(8.6, within(1e-12));
    assertThat(runningVariance.toDoubles()[0]).isCloseTo(0.8 + 0.2 * 14 / 3, within(1e-12));
    kernels.batchNormInfer(
        y,
        x,
        tensor(one, 2),
        tensor(one, 1),
        tensor(one, 2),
        tensor(one, 3.5),
        0.5,
        Activation.IDENTITY);
    assertThat(y.toDoubles()).containsExactly(0, 1, 2, 5);
  }

  @Test
  void discriminatorLossAtZeroLogitsIsTwoLogTwo() {
    Tensor logits = tensor(Shape.of(4, 1), 0, 0, 0, 0);
    Tensor result = tensor(Shape.of(3));
    Tensor dlogits = tensor(logits.shape());
    kernels.ganDiscriminatorLoss(result, dlogits, logits, GanLoss.NON_SATURATING, 0);
    assertThat(result.toDoubles()[0]).isCloseTo(2 * Math.log(2), within(1e-15));
    assertThat(result.toDoubles()[1]).isEqualTo(0.5);
    assertThat(result.toDoubles()[2]).isEqualTo(0.5);
    assertThat(dlogits.toDoubles()).containsExactly(-0.25, -0.25, 0.25, 0.25);
  }

  @Test
  void generatorLossesAtKnownLogits() {
    // sigmoid(log 3) = 3/4.
    Tensor logits = tensor(Shape.of(1, 1), Math.log(3));
    Tensor result = tensor(Shape.of(1));
    Tensor dlogits = tensor(logits.shape());
    kernels.ganGeneratorLoss(result, dlogits, logits, GanLoss.NON_SATURATING);
    assertThat(result.toDoubles()[0]).isCloseTo(-Math.log(0.75), within(1e-15));
    assertThat(dlogits.toDoubles()[0]).isCloseTo(-0.25, within(1e-15));
    kernels.ganGeneratorLoss(result, dlogits, logits, GanLoss.MINIMAX);
    assertThat(result.toDoubles()[0]).isCloseTo(Math.log(0.25), within(1e-15));
    assertThat(dlogits.toDoubles()[0]).isCloseTo(-0.75, within(1e-15));
  }

  @Test
  void adamTakesTwoStepsOfThePaper() {
    Shape one = Shape.of(1);
    Tensor value = tensor(one, 1);
    Tensor m = tensor(one);
    Tensor v = tensor(one);
    Tensor step = device.allocate(DataType.INT32, one);
    Tensor rate = tensor(one, 0.1);
    kernels.increment(step);
    kernels.adam(value, m, v, tensor(one, 4), step, rate, 0.5, 0.75, 1, 0);
    // m = 2, corrected 4; v = 4, corrected 16: 1 - 0.1 * 4 / (4 + 1).
    assertThat(value.toDoubles()[0]).isCloseTo(0.92, within(1e-15));
    kernels.increment(step);
    kernels.adam(value, m, v, tensor(one, 0), step, rate, 0.5, 0.75, 1, 0);
    // m = 1, corrected 4/3; v = 3, corrected 48/7.
    double expected = 0.92 - 0.1 * (4.0 / 3) / (Math.sqrt(48.0 / 7) + 1);
    assertThat(value.toDoubles()[0]).isCloseTo(expected, within(1e-15));
  }

  @Test
  void adamDecaysWeightsApartFromTheGradient() {
    Shape one = Shape.of(1);
    Tensor value = tensor(one, 2);
    Tensor step = device.allocate(DataType.INT32, one);
    kernels.increment(step);
    Tensor rate = tensor(one, 0.1);
    kernels.adam(value, tensor(one), tensor(one), tensor(one, 4), step, rate, 0.5, 0.75, 1, 0.25);
    // 2 (1 - 0.1 * 0.25) - 0.1 * 4 / (4 + 1).
    assertThat(value.toDoubles()[0]).isCloseTo(1.95 - 0.08, within(1e-15));
  }

  /** Two steps of torch.optim.SGD, worked out by hand. */
  @Test
  void sgdTakesTwoSteps() {
    Shape one = Shape.of(1);
    Tensor rate = tensor(one, 0.5);
    Tensor plain = tensor(one, 2);
    kernels.sgd(plain, null, tensor(one, 1), rate, 0, false, 0.25);
    assertThat(plain.toDoubles()).containsExactly(2 - 0.5 * (1 + 0.25 * 2));

    Tensor value = tensor(one, 2);
    Tensor velocity = tensor(one);
    kernels.sgd(value, velocity, tensor(one, 1), rate, 0.5, false, 0);
    kernels.sgd(value, velocity, tensor(one, 3), rate, 0.5, false, 0);
    // velocity 1, then 3.5: 2 - 0.5 - 1.75.
    assertThat(velocity.toDoubles()).containsExactly(3.5);
    assertThat(value.toDoubles()).containsExactly(-0.25);

    Tensor ahead = tensor(one, 2);
    Tensor nesterov = tensor(one);
    kernels.sgd(ahead, nesterov, tensor(one, 1), rate, 0.5, true, 0);
    kernels.sgd(ahead, nesterov, tensor(one, 3), rate, 0.5, true, 0);
    // 1 + 0.5, then 3 + 1.75: 2 - 0.75 - 2.375.
    assertThat(ahead.toDoubles()).containsExactly(-1.125);
  }

  @Test
  void rmsPropTakesTwoSteps() {
    Shape one = Shape.of(1);
    Tensor value = tensor(one, 1);
    Tensor square = tensor(one);
    kernels.rmsProp(value, square, tensor(one, 4), tensor(one, 0.5), 0.75, 1);
    // 0.25 * 16 = 4: 1 - 0.5 * 4 / (2 + 1).
    assertThat(value.toDoubles()[0]).isCloseTo(1 - 2.0 / 3, within(1e-15));
    kernels.rmsProp(value, square, tensor(one, 5), tensor(one, 0.5), 0.75, 1);
    // 0.75 * 4 + 0.25 * 25 = 9.25.
    double expected = 1 - 2.0 / 3 - 0.5 * 5 / (Math.sqrt(9.25) + 1);
    assertThat(value.toDoubles()[0]).isCloseTo(expected, within(1e-15));
  }

  @Test
  void movingAverageWarmsUp() {
    Tensor average = tensor(Shape.of(1), 10);
    Tensor step = device.allocate(DataType.INT32, Shape.of(1));
    kernels.ema(average, tensor(Shape.of(1), 20), step, 0.9);
    assertThat(average.toDoubles()[0]).isCloseTo(19, within(1e-12)); // d = 1 / 10
    kernels.ema(average, tensor(Shape.of(1), 9), null, 0.9);
    assertThat(average.toDoubles()[0]).isCloseTo(18, within(1e-12));
  }

  @Test
  void clipByNormShortensWhatIsTooLong() {
    Tensor gradients = tensor(Shape.of(2), 3, -4);
    Tensor norm = tensor(Shape.of(1));
    kernels.clipByNorm(gradients, norm, 5);
    assertThat(norm.toDoubles()).containsExactly(5);
    assertThat(gradients.toDoubles()).containsExactly(3, -4);
    kernels.clipByNorm(gradients, norm, 2.5);
    assertThat(norm.toDoubles()).containsExactly(5);
    assertThat(gradients.toDoubles()).containsExactly(1.5, -2);
  }

  @Test
  void rowsHaveNumbersOfTheirOwn() {
    Tensor x = tensor(Shape.of(2, 2), 1, 2, 3, 4);
    Tensor two = tensor(Shape.of(2));
    kernels.rowSumOfSquares(two, x);
    assertThat(two.toDoubles()).containsExactly(5, 25);
    Tensor y = tensor(x.shape());
    kernels.scaleRows(y, x, tensor(Shape.of(2), 10, -1));
    assertThat(y.toDoubles()).containsExactly(10, 20, -3, -4);
    Tensor b = tensor(x.shape(), 5, 6, 7, 8);
    kernels.lerpRows(y, x, b, tensor(Shape.of(2), 0.25, 1));
    assertThat(y.toDoubles()).containsExactly(2, 3, 7, 8);
    kernels.scaleBy(y, x, tensor(Shape.of(1), 2));
    assertThat(y.toDoubles()).containsExactly(2, 4, 6, 8);
    kernels.clamp(y, x, 1.5, 3.5);
    assertThat(y.toDoubles()).containsExactly(1.5, 2, 3, 3.5);
  }

  @Test
  void layoutsTakeChannelsFirstToLast() {
    Tensor first = tensor(Shape.of(1, 2, 1, 3), 1, 2, 3, 10, 20, 30);
    Tensor last = tensor(Shape.of(1, 1, 3, 2));
    kernels.nchwToNhwc(last, first);
    assertThat(last.toDoubles()).containsExactly(1, 10, 2, 20, 3, 30);
    Tensor back = tensor(first.shape());
    kernels.nhwcToNchw(back, last);
    assertThat(back.toDoubles()).containsExactly(1, 2, 3, 10, 20, 30);
  }

  @Test
  void columnsAreConcatenatedAndTakenOut() {
    Tensor a = tensor(Shape.of(2, 1, 2), 1, 2, 3, 4);
    Tensor b = tensor(Shape.of(2, 1, 1), 5, 6);
    Tensor y = tensor(Shape.of(2, 1, 3));
    kernels.copyColumns(y, 0, a, 0, 2, GradientMode.OVERWRITE);
    kernels.copyColumns(y, 2, b, 0, 1, GradientMode.OVERWRITE);
    assertThat(y.toDoubles()).containsExactly(1, 2, 5, 3, 4, 6);
    Tensor part = tensor(Shape.of(2, 2), 10, 20, 30, 40);
    kernels.copyColumns(part, 1, y, 1, 1, GradientMode.ACCUMULATE);
    assertThat(part.toDoubles()).containsExactly(10, 22, 30, 44);
  }

  @Test
  void columnSumAddsRowsAndAccumulates() {
    Tensor x = tensor(Shape.of(2, 3), 1, 2, 3, 10, 20, 30);
    Tensor sums = tensor(Shape.of(3), 100, 100, 100);
    kernels.columnSum(sums, x, GradientMode.ACCUMULATE);
    assertThat(sums.toDoubles()).containsExactly(111, 122, 133);
    kernels.columnSum(sums, x, GradientMode.OVERWRITE);
    assertThat(sums.toDoubles()).containsExactly(11, 22, 33);
  }
}

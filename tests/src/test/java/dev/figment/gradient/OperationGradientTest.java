package dev.figment.gradient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.figment.contract.Values;
import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.DataType;
import dev.figment.device.GanLoss;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.reference.ReferenceDevice;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation with a backward pass against central differences of its forward pass, both of the
 * reference. The function differentiated is the output's product with a fixed random {@code dy}.
 */
class OperationGradientTest {
  private final ReferenceDevice device = new ReferenceDevice();
  private final Kernels kernels = device.kernels();
  private final Values values = new Values(1);
  private final GradientCheck check = new GradientCheck();

  static List<Activation> activations() {
    return List.of(
        Activation.IDENTITY,
        Activation.RELU,
        Activation.leakyRelu(0.2),
        Activation.TANH,
        Activation.SIGMOID);
  }

  private Tensor zeros(Shape shape) {
    return device.allocate(DataType.REAL, shape);
  }

  private Tensor random(Shape shape) {
    Tensor tensor = zeros(shape);
    tensor.write(values.uniform(shape.count(), -2, 2));
    return tensor;
  }

  private RandomStream stream() {
    Tensor counter = device.allocate(DataType.INT32, Shape.of(1));
    counter.write(7);
    return new RandomStream(11, counter, RandomStream.dropout(0));
  }

  /** The product of what {@code forward} writes to y with dy. */
  private static DoubleSupplier product(Tensor y, Tensor dy, Runnable forward) {
    return () -> {
      forward.run();
      double[] output = y.toDoubles();
      double[] weight = dy.toDoubles();
      double sum = 0;
      for (int i = 0; i < output.length; i++) {
        sum += output[i] * weight[i];
      }
      return sum;
    };
  }

  @ParameterizedTest
  @MethodSource("activations")
  void activation(Activation activation) {
    Shape shape = Shape.of(5, 7);
    Tensor x = random(shape);
    Tensor y = zeros(shape);
    Tensor dy = random(shape);
    Tensor dx = zeros(shape);
    Runnable forward = () -> kernels.activationForward(y, x, activation);
    forward.run();
    kernels.activationBackward(dx, dy, y, activation);
    check.check("dx", x, product(y, dy, forward), dx);
  }

  @ParameterizedTest
  @MethodSource("activations")
  void dropout(Activation activation) {
    Shape shape = Shape.of(5, 7);
    Tensor x = random(shape);
    Tensor y = zeros(shape);
    Tensor dy = random(shape);
    Tensor dx = zeros(shape);
    RandomStream stream = stream();
    Runnable forward = () -> kernels.dropoutForward(y, x, activation, 0.25, stream);
    forward.run();
    kernels.dropoutBackward(dx, dy, y, activation, 0.25, stream);
    check.check("dx", x, product(y, dy, forward), dx);
  }

  @ParameterizedTest
  @MethodSource("activations")
  void dense(Activation activation) {
    Tensor x = random(Shape.of(3, 5));
    Tensor w = random(Shape.of(4, 5));
    Tensor bias = random(Shape.of(4));
    Tensor y = zeros(Shape.of(3, 4));
    Tensor dy = random(y.shape());
    Tensor before = zeros(y.shape());
    Tensor dx = zeros(x.shape());
    Tensor dw = random(w.shape());
    Tensor dbias = random(bias.shape());
    Runnable forward = () -> kernels.denseForward(y, x, w, bias, activation);
    forward.run();
    kernels.activationBackward(before, dy, y, activation);
    kernels.denseBackwardData(dx, before, w);
    kernels.denseBackwardWeights(dw, dbias, before, x, GradientMode.OVERWRITE);
    DoubleSupplier function = product(y, dy, forward);
    check.check("dx", x, function, dx);
    check.check("dw", w, function, dw);
    check.check("dbias", bias, function, dbias);
  }

  /** Odd kernels, strides and paddings, different along each axis. */
  static Stream<Arguments> convolutions() {
    List<ConvGeometry> geometries =
        List.of(
            new ConvGeometry(5, 7, 3, 3, 3, 2, 3, 4, 2, 3, 1, 1, 2, 1),
            new ConvGeometry(6, 4, 2, 6, 2, 3, 3, 1, 1, 3, 2, 0, 0, 0),
            new ConvGeometry(8, 3, 1, 2, 4, 4, 2, 3, 4, 1, 0, 1, 2, 1),
            ConvGeometry.same(7, 5, 2, 3, 5, 2),
            ConvGeometry.transposed(3, 2, 3, 2, 5, 3, 2, 1),
            ConvGeometry.of(3, 3, 2, 2, 2, 1, 1));
    return geometries.stream()
        .flatMap(g -> Stream.of(0, 2, 3).map(a -> Arguments.of(g, activations().get(a))));
  }

  @ParameterizedTest
  @MethodSource("convolutions")
  void convolution(ConvGeometry geometry, Activation activation) {
    Tensor x = random(geometry.large(2));
    Tensor w = random(geometry.weights());
    Tensor bias = random(Shape.of(geometry.smallChannels()));
    Tensor y = zeros(geometry.small(2));
    Tensor dy = random(y.shape());
    Tensor before = zeros(y.shape());
    Tensor dx = random(x.shape());
    Tensor dw = random(w.shape());
    Tensor dbias = random(bias.shape());
    Runnable forward = () -> kernels.convForward(y, x, w, bias, activation, geometry);
    forward.run();
    kernels.activationBackward(before, dy, y, activation);
    kernels.convBackwardData(dx, before, w, geometry);
    kernels.convBackwardWeights(dw, dbias, before, x, geometry, GradientMode.OVERWRITE);
    DoubleSupplier function = product(y, dy, forward);
    check.check("dx", x, function, dx);
    check.check("dw", w, function, dw);
    check.check("dbias", bias, function, dbias);
  }

  @ParameterizedTest
  @MethodSource("convolutions")
  void transposedConvolution(ConvGeometry geometry, Activation activation) {
    Tensor x = random(geometry.small(2));
    Tensor w = random(geometry.weights());
    Tensor bias = random(Shape.of(geometry.channels()));
    Tensor y = zeros(geometry.large(2));
    Tensor dy = random(y.shape());
    Tensor before = zeros(y.shape());
    Tensor dx = random(x.shape());
    Tensor dw = random(w.shape());
    Tensor dbias = random(bias.shape());
    Runnable forward = () -> kernels.convTransposeForward(y, x, w, bias, activation, geometry);
    forward.run();
    kernels.activationBackward(before, dy, y, activation);
    kernels.convTransposeBackwardData(dx, before, w, geometry);
    kernels.convTransposeBackwardWeights(dw, dbias, before, x, geometry, GradientMode.OVERWRITE);
    DoubleSupplier function = product(y, dy, forward);
    check.check("dx", x, function, dx);
    check.check("dw", w, function, dw);
    check.check("dbias", bias, function, dbias);
  }

  @ParameterizedTest
  @MethodSource("activations")
  void batchNormalization(Activation activation) {
    for (Shape shape : List.of(Shape.of(7, 3), Shape.of(2, 3, 2, 5))) {
      Shape vector = Shape.of(shape.size(-1));
      Tensor x = random(shape);
      Tensor gamma = random(vector);
      Tensor beta = random(vector);
      Tensor y = zeros(shape);
      Tensor mean = zeros(vector);
      Tensor inverse = zeros(vector);
      Tensor running = zeros(vector);
      Tensor runningVariance = zeros(vector);
      Tensor dy = random(shape);
      Tensor dx = zeros(shape);
      Tensor dgamma = random(vector);
      Tensor dbeta = random(vector);
      Runnable forward =
          () ->
              kernels.batchNormForward(
                  y,
                  mean,
                  inverse,
                  running,
                  runningVariance,
                  x,
                  null,
                  gamma,
                  beta,
                  0.8,
                  1e-3,
                  activation);
      forward.run();
      kernels.batchNormBackward(
          dx, dgamma, dbeta, dy, x, gamma, beta, mean, inverse, activation, GradientMode.OVERWRITE);
      DoubleSupplier function = product(y, dy, forward);
      check.check("dx", x, function, dx);
      check.check("dgamma", gamma, function, dgamma);
      check.check("dbeta", beta, function, dbeta);
    }
  }

  @ParameterizedTest
  @EnumSource
  void discriminatorLoss(GanLoss loss) {
    double smoothing = loss.hasTargets() ? 0.1 : 0;
    Tensor logits = random(Shape.of(10, 1));
    Tensor result = zeros(Shape.of(3));
    Tensor dlogits = zeros(logits.shape());
    Tensor unused = zeros(logits.shape());
    kernels.ganDiscriminatorLoss(result, dlogits, logits, loss, smoothing);
    check.check(
        "dlogits",
        logits,
        () -> {
          kernels.ganDiscriminatorLoss(result, unused, logits, loss, smoothing);
          return result.toDoubles()[0];
        },
        dlogits);
  }

  @ParameterizedTest
  @EnumSource
  void generatorLoss(GanLoss loss) {
    Tensor logits = random(Shape.of(5, 1));
    Tensor result = zeros(Shape.of(1));
    Tensor dlogits = zeros(logits.shape());
    Tensor unused = zeros(logits.shape());
    kernels.ganGeneratorLoss(result, dlogits, logits, loss);
    check.check(
        "dlogits",
        logits,
        () -> {
          kernels.ganGeneratorLoss(result, unused, logits, loss);
          return result.toDoubles()[0];
        },
        dlogits);
  }

  /** Accumulated gradients are the overwritten ones added to what was there. */
  @ParameterizedTest
  @MethodSource("convolutions")
  void accumulation(ConvGeometry geometry, Activation activation) {
    Tensor x = random(geometry.large(2));
    Tensor dy = random(geometry.small(2));
    Tensor fresh = random(geometry.weights());
    Tensor freshBias = random(Shape.of(geometry.smallChannels()));
    Tensor sum = random(geometry.weights());
    Tensor sumBias = random(Shape.of(geometry.smallChannels()));
    double[] before = sum.toDoubles();
    double[] biasBefore = sumBias.toDoubles();
    kernels.convBackwardWeights(fresh, freshBias, dy, x, geometry, GradientMode.OVERWRITE);
    kernels.convBackwardWeights(sum, sumBias, dy, x, geometry, GradientMode.ACCUMULATE);
    assertSum(sum, before, fresh);
    assertSum(sumBias, biasBefore, freshBias);
  }

  private static void assertSum(Tensor sum, double[] before, Tensor fresh) {
    double[] added = fresh.toDoubles();
    double[] got = sum.toDoubles();
    for (int i = 0; i < got.length; i++) {
      assertThat(got[i]).isCloseTo(before[i] + added[i], within(1e-12));
    }
  }
}

package dev.figment.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.DataType;
import dev.figment.device.GanLoss;
import dev.figment.device.Kernels;
import dev.figment.device.Likelihood;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.function.DoubleUnaryOperator;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** The reference's losses against closed forms, hand calculation and numeric integration. */
class ReferenceLossesTest {
  private static final Offset<Double> EXACT = within(1e-14);

  private final ReferenceDevice device = new ReferenceDevice();
  private final Kernels kernels = device.kernels();
  private final Tensor one = tensor(Shape.of(1), 1);

  private Tensor tensor(Shape shape, double... values) {
    Tensor tensor = device.allocate(DataType.REAL, shape);
    if (values.length > 0) {
      tensor.write(values);
    }
    return tensor;
  }

  private Tensor integers(int... values) {
    Tensor tensor = device.allocate(DataType.INT32, Shape.of(values.length));
    tensor.write(values);
    return tensor;
  }

  private double[] discriminator(GanLoss loss, double smoothing, double real, double fake) {
    Tensor result = tensor(Shape.of(3));
    Tensor gradient = tensor(Shape.of(2));
    kernels.ganDiscriminatorLoss(
        result, gradient, tensor(Shape.of(2), real, fake), loss, smoothing);
    double[] r = result.toDoubles();
    double[] g = gradient.toDoubles();
    return new double[] {r[0], r[1], r[2], g[0], g[1]};
  }

  @Test
  void ganLossesByHand() {
    assertThat(discriminator(GanLoss.LEAST_SQUARES, 0, 3, -1))
        .containsExactly((4 + 1) / 2.0, 1 / (1 + Math.exp(-3)), 1 / (1 + Math.exp(1)), 2, -1);
    assertThat(discriminator(GanLoss.LEAST_SQUARES, 0.5, 3, -1)[0]).isEqualTo((6.25 + 1) / 2);
    assertThat(discriminator(GanLoss.WASSERSTEIN, 0, 3, -1)).containsExactly(-4, 3, -1, -1, 1);
    assertThat(discriminator(GanLoss.HINGE, 0, 3, -1)).containsExactly(0, 3, -1, 0, 0);
    assertThat(discriminator(GanLoss.HINGE, 0, -2, 0.5)).containsExactly(3 + 1.5, -2, 0.5, -1, 1);
  }

  /** The best answer to a target of 1 - s is a sigmoid of 1 - s, with the entropy as the loss. */
  @Test
  void smoothedLossIsLeastAtTheTarget() {
    double s = 0.1;
    double[] best = discriminator(GanLoss.NON_SATURATING, s, Math.log((1 - s) / s), -800);
    assertThat(best[0]).isCloseTo(-s * Math.log(s) - (1 - s) * Math.log(1 - s), EXACT);
    assertThat(best[3]).isCloseTo(0, EXACT);
  }

  @Test
  void generatorLossesByHand() {
    Tensor result = tensor(Shape.of(1));
    Tensor gradient = tensor(Shape.of(2));
    Tensor logits = tensor(Shape.of(2), 3, -1);
    kernels.ganGeneratorLoss(result, gradient, logits, GanLoss.LEAST_SQUARES);
    assertThat(result.toDoubles()).containsExactly((4 + 4) / 2.0 / 2);
    assertThat(gradient.toDoubles()).containsExactly(1, -1);
    for (GanLoss loss : new GanLoss[] {GanLoss.WASSERSTEIN, GanLoss.HINGE}) {
      kernels.ganGeneratorLoss(result, gradient, logits, loss);
      assertThat(result.toDoubles()).containsExactly(-1);
      assertThat(gradient.toDoubles()).containsExactly(-0.5, -0.5);
    }
  }

  private double reconstruction(Likelihood likelihood, double target, double... prediction) {
    Tensor result = tensor(Shape.of(1));
    kernels.reconstructionLoss(
        result,
        null,
        null,
        tensor(Shape.of(1, prediction.length), prediction),
        tensor(Shape.of(1, 1), target),
        null,
        likelihood,
        1);
    return result.toDoubles()[0];
  }

  @Test
  void likelihoodsAtKnownPoints() {
    assertThat(reconstruction(Likelihood.BERNOULLI, 1, 0)).isCloseTo(Math.log(2), EXACT);
    assertThat(reconstruction(Likelihood.BERNOULLI, 0, 0)).isCloseTo(Math.log(2), EXACT);
    assertThat(reconstruction(Likelihood.BERNOULLI, 0, Math.log(3))).isCloseTo(Math.log(4), EXACT);
    assertThat(reconstruction(Likelihood.SQUARED_ERROR, 1, 4)).isEqualTo(9);
  }

  /** exp(-loss) is a density: it integrates to 1. */
  @Test
  void gaussiansAreNormalised() {
    DoubleUnaryOperator fixed = x -> Math.exp(-reconstruction(Likelihood.gaussian(0.3), x, 0.5));
    assertThat(integral(fixed)).isCloseTo(1, within(1e-10));
    DoubleUnaryOperator learned =
        x -> Math.exp(-reconstruction(Likelihood.GAUSSIAN_LEARNED, x, 0.5, -0.7));
    assertThat(integral(learned)).isCloseTo(1, within(1e-10));
  }

  /** By the trapezoidal rule, which is exact to rounding for Gaussians. */
  private static double integral(DoubleUnaryOperator f) {
    double step = 1.0 / 64;
    double sum = 0;
    for (int i = -20 * 64; i <= 20 * 64; i++) {
      sum += f.applyAsDouble(i * step) * step;
    }
    return sum;
  }

  @Test
  void klIsTheIntegralOfTheLogRatio() {
    double[] q = {0.4, -0.6};
    double[] p = {-0.3, 0.5};
    Tensor result = tensor(Shape.of(1));
    Tensor dq = tensor(Shape.of(1, 2));
    Tensor rows = tensor(Shape.of(1));
    Shape shape = Shape.of(1, 2);
    kernels.gaussianKl(result, rows, dq, null, tensor(shape, q), tensor(shape, p), null, one, 1);
    double expected =
        integral(x -> density(q, x) * (Math.log(density(q, x)) - Math.log(density(p, x))));
    assertThat(result.toDoubles()[0]).isCloseTo(expected, within(1e-10));
    assertThat(rows.toDoubles()[0]).isEqualTo(result.toDoubles()[0]);
    kernels.gaussianKl(result, null, dq, null, tensor(shape, q), null, null, one, 1);
    double[] standard = {0, 0};
    expected =
        integral(x -> density(q, x) * (Math.log(density(q, x)) - Math.log(density(standard, x))));
    assertThat(result.toDoubles()[0]).isCloseTo(expected, within(1e-10));
  }

  private static double density(double[] moments, double x) {
    double distance = x - moments[0];
    return Math.exp(-distance * distance / 2 * Math.exp(-moments[1]))
        / Math.sqrt(2 * Math.PI * Math.exp(moments[1]));
  }

  @Test
  void logMeanExpOfKnownNumbers() {
    Tensor value = tensor(Shape.of(3));
    Tensor weights = tensor(Shape.of(2, 3));
    Tensor x = tensor(Shape.of(2, 3), Math.log(1), 5, -900, Math.log(3), 5, 700);
    kernels.logMeanExp(value, weights, x);
    assertThat(value.toDoubles())
        .containsExactly(new double[] {Math.log(2), 5, 700 - Math.log(2)}, within(1e-12));
    assertThat(weights.toDoubles())
        .containsExactly(new double[] {0.25, 0.5, 0, 0.75, 0.5, 1}, within(1e-12));
  }

  /** A loss of distributions alike is 0, and of equal logits log C. */
  @Test
  void crossEntropyAtKnownLogits() {
    Tensor result = tensor(Shape.of(1));
    Tensor gradient = tensor(Shape.of(2, 4));
    Tensor logits = tensor(Shape.of(2, 4), 5, 5, 5, 5, 0, Math.log(5), 0, 0);
    kernels.crossEntropy(result, null, gradient, logits, integers(2, 1), null, 2);
    assertThat(result.toDoubles()[0]).isCloseTo((Math.log(4) + Math.log(8.0 / 5)) / 2, EXACT);
    double[] expected = {1, 1, -3, 1, 0.5, -1.5, 0.5, 0.5};
    for (int i = 0; i < 8; i++) {
      assertThat(gradient.toDoubles()[i]).isCloseTo(expected[i] / 8, EXACT);
    }
  }

  @Test
  void latentsOfTheStandardNormalDistribution() {
    Tensor z = tensor(Shape.of(3, 4));
    Tensor kl = tensor(Shape.of(4));
    Tensor noise = tensor(z.shape());
    RandomStream stream = new RandomStream(2, integers(4), RandomStream.EPSILON);
    kernels.reparameterizeForward(z, kl, tensor(Shape.of(3, 8)), stream);
    kernels.normal(noise, 0, 1, stream);
    assertThat(z.toDoubles()).containsExactly(noise.toDoubles());
    assertThat(kl.toDoubles()).containsOnly(0);
  }
}

package dev.figment.gradient;

import dev.figment.contract.Values;
import dev.figment.device.DataType;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Likelihood;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.reference.ReferenceDevice;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradients of the losses of VAEs and sequences against central differences of their values. */
class LossGradientTest {
  private final ReferenceDevice device = new ReferenceDevice();
  private final Kernels kernels = device.kernels();
  private final Values values = new Values(1);
  private final GradientCheck check = new GradientCheck();
  private final Tensor result = zeros(1);

  private Tensor zeros(int... sizes) {
    return device.allocate(DataType.REAL, Shape.of(sizes));
  }

  private Tensor random(double low, double high, int... sizes) {
    Tensor tensor = zeros(sizes);
    tensor.write(values.uniform(tensor.count(), low, high));
    return tensor;
  }

  private Tensor integers(int... numbers) {
    Tensor tensor = device.allocate(DataType.INT32, Shape.of(numbers.length));
    tensor.write(numbers);
    return tensor;
  }

  private DoubleSupplier value(Runnable loss) {
    return () -> {
      loss.run();
      return result.toDoubles()[0];
    };
  }

  static List<Likelihood> likelihoods() {
    return List.of(
        Likelihood.SQUARED_ERROR,
        Likelihood.gaussian(0.3),
        Likelihood.BERNOULLI,
        Likelihood.GAUSSIAN_LEARNED);
  }

  @ParameterizedTest
  @MethodSource("likelihoods")
  void reconstruction(Likelihood likelihood) {
    Tensor prediction = random(-2, 2, 4, 5 * likelihood.outputs());
    Tensor target = random(0, 1, 4, 5);
    for (Tensor weights : new Tensor[] {null, random(0, 2, 4), random(0, 2, 4, 5)}) {
      Tensor gradient = zeros(4, 5 * likelihood.outputs());
      kernels.reconstructionLoss(
          result, null, gradient, prediction, target, weights, likelihood, 3);
      check.check(
          "dprediction of " + likelihood,
          prediction,
          value(
              () ->
                  kernels.reconstructionLoss(
                      result, null, null, prediction, target, weights, likelihood, 3)),
          gradient);
    }
  }

  /** Log variances beyond the clamp are flat. */
  @Test
  void clampedLogVariances() {
    Tensor prediction = random(-2, 2, 2, 8);
    double[] numbers = prediction.toDoubles();
    numbers[4] = 10.5;
    numbers[13] = -11;
    prediction.write(numbers);
    Tensor target = random(-1, 1, 2, 4);
    Tensor gradient = zeros(2, 8);
    Likelihood likelihood = Likelihood.GAUSSIAN_LEARNED;
    kernels.reconstructionLoss(result, null, gradient, prediction, target, null, likelihood, 2);
    // The error is relative to the gradient's norm, which exp(10) makes large.
    new GradientCheck(1e-6, 200)
        .check(
            "dprediction",
            prediction,
            value(
                () ->
                    kernels.reconstructionLoss(
                        result, null, null, prediction, target, null, likelihood, 2)),
            gradient);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void gaussianKl(boolean prior) {
    Tensor q = random(-2, 2, 3, 8);
    Tensor p = prior ? random(-2, 2, 3, 8) : null;
    Tensor weights = random(0, 2, 3);
    Tensor one = zeros(1);
    one.write(1.0);
    Tensor dq = zeros(3, 8);
    Tensor dp = prior ? zeros(3, 8) : null;
    Tensor unused = zeros(3, 8);
    kernels.gaussianKl(result, null, dq, dp, q, p, weights, one, 2);
    DoubleSupplier loss =
        value(() -> kernels.gaussianKl(result, null, unused, null, q, p, weights, one, 2));
    check.check("dq", q, loss, dq);
    if (prior) {
      check.check("dp", p, loss, dp);
    }
  }

  @Test
  void crossEntropy() {
    Tensor logits = random(-3, 3, 4, 6);
    Tensor labels = integers(5, 0, -1, 3);
    Tensor weights = random(0, 2, 4);
    Tensor gradient = zeros(4, 6);
    kernels.crossEntropy(result, null, gradient, logits, labels, weights, 4);
    check.check(
        "dlogits",
        logits,
        value(() -> kernels.crossEntropy(result, null, null, logits, labels, weights, 4)),
        gradient);
  }

  @Test
  void logMeanExp() {
    Tensor x = random(-3, 3, 7, 4);
    Tensor means = zeros(4);
    Tensor gradient = zeros(7, 4);
    kernels.logMeanExp(means, gradient, x);
    Tensor other = zeros(7, 4);
    check.check(
        "x",
        x,
        value(
            () -> {
              kernels.logMeanExp(means, other, x);
              kernels.sum(result, means);
            }),
        gradient);
  }

  /** A loss linear in z plus beta sum_j max(freeBits, kl_j). */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5, 100})
  void reparameterization(double freeBits) {
    Tensor moments = random(-1, 1, 5, 6);
    Tensor z = zeros(5, 3);
    Tensor dz = random(-1, 1, 5, 3);
    Tensor kl = zeros(3);
    Tensor beta = zeros(1);
    beta.write(0.7);
    RandomStream stream = new RandomStream(3, integers(9), RandomStream.EPSILON);
    Tensor gradient = zeros(5, 6);
    kernels.reparameterizeForward(z, kl, moments, stream);
    kernels.reparameterizeBackward(gradient, dz, moments, kl, beta, freeBits, stream);
    DoubleSupplier loss =
        () -> {
          kernels.reparameterizeForward(z, kl, moments, stream);
          double sum = 0;
          double[] latents = z.toDoubles();
          double[] weights = dz.toDoubles();
          for (int i = 0; i < latents.length; i++) {
            sum += latents[i] * weights[i];
          }
          for (double nats : kl.toDoubles()) {
            sum += 0.7 * Math.max(freeBits, nats);
          }
          return sum;
        };
    check.check("dmoments", moments, loss, gradient);
  }

  /** A part's gradient is its columns of the whole's, added to what it has from elsewhere. */
  @Test
  void columns() {
    Tensor x = random(-1, 1, 5, 4);
    Tensor y = random(-1, 1, 5, 7);
    Tensor dy = random(-1, 1, 5, 7);
    Tensor gradient = zeros(5, 4);
    kernels.copyColumns(gradient, 1, dy, 2, 3, GradientMode.ACCUMULATE);
    check.check(
        "dx",
        x,
        () -> {
          kernels.copyColumns(y, 2, x, 1, 3, GradientMode.OVERWRITE);
          double sum = 0;
          for (int i = 0; i < y.count(); i++) {
            sum += y.toDoubles()[i] * dy.toDoubles()[i];
          }
          return sum;
        },
        gradient);
  }

  @Test
  void embedding() {
    Tensor table = random(-1, 1, 4, 3);
    Tensor indices = integers(3, 0, 3, 3, 1);
    Tensor y = zeros(5, 3);
    Tensor dy = random(-1, 1, 5, 3);
    Tensor gradient = random(-1, 1, 4, 3);
    kernels.embeddingBackward(gradient, dy, indices, GradientMode.OVERWRITE);
    check.check(
        "dtable",
        table,
        () -> {
          kernels.embeddingForward(y, table, indices);
          double sum = 0;
          for (int i = 0; i < y.count(); i++) {
            sum += y.toDoubles()[i] * dy.toDoubles()[i];
          }
          return sum;
        },
        gradient);
  }
}

package dev.figment.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.GanLoss;
import dev.figment.device.GradientMode;
import dev.figment.device.GradientPenalty;
import dev.figment.device.Kernels;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.model.Gan;
import dev.figment.model.GanArchitecture;
import dev.figment.reference.ReferenceDevice;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * All that a discriminator is trained on, loss and penalty, through spectrally normalised weights
 * or not, against central differences in double precision.
 */
class PenaltyGradientTest {
  private static final int BATCH = 3;
  private static final int IMAGES = 2 * BATCH;
  private static final double STEP = 1e-6;
  private static final double TOLERANCE = 1e-6;
  private static final double WEIGHT = 2.5;

  /** Steps of the power iteration after which u and v are the singular vectors. */
  private static final int ITERATIONS = 40;

  private final Resources resources = new Resources();
  private final Device device = resources.own(new ReferenceDevice());
  private final Kernels kernels = device.kernels();
  private final Randomness randomness = resources.own(new Randomness(device, 42));

  @AfterEach
  void close() {
    resources.close();
  }

  private Tensor tensor(int... sizes) {
    return resources.own(device.allocate(DataType.REAL, Shape.of(sizes)));
  }

  @ParameterizedTest
  @CsvSource({
    "ZERO_CENTRED, NON_SATURATING, false",
    "ZERO_CENTRED, NON_SATURATING, true",
    "ONE_CENTRED, WASSERSTEIN, false",
    "ONE_CENTRED, WASSERSTEIN, true",
    "ONE_CENTRED, LEAST_SQUARES, true",
  })
  void gradientOfLossAndPenalty(GradientPenalty penalty, GanLoss loss, boolean spectralNorm) {
    Network discriminator =
        resources
            .own(new Gan(device, randomness, new GanArchitecture(16, 28, 1, 3, 2), spectralNorm))
            .discriminator();
    Pass judge = resources.own(discriminator.pass(IMAGES).training().build());
    Pass pass = resources.own(discriminator.pass(BATCH).training().withSecondOrder().build());
    Step step = new Step(discriminator, judge, pass, penalty, loss);
    randomness.advance();
    kernels.uniform(judge.input(), -1, 1, randomness.stream(RandomStream.LATENT));
    randomness.advance();
    kernels.uniform(pass.input(), -1, 1, randomness.stream(RandomStream.LATENT));
    step.value();
    step.gradient();

    Parameters parameters = discriminator.parameters();
    for (String name : parameters.names()) {
      if (loss == GanLoss.WASSERSTEIN && name.equals("dense_1.bias")) { // cancels in a difference
        assertThat(parameters.gradient(name).toDoubles()[0]).isCloseTo(0, within(1e-15));
      } else if (parameters.isTrained(name)) {
        check(name, parameters.value(name), parameters.gradient(name).toDoubles(), step);
      }
    }
  }

  /** The value and the gradient of what a discriminator is trained on. */
  private final class Step {
    private final Network discriminator;
    private final Pass judge;
    private final Pass pass;
    private final GradientPenalty penalty;
    private final GanLoss loss;
    private final Tensor result = tensor(3);
    private final Tensor dlogits = tensor(IMAGES, 1);
    private final Tensor ones = tensor(BATCH, 1);
    private final Tensor squares = tensor(BATCH);
    private final Tensor factors = tensor(BATCH);
    private final Tensor paid = tensor(1);

    Step(Network discriminator, Pass judge, Pass pass, GradientPenalty penalty, GanLoss loss) {
      this.discriminator = discriminator;
      this.judge = judge;
      this.pass = pass;
      this.penalty = penalty;
      this.loss = loss;
    }

    double value() {
      for (int i = 0; i < ITERATIONS; i++) {
        discriminator.normalise();
      }
      randomness.counter().write(7); // the same dropout masks every time
      judge.forward();
      kernels.ganDiscriminatorLoss(result, dlogits, judge.output(), loss, 0);
      pass.forward();
      kernels.fill(ones, 1);
      pass.backward(ones, GradientMode.IGNORE);
      kernels.rowSumOfSquares(squares, pass.inputGradient());
      kernels.gradientPenalty(paid, factors, squares, penalty, WEIGHT);
      return result.toDoubles()[0] + paid.toDoubles()[0];
    }

    /** After {@link #value}. */
    void gradient() {
      judge.backward(dlogits, GradientMode.OVERWRITE);
      kernels.scaleRows(pass.inputGradient(), pass.inputGradient(), factors);
      pass.secondOrder(pass.inputGradient(), GradientMode.ACCUMULATE);
      discriminator.finishGradients();
    }
  }

  /** Relative to the norm of the tensor's gradient. */
  private static void check(String name, Tensor variable, double[] analytic, Step step) {
    double[] point = variable.toDoubles();
    double error = 0;
    double norm = 0;
    for (int i = 0; i < point.length; i++) {
      double numeric = (at(variable, point, i, STEP, step) - at(variable, point, i, -STEP, step));
      numeric /= 2 * STEP;
      error += (analytic[i] - numeric) * (analytic[i] - numeric);
      norm += numeric * numeric;
    }
    assertThat(norm).as("squared norm of the gradient of %s", name).isPositive();
    assertThat(Math.sqrt(error / norm))
        .as("relative error of the gradient of %s", name)
        .isLessThan(TOLERANCE);
  }

  private static double at(Tensor variable, double[] point, int i, double change, Step step) {
    variable.memory().write(variable.offset() + i, new double[] {point[i] + change}, 0, 1);
    double value = step.value();
    variable.memory().write(variable.offset() + i, point, i, 1);
    return value;
  }
}

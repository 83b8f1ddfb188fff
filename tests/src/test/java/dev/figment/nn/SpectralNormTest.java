package dev.figment.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Kernels;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.model.GanArchitecture;
import dev.figment.reference.ReferenceDevice;
import dev.figment.reference.SingularValues;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Spectral normalisation in double precision, against a decomposition of another kind. */
class SpectralNormTest {
  private static final int ROWS = 6;
  private static final int COLUMNS = 15;

  private final Device device = new ReferenceDevice();
  private final Kernels kernels = device.kernels();
  private final SplittableRandom random = new SplittableRandom(5);
  private final Tensor w = tensor(ROWS, 3, 5);
  private final Tensor u = tensor(ROWS);
  private final Tensor v = tensor(COLUMNS);
  private final Tensor inverse = tensor(1);

  @AfterEach
  void close() {
    device.close();
  }

  private Tensor tensor(int... sizes) {
    Tensor tensor = device.allocate(DataType.REAL, Shape.of(sizes));
    tensor.write(random.doubles(tensor.count(), -1, 1).toArray());
    return tensor;
  }

  @Test
  void theIterationConvergesToTheLargestSingularValue() {
    double expected = SingularValues.largest(w.toDoubles(), ROWS);
    double before = 0;
    for (int i = 0; i < 400; i++) {
      kernels.spectralNorm(inverse, u, v, w);
      double sigma = 1 / inverse.toDoubles()[0];
      assertThat(sigma).isBetween(before - 1e-12, expected + 1e-12); // from below, always nearer
      before = sigma;
    }
    assertThat(before).isCloseTo(expected, within(1e-12));
    assertThat(norm(u)).isCloseTo(1, within(1e-14));
    assertThat(norm(v)).isCloseTo(1, within(1e-14));
  }

  private static double norm(Tensor tensor) {
    return Math.sqrt(Arrays.stream(tensor.toDoubles()).map(x -> x * x).sum());
  }

  /** With u and v held, wherever the iteration stands: f(w) = the sum of g w / (u^T w v). */
  @Test
  void theGradientIsThatOfHeldVectors() {
    kernels.spectralNorm(inverse, u, v, w);
    double[] g = random.doubles(ROWS * COLUMNS, -1, 1).toArray();
    Tensor gradient = tensor(ROWS, 3, 5);
    gradient.write(g);
    kernels.spectralNormBackward(gradient, w, u, v, inverse);
    double[] analytic = gradient.toDoubles();
    double[] point = w.toDoubles();
    double step = 1e-6;
    for (int i = 0; i < point.length; i++) {
      double x = point[i];
      point[i] = x + step;
      double above = held(g, point);
      point[i] = x - step;
      double below = held(g, point);
      point[i] = x;
      assertThat(analytic[i]).isCloseTo((above - below) / (2 * step), within(1e-8));
    }
  }

  private double held(double[] g, double[] weights) {
    double[] left = u.toDoubles();
    double[] right = v.toDoubles();
    double sigma = 0;
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sigma += left[i / COLUMNS] * weights[i] * right[i % COLUMNS];
      sum += g[i] * weights[i];
    }
    return sum / sigma;
  }

  @Test
  void aNetworkStartsNormalisedAndFollowsItsWeights() {
    GanArchitecture architecture = new GanArchitecture(16, 16, 1, 3, 4);
    try (Randomness randomness = new Randomness(device, 3);
        Network network =
            new Network(
                    device,
                    randomness,
                    architecture.image(),
                    SpectralNorm.ofAll(architecture.discriminator()))
                .initialise()) {
      Parameters parameters = network.parameters();
      assertThat(parameters.names())
          .contains("conv_1.weight", "conv_2.bias", "dense_1.weight", "dense_1.weight_u");
      assertNormalised(parameters, 0.2);
      for (String name : parameters.names()) {
        if (name.endsWith(".weight")) {
          Tensor weight = parameters.value(name);
          weight.write(Arrays.stream(weight.toDoubles()).map(x -> 3 * x).toArray());
          assertThat(parameters.isTrained(name)).isTrue();
          assertThat(parameters.isTrained(name + "_normalised")).isFalse();
        }
      }
      for (int i = 0; i < 300; i++) {
        network.normalise();
      }
      assertNormalised(parameters, 1e-4);
    }
  }

  private static void assertNormalised(Parameters parameters, double tolerance) {
    for (String name : parameters.names()) {
      if (name.endsWith("normalised")) {
        Tensor weight = parameters.value(name);
        assertThat(SingularValues.largest(weight.toDoubles(), weight.shape().size(0)))
            .as(name)
            .isCloseTo(1, within(tolerance));
      }
    }
  }

  @Test
  void otherLayersAreRefused() {
    assertThatThrownBy(() -> new SpectralNorm(Convolution.convTranspose2d(3, 5, 2)))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("a layer conv_transpose; it is for dense layers and convolutions");
  }
}

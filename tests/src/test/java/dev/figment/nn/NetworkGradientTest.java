package dev.figment.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.GanLoss;
import dev.figment.device.GradientMode;
import dev.figment.device.NotSupportedException;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.gradient.GradientCheck;
import dev.figment.model.Gan;
import dev.figment.model.GanArchitecture;
import dev.figment.reference.ReferenceDevice;
import java.util.Arrays;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole generators and discriminators, with labels and without, against central differences, in
 * double precision.
 */
@ParameterizedClass(name = "{0} labels")
@ValueSource(ints = {0, 3})
class NetworkGradientTest {
  private static final int BATCH = 3;
  private static final double STEP = 1e-6;
  private static final GanArchitecture SMALL = new GanArchitecture(16, 28, 1, 3, 1);
  private static final GanArchitecture SMALLEST = new GanArchitecture(8, 8, 1, 3, 1);

  private final Resources resources = new Resources();
  private final Device device = resources.own(new ReferenceDevice());
  private final Randomness randomness = resources.own(new Randomness(device, 42));
  @Parameter private int classes;
  private Gan gan;

  @BeforeEach
  void build() {
    GanArchitecture architecture = classes == 0 ? SMALL : SMALLEST.conditionalOn(classes);
    gan = resources.own(new Gan(device, randomness, architecture, false));
  }

  @AfterEach
  void close() {
    resources.close();
  }

  @ParameterizedTest
  @EnumSource(GanLoss.class)
  void generatorThroughDiscriminator(GanLoss loss) {
    Pass generate =
        resources.own(gan.generator().pass(BATCH).training().withInputGradient().build());
    Pass discriminate =
        resources.own(
            gan.discriminator()
                .pass(BATCH)
                .training()
                .withInputGradient()
                .labelled(labels(generate))
                .from(generate.output())
                .build());
    Tensor value = resources.own(device.allocate(DataType.REAL, Shape.of(1)));
    Tensor dlogits = resources.own(device.allocate(DataType.REAL, Shape.of(BATCH, 1)));
    randomness.advance();
    device.kernels().normal(generate.input(), 0, 1, randomness.stream(RandomStream.LATENT));
    DoubleSupplier forward =
        () -> {
          randomness.counter().write(7); // the same dropout masks every time
          generate.forward();
          discriminate.forward();
          device.kernels().ganGeneratorLoss(value, dlogits, discriminate.output(), loss);
          return value.toDoubles()[0];
        };
    forward.getAsDouble();
    double[] untouched = gan.discriminator().parameters().gradients().toDoubles();
    discriminate.backward(dlogits, GradientMode.IGNORE);
    generate.backward(discriminate.inputGradient(), GradientMode.OVERWRITE);

    assertThat(gan.discriminator().parameters().gradients().toDoubles()).isEqualTo(untouched);
    check(gan.generator().parameters(), forward);
    check("latent", generate.input(), generate.inputGradient(), forward);
  }

  /** Labels of every kind, one twice. */
  private Tensor labels(Pass pass) {
    if (classes == 0) {
      return null;
    }
    int[] labels = new int[pass.input().shape().size(0)];
    Arrays.setAll(labels, i -> (2 * i + 1) % classes);
    pass.labels().write(labels);
    return pass.labels();
  }

  @Test
  void discriminator() {
    Pass both =
        resources.own(gan.discriminator().pass(2 * BATCH).training().withInputGradient().build());
    labels(both);
    Tensor result = resources.own(device.allocate(DataType.REAL, Shape.of(3)));
    Tensor dlogits = resources.own(device.allocate(DataType.REAL, Shape.of(2 * BATCH, 1)));
    randomness.advance();
    device.kernels().uniform(both.input(), -1, 1, randomness.stream(RandomStream.LATENT));
    DoubleSupplier forward =
        () -> {
          randomness.counter().write(11);
          both.forward();
          device
              .kernels()
              .ganDiscriminatorLoss(result, dlogits, both.output(), GanLoss.MINIMAX, 0.1);
          return result.toDoubles()[0];
        };
    forward.getAsDouble();
    both.backward(dlogits, GradientMode.OVERWRITE);

    check(gan.discriminator().parameters(), forward);
    check("images", both.input(), both.inputGradient(), forward);
  }

  @Test
  void penaltyOnTheDiscriminatorsGradient() {
    Pass pass = resources.own(gan.discriminator().pass(BATCH).training().withSecondOrder().build());
    Tensor ones = resources.own(device.allocate(DataType.REAL, Shape.of(BATCH, 1)));
    labels(pass);
    Tensor squares = resources.own(device.allocate(DataType.REAL, Shape.of(1)));
    randomness.advance();
    device.kernels().uniform(pass.input(), -1, 1, randomness.stream(RandomStream.LATENT));
    DoubleSupplier penalty = // half the squared norm, whose direction is the gradient itself
        () -> {
          randomness.counter().write(11);
          pass.forward();
          device.kernels().fill(ones, 1);
          pass.backward(ones, GradientMode.IGNORE);
          device.kernels().sumOfSquares(squares, pass.inputGradient());
          return squares.toDoubles()[0] / 2;
        };
    Parameters parameters = gan.discriminator().parameters();
    device.kernels().fill(parameters.gradients(), 0);
    penalty.getAsDouble();
    pass.secondOrder(pass.inputGradient(), GradientMode.ACCUMULATE);

    for (String name : parameters.names()) {
      if (name.endsWith("bias") || name.endsWith("table")) {
        // The gradient of an image does not know them.
        assertThat(parameters.gradient(name).toDoubles()).containsOnly(0);
      } else {
        check(name, parameters.value(name), parameters.gradient(name), penalty);
      }
    }
  }

  @Test
  void penaltiesNeedPiecewiseLinearLayers() {
    Pass.Builder plan = gan.generator().pass(BATCH).training();
    assertThatThrownBy(plan::withSecondOrder)
        .isInstanceOf(NotSupportedException.class)
        .hasMessageContaining("is not piecewise linear");
  }

  private static void check(Parameters parameters, DoubleSupplier loss) {
    for (String name : parameters.names()) {
      if (parameters.isTrained(name)) {
        check(name, parameters.value(name), parameters.gradient(name), loss);
      }
    }
  }

  private static void check(String name, Tensor variable, Tensor gradient, DoubleSupplier loss) {
    new GradientCheck(STEP, 100).check(name, variable, loss, gradient);
  }
}

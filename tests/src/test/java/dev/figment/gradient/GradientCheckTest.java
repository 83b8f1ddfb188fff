package dev.figment.gradient;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.DataType;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.reference.ReferenceDevice;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The check passes a right gradient and finds one wrong element, sampled or not. */
class GradientCheckTest {
  private static final int SIZE = 1000;
  private final ReferenceDevice device = new ReferenceDevice();
  private final Tensor x = device.allocate(DataType.REAL, Shape.of(SIZE));
  private final Tensor gradient = device.allocate(DataType.REAL, Shape.of(SIZE));

  /** The sum of sines. */
  private double function() {
    return Arrays.stream(x.toDoubles()).map(Math::sin).sum();
  }

  private double[] rightGradient() {
    double[] point = new double[SIZE];
    Arrays.setAll(point, i -> 0.01 * i);
    x.write(point);
    return Arrays.stream(point).map(Math::cos).toArray();
  }

  @Test
  void passesARightGradient() {
    gradient.write(rightGradient());
    new GradientCheck().check("sines", x, this::function, gradient);
  }

  @Test
  void findsOneWrongElementOfAThousand() {
    double[] wrong = rightGradient();
    wrong[123] += 0.01;
    gradient.write(wrong);
    assertThatThrownBy(() -> new GradientCheck().check("sines", x, this::function, gradient))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("sines");
  }

  @Test
  void refusesAGradientOfZeros() {
    rightGradient();
    assertThatThrownBy(() -> new GradientCheck().check("sines", x, this::function, gradient))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("norm 0.0");
  }
}

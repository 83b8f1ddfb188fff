package dev.figment.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.FigmentException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PrincipalComponentsTest {
  /** Independent along three directions at right angles, with deviations 3, 2 and 1. */
  @Test
  void findsDirectionsThatWereMixedIn() {
    double[][] directions = {{2 / 3.0, 2 / 3.0, 1 / 3.0}, {-2 / 3.0, 1 / 3.0, 2 / 3.0}, {1, -2, 2}};
    Random random = new Random(4);
    int count = 4000;
    float[] points = new float[3 * count];
    double[][] drawn = new double[count][2];
    for (int n = 0; n < count; n++) {
      for (int d = 0; d < 3; d++) {
        double length = random.nextGaussian() * (d == 2 ? 1 / 3.0 : 3 - d); // the last is 3 long
        for (int i = 0; i < 3; i++) {
          points[3 * n + i] += (float) (5 + length * directions[d][i]);
        }
        if (d < 2) {
          drawn[n][d] = length;
        }
      }
    }
    PrincipalComponents found = PrincipalComponents.of(points, 3, 2);
    assertThat(found.shares()[0]).isCloseTo(9 / 14.0, within(0.02));
    assertThat(found.shares()[1]).isCloseTo(4 / 14.0, within(0.02));
    // Directions to a few hundredths, as so many points tell them; their largest part is positive.
    assertThat(correlation(found, drawn, 0)).isGreaterThan(0.99);
    assertThat(Math.abs(correlation(found, drawn, 1))).isGreaterThan(0.99);
    assertThat(PrincipalComponents.of(points, 3, 2).coordinates())
        .isDeepEqualTo(found.coordinates());
  }

  private static double correlation(PrincipalComponents found, double[][] drawn, int component) {
    double products = 0;
    double mine = 0;
    double other = 0;
    for (int n = 0; n < drawn.length; n++) {
      double a = found.coordinates()[n][component];
      double b = drawn[n][component];
      products += a * b;
      mine += a * a;
      other += b * b;
    }
    return products / Math.sqrt(mine * other);
  }

  /** The widest single axis is at right angles to the widest direction. */
  @Test
  void axesDoNotMislead() {
    float[] points = {10, 0, 0, -10, 0, 0, 0, 9, 9, 0, -9, -9};
    PrincipalComponents found = PrincipalComponents.of(points, 3, 1);
    assertThat(found.shares()[0]).isCloseTo(324 / 524.0, within(1e-9));
    assertThat(found.coordinates()[2][0]).isCloseTo(9 * Math.sqrt(2), within(1e-6));
    assertThat(found.coordinates()[0][0]).isCloseTo(0, within(1e-6));
  }

  @Test
  void whatDoesNotVaryIsNothing() {
    PrincipalComponents line = PrincipalComponents.of(new float[] {1, 2, 3, 6, 5, 10}, 2, 2);
    assertThat(line.shares()).containsExactly(new double[] {1, 0}, within(1e-12));
    assertThat(line.coordinates()[2][1]).isZero();
    PrincipalComponents one = PrincipalComponents.of(new float[] {4, 5}, 1, 2);
    assertThat(one.coordinates()[1][0]).isEqualTo(0.5);
    PrincipalComponents same = PrincipalComponents.of(new float[] {7, 7, 7, 7}, 2, 2);
    assertThat(same.shares()).containsExactly(0, 0);
  }

  @Test
  void refusesPartsOfPoints() {
    assertThatThrownBy(() -> PrincipalComponents.of(new float[5], 2, 2))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("5 numbers in points of 2");
  }
}

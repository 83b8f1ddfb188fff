package dev.figment.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.FigmentException;
import org.junit.jupiter.api.Test;

/** Paths between latents. */
class LatentsTest {
  @Test
  void walksAlongTheCircle() {
    float[] a = {3, 0};
    float[] b = {0, 3};
    for (double t : new double[] {0, 0.25, 0.5, 0.9, 1}) {
      float[] point = Latents.spherical(a, b, t);
      assertThat((double) point[0]).isCloseTo(3 * Math.cos(t * Math.PI / 2), within(1e-6));
      assertThat((double) point[1]).isCloseTo(3 * Math.sin(t * Math.PI / 2), within(1e-6));
    }
  }

  @Test
  void goesStraightWhereThereIsNoAngle() {
    assertThat(Latents.spherical(new float[] {1, 2}, new float[] {2, 4}, 0.5))
        .containsExactly(1.5f, 3f);
    assertThat(Latents.spherical(new float[] {0, 0}, new float[] {2, 4}, 0.5))
        .containsExactly(1f, 2f);
    assertThat(Latents.spherical(new float[] {1, 0}, new float[] {-1, 0}, 0.25))
        .containsExactly(0.5f, 0f);
  }

  @Test
  void refusesOtherSizes() {
    assertThatThrownBy(() -> Latents.spherical(new float[2], new float[3], 0.5))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("from a latent of 2 numbers to one of 3");
  }
}

package dev.figment.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import dev.figment.device.Shape;
import dev.figment.nn.Dense;
import dev.figment.nn.Network;
import dev.figment.nn.Randomness;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Truncated latents against the moments of the truncated normal distribution. */
class TruncationTest {
  private static final int NUMBER = 400;
  private static final int SIZE = 25;

  @Test
  void latentsAreATruncatedNormalAndThoseWithinStayAsTheyWere() {
    try (Device device = Devices.open("cpu", 1).device();
        Randomness randomness = new Randomness(device, 1);
        Network network = new Network(device, randomness, Shape.of(SIZE), List.of(Dense.of(2)));
        Sampler sampler = new Sampler(device, network.initialise(), 16)) {
      float[] whole = sampler.latents(7, NUMBER, Double.POSITIVE_INFINITY);
      float[] cut = sampler.latents(7, NUMBER, 1);

      double squares = 0;
      for (int i = 0; i < cut.length; i++) {
        assertThat(cut[i]).isBetween(-1f, 1f);
        if (Math.abs(whole[i]) <= 1) {
          assertThat(cut[i]).isEqualTo(whole[i]);
        }
        squares += cut[i] * cut[i];
      }
      // The variance of a standard normal within (-1, 1): 1 - 2 phi(1) / (2 Phi(1) - 1) = 0.2911;
      // the mean of 10^4 squares, each of deviation 0.28, is within 4 deviations of it.
      assertThat(squares / cut.length).isCloseTo(0.2911, within(0.0112));
      assertThat(sampler.latents(7, 3, 1)).startsWith(cut[0], cut[1], cut[2]);
      assertThatThrownBy(() -> sampler.latents(7, 1, 0))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("give 0.01 or more");
    }
  }
}

package dev.figment.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ActivationTest {
  @Test
  void leakyReluKeepsItsSlope() {
    assertThat(Activation.leakyRelu(0.2))
        .isEqualTo(new Activation(Activation.Kind.LEAKY_RELU, 0.2f));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1, -0.2, Double.NaN})
  void refusesSlopesThatAreNotLeaky(double slope) {
    assertThatThrownBy(() -> Activation.leakyRelu(slope))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("LEAKY_RELU got slope");
  }

  @Test
  void refusesASlopeOfWhatHasNone() {
    assertThatThrownBy(() -> new Activation(Activation.Kind.TANH, 0.1f))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("TANH got slope 0.1");
  }
}

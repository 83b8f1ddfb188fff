package dev.figment.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The course of a KL's weight and of its capacity. */
class KlTermTest {
  @Test
  void aWarmUpRisesInEqualPartsAndStays() {
    KlTerm term = new KlTerm(2, 4, 0, 0, 0, 0);
    assertThat(new double[] {term.weight(0), term.weight(1), term.weight(4), term.weight(1000)})
        .containsExactly(0, 0.5, 2, 2);
  }

  @Test
  void aCycleBeginsAgain() {
    KlTerm term = new KlTerm(1, 2, 4, 0, 0, 0);
    double[] weights = new double[9];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = term.weight(i);
    }
    assertThat(weights).containsExactly(0, 0.5, 1, 1, 0, 0.5, 1, 1, 0);
  }

  @Test
  void aCapacityRisesInEqualParts() {
    KlTerm term = new KlTerm(1, 0, 0, 0, 10, 5);
    assertThat(new double[] {term.capacity(0), term.capacity(2), term.capacity(5)})
        .containsExactly(0, 4, 10);
    assertThat(new KlTerm(1, 0, 0, 0, 10, 0).capacity(0)).isEqualTo(10);
    assertThat(KlTerm.PLAIN.hasCapacity()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 0, 0, 0, 0, 0, each must be a number of at least 0",
    "NaN, 0, 0, 0, 0, 0, each must be a number of at least 0",
    "1, 0, 0, Infinity, 0, 0, each must be a number of at least 0",
    "1, 5, 4, 0, 0, 0, a warm-up no longer than its cycle",
    "1, 0, 0, 1, 2, 0, give one",
  })
  void refusesWhatMakesNoSense(
      double beta,
      long warmup,
      long cycle,
      double freeBits,
      double capacity,
      long capacitySteps,
      String sentence) {
    assertThatThrownBy(() -> new KlTerm(beta, warmup, cycle, freeBits, capacity, capacitySteps))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining(sentence);
  }
}

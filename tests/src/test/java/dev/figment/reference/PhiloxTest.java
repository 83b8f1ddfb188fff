package dev.figment.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.device.DataType;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PhiloxTest {
  /** The known answers of Random123's tests/kat_vectors, philox4x32 with 10 rounds. */
  @ParameterizedTest
  @CsvSource({
    "00000000 00000000 00000000 00000000, 00000000 00000000, 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    "ffffffff ffffffff ffffffff ffffffff, ffffffff ffffffff, 408f276d 41c83b0e a20bc7c6 6d5451fd",
    "243f6a88 85a308d3 13198a2e 03707344, a4093822 299f31d0, d16cfe09 94fdcceb 5001e420 24126ea1"
  })
  void givesTheKnownAnswers(String counter, String key, String answer) {
    assertThat(Philox.block(words(counter), words(key))).containsExactly(words(answer));
  }

  /** The first vector reached through a stream: all of seed, counter, stream and index zero. */
  @Test
  void streamOfZerosGivesTheFirstKnownAnswer() {
    ReferenceDevice device = new ReferenceDevice();
    Tensor counter = device.allocate(DataType.INT32, Shape.of(1));
    RandomStream stream = new RandomStream(0, counter, 0);
    assertThat(Philox.block(stream, 0, 3))
        .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
  }

  /** The second and third vectors' words land where the contract says. */
  @Test
  void streamWordsAreIndexCounterAndStreamUnderTheSeed() {
    RandomStream ones = new RandomStream(-1, null, -1);
    assertThat(Philox.block(ones, -1, 0)).isNotEqualTo(Philox.block(ones, -1, 4));
    RandomStream pi = new RandomStream(0x299f31d0_a4093822L, null, 0x03707344);
    int[] direct =
        Philox.block(new int[] {5, 0, 0x13198a2e, 0x03707344}, new int[] {0xa4093822, 0x299f31d0});
    assertThat(Philox.block(pi, 0x13198a2e, 22)).containsExactly(direct);
    int[] far =
        Philox.block(new int[] {1, 1, 0x13198a2e, 0x03707344}, new int[] {0xa4093822, 0x299f31d0});
    assertThat(Philox.block(pi, 0x13198a2e, (1L << 34) + 4)).containsExactly(far);
  }

  @Test
  void uniformsLieInTheHalfOpenUnitInterval() {
    assertThat(Philox.uniform(0)).isEqualTo(0x1p-33f);
    assertThat(Philox.uniform(-1)).isEqualTo(1f);
    assertThat(Philox.uniform(0x80000000)).isEqualTo(0.5f);
  }

  /** Quarter turns are exact: the cosine of a quarter turn is nothing, not 6e-17. */
  @Test
  void normalsAreExactAtQuarterTurns() {
    int quarter = 0x40000000;
    double radius = Math.sqrt(-2 * Math.log(0.5));
    int[] block = {0x80000000, quarter, 0x80000000, 3 * quarter};
    assertThat(Philox.normal(block, 0)).isZero();
    assertThat(Philox.normal(block, 1)).isEqualTo(radius);
    assertThat(Philox.normal(block, 2)).isZero();
    assertThat(Philox.normal(block, 3)).isEqualTo(-radius);
  }

  /** 100,000 draws have the moments of a standard normal number within five standard errors. */
  @Test
  void normalsHaveTheRightMoments() {
    RandomStream stream = new RandomStream(3, null, RandomStream.LATENT);
    int count = 100_000;
    double sum = 0;
    double squares = 0;
    double fourths = 0;
    for (int i = 0; i < count; i++) {
      double n = Philox.normal(Philox.block(stream, 0, i), i % 4);
      sum += n;
      squares += n * n;
      fourths += n * n * n * n;
    }
    double error = 5 / Math.sqrt(count);
    assertThat(sum / count).isBetween(-error, error);
    assertThat(squares / count).isBetween(1 - error * Math.sqrt(2), 1 + error * Math.sqrt(2));
    assertThat(fourths / count).isBetween(3 - error * Math.sqrt(96), 3 + error * Math.sqrt(96));
  }

  private static int[] words(String hexadecimal) {
    String[] parts = hexadecimal.split(" ");
    int[] result = new int[parts.length];
    for (int i = 0; i < parts.length; i++) {
      result[i] = Integer.parseUnsignedInt(parts[i], 16);
    }
    return result;
  }
}

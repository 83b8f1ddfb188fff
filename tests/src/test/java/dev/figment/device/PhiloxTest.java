package dev.figment.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PhiloxTest {
  /** Random123's kat_vectors for philox4x32 with 10 rounds: counter, key, result. */
  @ParameterizedTest
  @CsvSource({
    "00000000 00000000 00000000 00000000, 00000000 00000000, 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    "ffffffff ffffffff ffffffff ffffffff, ffffffff ffffffff, 408f276d 41c83b0e a20bc7c6 6d5451fd",
    "243f6a88 85a308d3 13198a2e 03707344, a4093822 299f31d0, d16cfe09 94fdcceb 5001e420 24126ea1",
  })
  void givesThePublishedAnswers(String counter, String key, String expected) {
    int[] c = words(counter);
    int[] k = words(key);
    int[] found = Philox.block(join(c[0], c[1]), c[2], c[3], join(k[0], k[1]));
    assertThat(found).containsExactly(words(expected));
  }

  @Test
  void everyCounterAndKeyWordMatters() {
    int[] base = Philox.block(0, 0, 0, 0);
    assertThat(Philox.block(1, 0, 0, 0)).isNotEqualTo(base);
    assertThat(Philox.block(1L << 32, 0, 0, 0)).isNotEqualTo(base);
    assertThat(Philox.block(0, 1, 0, 0)).isNotEqualTo(base);
    assertThat(Philox.block(0, 0, 1, 0)).isNotEqualTo(base);
    assertThat(Philox.block(0, 0, 0, 1)).isNotEqualTo(base);
    assertThat(Philox.block(0, 0, 0, 1L << 32)).isNotEqualTo(base);
  }

  private static int[] words(String hex) {
    return java.util.Arrays.stream(hex.split(" "))
        .mapToInt(word -> Integer.parseUnsignedInt(word, 16))
        .toArray();
  }

  private static long join(int low, int high) {
    return Integer.toUnsignedLong(low) | (long) high << 32;
  }
}

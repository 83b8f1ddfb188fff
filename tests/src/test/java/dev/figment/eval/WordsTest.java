package dev.figment.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.figment.eval.Bootstrap.Interval;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Texts whose words are counted by hand. */
class WordsTest {
  private static final int RESAMPLES = 400;

  @Test
  void aWordIsLettersWhateverTheirCase() {
    assertThat(Words.of("Thou, the man's first-born: the 2 \u00dcbel--and 'so'\n"))
        .isEqualTo(Set.of("thou", "the", "man's", "first-born", "\u00fcbel", "and", "so"));
  }

  @Test
  void wordsAtTheEndsDoNotCount() {
    Set<String> known = Set.of("in", "the", "beginning");
    // Of "n the Beginnyng was t" the, Beginnyng and was count; of "in the." only the.
    Interval share = Words.known(known, List.of("n the Beginnyng was t", "in the."), RESAMPLES, 1);
    assertThat(share.estimate()).isEqualTo(0.5);
    assertThat(share.low()).isEqualTo(1 / 3.0);
    assertThat(share.high()).isEqualTo(1);
    assertThat(Words.known(known, List.of("", "the"), RESAMPLES, 1).estimate()).isZero();
  }

  /** Half of 400 texts have a known word: the interval is that of a binomial share. */
  @Test
  void theIntervalIsOfTheTexts() {
    List<String> texts = IntStream.range(0, 400).mapToObj(i -> i % 2 == 0 ? " a." : " b.").toList();
    Interval share = Words.known(Set.of("a"), texts, RESAMPLES, 1);
    double deviation = Math.sqrt(0.25 / 400);
    assertThat(share.estimate()).isEqualTo(0.5);
    assertThat(share.low()).isCloseTo(0.5 - 1.96 * deviation, within(0.01));
    assertThat(share.high()).isCloseTo(0.5 + 1.96 * deviation, within(0.01));
  }

  @Test
  void firstWordsAreCompared() {
    List<String> texts = List.of("And God", "and", ", then", "the LORD");
    List<String> others = List.of("and so", "Andes", "; or", "thy LORD");
    assertThat(Words.sameFirst(texts, others, RESAMPLES, 1).estimate()).isEqualTo(0.5);
    Interval same = Words.sameFirst(texts, texts, RESAMPLES, 1);
    assertThat(List.of(same.low(), same.high())).isEqualTo(Collections.nCopies(2, 1.0));
  }
}

package dev.figment.eval;

import dev.figment.eval.Bootstrap.Interval;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The words of texts. A word is letters, between which apostrophes and hyphens may stand; case does
 * not count. Intervals are bootstraps over the texts.
 */
public final class Words {
  private static final Pattern WORD = Pattern.compile("\\p{L}+(?:['\u2019-]\\p{L}+)*");
  private static final double LEVEL = 0.95;

  private Words() {}

  /** All words of a text. */
  public static Set<String> of(String text) {
    return WORD.matcher(text)
        .results()
        .map(word -> word.group().toLowerCase(Locale.ROOT))
        .collect(Collectors.toSet());
  }

  /**
   * The share of words that are known; 0 where there are none. A word at either end of a text may
   * have been cut and does not count.
   *
   * @param resamples of the bootstrap
   */
  public static Interval known(Set<String> known, List<String> texts, int resamples, long seed) {
    int[] all = new int[texts.size()];
    int[] found = new int[texts.size()];
    for (int i = 0; i < all.length; i++) {
      String text = texts.get(i);
      for (MatchResult word : (Iterable<MatchResult>) WORD.matcher(text).results()::iterator) {
        if (word.start() > 0 && word.end() < text.length()) {
          all[i]++;
          found[i] += known.contains(word.group().toLowerCase(Locale.ROOT)) ? 1 : 0;
        }
      }
    }
    return Bootstrap.percentile(
        drawn -> {
          int words = 0;
          int hits = 0;
          for (int text : drawn[0]) {
            words += all[text];
            hits += found[text];
          }
          return (double) hits / Math.max(1, words);
        },
        resamples,
        LEVEL,
        seed,
        all.length);
  }

  /**
   * The share of texts that begin with the same word as those they are compared with; one that
   * begins with none has the empty word there.
   *
   * @param others as many
   * @param resamples of the bootstrap
   */
  public static Interval sameFirst(
      List<String> texts, List<String> others, int resamples, long seed) {
    List<String> firsts = texts.stream().map(Words::first).toList();
    List<String> firstsOfOthers = others.stream().map(Words::first).toList();
    return Bootstrap.percentile(
        drawn -> {
          int same = 0;
          for (int text : drawn[0]) {
            same += firsts.get(text).equals(firstsOfOthers.get(text)) ? 1 : 0;
          }
          return (double) same / drawn[0].length;
        },
        resamples,
        LEVEL,
        seed,
        texts.size());
  }

  private static String first(String text) {
    return WORD.matcher(text)
        .results()
        .findFirst()
        .filter(word -> word.start() == 0)
        .map(word -> word.group().toLowerCase(Locale.ROOT))
        .orElse("");
  }
}

package dev.figment.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Guesses what a mistyped name was meant to be. */
final class Nearest {
  private static final int CHARACTERS_PER_ERROR = 3;

  private Nearest() {}

  /** The most similar of the names, where one is similar: one error in three characters at most. */
  static Optional<String> of(String typed, Collection<String> names) {
    return names.stream()
        .min(Comparator.comparingInt(name -> distance(typed, name)))
        .filter(name -> distance(typed, name) * CHARACTERS_PER_ERROR <= name.length());
  }

  /**
   * Characters to insert, delete or replace. Source: V. Levenshtein, "Binary codes capable of
   * correcting deletions, insertions, and reversals", 1966.
   */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1]; // distances of the prefixes of b to a prefix of a
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}

package dev.figment.contract;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A pairwise covering table: rows of levels in which every pair of levels of every two factors
 * occurs. Most faults need two particular settings to meet, so it finds them with a few dozen rows
 * where the full product has millions.
 */
final class CoveringTable {
  private final Map<String, List<String>> factors;

  /** Factors by name, each with its levels. */
  CoveringTable(Map<String, List<String>> factors) {
    this.factors = new LinkedHashMap<>(factors);
  }

  /** One level of each of two factors, told by their names. */
  private record Pair(String factor, String level, String otherFactor, String otherLevel) {}

  /**
   * Rows that cover all pairs, the same ones each time. Greedy: a row starts from the first pair
   * not yet covered, then each other factor takes the level that covers most new pairs with what
   * the row already has.
   */
  List<Map<String, String>> generate() {
    List<Pair> missing = new ArrayList<>(pairs());
    List<Map<String, String>> rows = new ArrayList<>();
    while (!missing.isEmpty()) {
      Map<String, String> row = new LinkedHashMap<>();
      row.put(missing.get(0).factor(), missing.get(0).level());
      row.put(missing.get(0).otherFactor(), missing.get(0).otherLevel());
      for (String factor : factors.keySet()) {
        if (!row.containsKey(factor)) {
          row.put(factor, mostCovering(factor, row, missing, rows.size()));
        }
      }
      missing.removeIf(pair -> covers(row, pair));
      Map<String, String> ordered = new LinkedHashMap<>();
      factors.keySet().forEach(factor -> ordered.put(factor, row.get(factor)));
      rows.add(ordered);
    }
    return rows;
  }

  /** Says in words each pair that {@code rows} lack. */
  List<String> missing(Collection<Map<String, String>> rows) {
    return pairs().stream()
        .filter(pair -> rows.stream().noneMatch(row -> covers(row, pair)))
        .map(
            pair ->
                "%s %s with %s %s"
                    .formatted(pair.factor(), pair.level(), pair.otherFactor(), pair.otherLevel()))
        .toList();
  }

  private List<Pair> pairs() {
    List<String> names = List.copyOf(factors.keySet());
    List<Pair> result = new ArrayList<>();
    for (int a = 0; a < names.size(); a++) {
      for (int b = a + 1; b < names.size(); b++) {
        for (String level : factors.get(names.get(a))) {
          for (String other : factors.get(names.get(b))) {
            result.add(new Pair(names.get(a), level, names.get(b), other));
          }
        }
      }
    }
    return result;
  }

  /** Of equally good levels the first, counted from another one in each row for variety. */
  private String mostCovering(
      String factor, Map<String, String> row, List<Pair> missing, int rotation) {
    List<String> levels = factors.get(factor);
    String best = null;
    long most = -1;
    for (int i = 0; i < levels.size(); i++) {
      String level = levels.get((i + rotation) % levels.size());
      Map<String, String> candidate = new LinkedHashMap<>(row);
      candidate.put(factor, level);
      long covered =
          missing.stream()
              .filter(pair -> pair.factor().equals(factor) || pair.otherFactor().equals(factor))
              .filter(pair -> covers(candidate, pair))
              .count();
      if (covered > most) {
        most = covered;
        best = level;
      }
    }
    return best;
  }

  private static boolean covers(Map<String, String> row, Pair pair) {
    return pair.level().equals(row.get(pair.factor()))
        && pair.otherLevel().equals(row.get(pair.otherFactor()));
  }
}

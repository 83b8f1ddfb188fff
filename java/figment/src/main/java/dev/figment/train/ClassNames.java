package dev.figment.train;

import java.util.List;
import java.util.stream.Collectors;

/** The names of classes as one string of a checkpoint, a line each. */
final class ClassNames {
  private ClassNames() {}

  /** One line a name, line breaks within a name become spaces. */
  static String joined(List<String> names) {
    return names.stream()
        .map(name -> name.replaceAll("\\R", " "))
        .collect(Collectors.joining("\n"));
  }

  /** What {@link #joined} took, of a file that may say anything. */
  static List<String> split(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split("\n", -1));
  }
}

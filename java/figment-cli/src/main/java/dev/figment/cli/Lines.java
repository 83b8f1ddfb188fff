package dev.figment.cli;

import java.util.ArrayList;
import java.util.List;

/** Text in lines that fit a terminal. */
final class Lines {
  private Lines() {}

  /**
   * Breaks a text at its spaces.
   *
   * @param columns no line is longer, unless a word is
   * @param indent what every line begins with
   */
  static List<String> wrap(String text, int columns, String indent) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder(indent);
    for (String word : text.split(" ")) {
      boolean first = line.length() == indent.length();
      if (!first && line.length() + 1 + word.length() > columns) {
        lines.add(line.toString());
        line = new StringBuilder(indent);
        first = true;
      }
      line.append(first ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}

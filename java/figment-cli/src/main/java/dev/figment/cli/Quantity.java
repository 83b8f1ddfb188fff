package dev.figment.cli;

import java.util.Locale;

/** Numbers in few characters: 25.2 MB, 1.34 G. */
final class Quantity {
  private static final String[] PREFIXES = {"", "k", "M", "G", "T"};

  private Quantity() {}

  /** With a decimal prefix: three digits, or the number itself below 1000. */
  static String of(long value) {
    int prefix = 0;
    double scaled = value;
    while (scaled >= 999.5 && prefix < PREFIXES.length - 1) {
      scaled /= 1000;
      prefix++;
    }
    return prefix == 0
        ? Long.toString(value)
        : String.format(
            Locale.ROOT,
            scaled < 9.995 ? "%.2f %s" : scaled < 99.95 ? "%.1f %s" : "%.0f %s",
            scaled,
            PREFIXES[prefix]);
  }

  static String bytes(long value) {
    String text = of(value);
    return text + (text.contains(" ") ? "B" : " B");
  }
}

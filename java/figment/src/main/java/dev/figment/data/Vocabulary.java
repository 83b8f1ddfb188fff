package dev.figment.data;

import dev.figment.device.FigmentException;
import java.util.Arrays;

/**
 * The characters (Unicode code points) of a text, by number: 0 is any unknown one, the others are
 * numbered from 1 in the order of their code points.
 */
public final class Vocabulary {
  /** What an unknown character is written as: the replacement character. */
  private static final int UNKNOWN = 0xFFFD;

  private final int[] characters; // ascending

  private Vocabulary(int[] characters) {
    this.characters = characters;
  }

  /** All characters of a text. */
  static Vocabulary of(int[] text) {
    return new Vocabulary(
        Arrays.stream(text).filter(c -> c != UNKNOWN).sorted().distinct().toArray());
  }

  /**
   * The one whose {@link #characters()} these were.
   *
   * @throws FigmentException when they can be no vocabulary's
   */
  public static Vocabulary restore(String characters) {
    int[] found = characters.codePoints().toArray();
    for (int i = 1; i < found.length; i++) {
      if (found[i] <= found[i - 1]) {
        throw new FigmentException(
            "the saved vocabulary is damaged: its characters are not in order; take another checkpoint");
      }
    }
    return new Vocabulary(found);
  }

  /** The known characters in order, from number 1 on. */
  public String characters() {
    return new String(characters, 0, characters.length);
  }

  /** The number of symbols, that of unknown characters among them. */
  public int size() {
    return characters.length + 1;
  }

  /** The numbers of a text's characters. */
  public int[] encode(String text) {
    return encode(text.codePoints().toArray());
  }

  int[] encode(int[] text) {
    return Arrays.stream(text)
        .map(c -> Math.max(0, Arrays.binarySearch(characters, c) + 1))
        .toArray();
  }

  /** The text of symbols; unknown ones become the replacement character. */
  public String decode(int[] symbols) {
    StringBuilder text = new StringBuilder();
    for (int symbol : symbols) {
      if (symbol < 0 || symbol >= size()) {
        throw new FigmentException(
            "symbol %d is none of the %d of the vocabulary".formatted(symbol, size()));
      }
      text.appendCodePoint(symbol == 0 ? UNKNOWN : characters[symbol - 1]);
    }
    return text.toString();
  }
}

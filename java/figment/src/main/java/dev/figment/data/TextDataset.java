package dev.figment.data;

import dev.figment.device.FigmentException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

/** Windows of a text's characters, all of one length. */
public final class TextDataset implements SequenceDataset {
  private final String name;
  private final Vocabulary vocabulary;
  private final int[] symbols; // of the whole text
  private final int end; // of the part that the windows are of
  private final WindowPlan plan;

  private TextDataset(String name, Vocabulary vocabulary, int[] symbols, int end, WindowPlan plan) {
    this.name = name;
    this.vocabulary = vocabulary;
    this.symbols = symbols;
    this.end = end;
    this.plan = plan;
  }

  /**
   * Cuts a text into windows.
   *
   * @param window T, their characters
   * @param stride the characters from the start of one to that of the next; null for windows that
   *     begin at words, each at the first one after the window before; where a window's length
   *     holds no beginning of a word, as in languages without spaces, it begins there
   * @throws FigmentException when a part of the text is too short
   */
  public static Split<TextDataset> split(String name, String text, int window, Integer stride) {
    int[] characters = text.codePoints().toArray();
    WindowPlan.checkRoom(
        name, "characters", characters.length, window, stride == null ? window : stride);
    int train = Split.trainEnd(characters.length);
    int validation = Split.validationEnd(characters.length);
    Vocabulary vocabulary = Vocabulary.of(Arrays.copyOf(characters, train));
    int[] symbols = vocabulary.encode(characters);
    return new Split<>(
        new TextDataset(
            name, vocabulary, symbols, train, plan(characters, 0, train, window, stride)),
        new TextDataset(
            name,
            vocabulary,
            symbols,
            validation,
            plan(characters, train, validation, window, stride)),
        new TextDataset(
            name,
            vocabulary,
            symbols,
            symbols.length,
            plan(characters, validation, symbols.length, window, stride)));
  }

  /** Windows of a whole text, its characters numbered as those of other data. */
  static TextDataset whole(
      String name, Vocabulary vocabulary, String text, int window, Integer stride) {
    int[] characters = text.codePoints().toArray();
    int end = characters.length;
    int[] symbols = vocabulary.encode(characters);
    return new TextDataset(
        name, vocabulary, symbols, end, plan(characters, 0, end, window, stride));
  }

  private static WindowPlan plan(int[] characters, int from, int end, int window, Integer stride) {
    if (stride != null) {
      return WindowPlan.sliding(from, end, window, stride);
    }
    List<Integer> starts = new ArrayList<>();
    for (int next = from; next + window <= end; next = starts.get(starts.size() - 1) + window) {
      starts.add(wordFrom(characters, next, Math.min(next + window, end - window + 1)));
    }
    return WindowPlan.all(window, starts);
  }

  /** Where the first word from {@code from} on begins; {@code from} where none does. */
  private static int wordFrom(int[] characters, int from, int end) {
    return IntStream.range(from, end)
        .filter(
            at ->
                !Character.isWhitespace(characters[at])
                    && (at == 0 || Character.isWhitespace(characters[at - 1])))
        .findFirst()
        .orElse(from);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int size() {
    return plan.starts().length;
  }

  @Override
  public int steps() {
    return plan.steps();
  }

  @Override
  public int start(int window) {
    return plan.starts()[window];
  }

  /** The characters of the training part. */
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  /** The whole part of the text that the windows are of. */
  public String text() {
    int start = plan.starts().length == 0 ? end : plan.starts()[0];
    return vocabulary.decode(Arrays.copyOfRange(symbols, start, end));
  }

  /** A window's text. */
  public String text(int window) {
    int start = plan.starts()[window];
    return vocabulary.decode(Arrays.copyOfRange(symbols, start, start + steps()));
  }

  @Override
  public SequenceBatch batch(int size) {
    return SequenceBatch.ofSymbols(steps(), size);
  }

  @Override
  public void gather(int[] windows, SequenceBatch out) {
    SequenceDataset.check(this, windows, out);
    Arrays.fill(out.lengths(), steps());
    for (int n = 0; n < windows.length; n++) {
      int start = plan.starts()[windows[n]];
      for (int step = 0; step < steps(); step++) {
        out.symbols()[step * windows.length + n] = symbols[start + step];
      }
    }
  }

  @Override
  public long fingerprint() {
    CRC32 crc = new CRC32();
    crc.update(vocabulary.characters().getBytes(StandardCharsets.UTF_8));
    ByteBuffer buffer = ByteBuffer.allocate(Integer.BYTES * Math.max(1, steps()));
    crc.update(buffer.putInt(steps()).flip());
    for (int start : plan.starts()) {
      buffer.clear();
      for (int step = 0; step < steps(); step++) {
        buffer.putInt(symbols[start + step]);
      }
      crc.update(buffer.flip());
    }
    return crc.getValue();
  }
}

package dev.figment.data;

import dev.figment.device.FigmentException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

/** Windows of a text's characters, all of one length. */
public final class TextDataset implements SequenceDataset {
  private final String name;
  private final Vocabulary vocabulary;
  private final int[] symbols; // of the whole text
  private final WindowPlan plan;

  private TextDataset(String name, Vocabulary vocabulary, int[] symbols, WindowPlan plan) {
    this.name = name;
    this.vocabulary = vocabulary;
    this.symbols = symbols;
    this.plan = plan;
  }

  /**
   * Cuts a text into windows.
   *
   * @param window T, their characters
   * @param stride the characters from the start of one to that of the next
   * @throws FigmentException when a part of the text is too short
   */
  public static Split<TextDataset> split(String name, String text, int window, int stride) {
    int[] characters = text.codePoints().toArray();
    WindowPlan.checkRoom(name, "characters", characters.length, window, stride);
    int train = Split.trainEnd(characters.length);
    int validation = Split.validationEnd(characters.length);
    Vocabulary vocabulary = Vocabulary.of(Arrays.copyOf(characters, train));
    int[] symbols = vocabulary.encode(characters);
    return new Split<>(
        new TextDataset(name, vocabulary, symbols, WindowPlan.sliding(0, train, window, stride)),
        new TextDataset(
            name, vocabulary, symbols, WindowPlan.sliding(train, validation, window, stride)),
        new TextDataset(
            name,
            vocabulary,
            symbols,
            WindowPlan.sliding(validation, symbols.length, window, stride)));
  }

  /** Windows of symbols that other data's vocabulary made. */
  static TextDataset whole(String name, Vocabulary vocabulary, int[] symbols, WindowPlan plan) {
    return new TextDataset(name, vocabulary, symbols, plan);
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

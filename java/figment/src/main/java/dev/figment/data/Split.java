package dev.figment.data;

/**
 * The parts of a series or text in the order of time: the first eight tenths, the ninth, the last.
 * No window reaches into another part, and what is learnt from the data (scaling, vocabulary) comes
 * from the first alone.
 */
public record Split<D extends SequenceDataset>(D train, D validation, D test) {
  private static final int TENTHS = 10;

  /** The first of {@code count} rows that is not in the training part. */
  static int trainEnd(int count) {
    return (int) ((long) count * 8 / TENTHS);
  }

  /** The first of {@code count} rows that is in the test part. */
  static int validationEnd(int count) {
    return (int) ((long) count * 9 / TENTHS);
  }
}

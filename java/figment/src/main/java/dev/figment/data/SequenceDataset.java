package dev.figment.data;

import dev.figment.device.FigmentException;

/** Windows of a series of numbers or of a text. Any thread may read them. */
public sealed interface SequenceDataset permits SeriesDataset, TextDataset {
  /** Where they come from. */
  String name();

  /** The number of windows. */
  int size();

  /** T, the steps of the longest window. */
  int steps();

  /** The row of the series, or the character of the text, that a window begins with, from 0. */
  int start(int window);

  /** CRC-32 of all that is in them: tells whether a run goes on with its data. */
  long fingerprint();

  /** A batch to gather into. */
  SequenceBatch batch(int size);

  /**
   * Copies windows side by side.
   *
   * @param windows which, as many as the batch is large
   */
  void gather(int[] windows, SequenceBatch out);

  /** Refuses what does not fit. */
  static void check(SequenceDataset data, int[] windows, SequenceBatch out) {
    if (windows.length != out.size() || data.steps() != out.steps()) {
      throw new FigmentException(
          "%d windows of %d steps do not fit a batch of %d windows of %d steps; make one with batch()"
              .formatted(windows.length, data.steps(), out.size(), out.steps()));
    }
    for (int window : windows) {
      if (window < 0 || window >= data.size()) {
        throw new FigmentException(
            "there is no window %d: %s holds %d".formatted(window, data.name(), data.size()));
      }
    }
  }
}

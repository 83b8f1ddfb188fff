package dev.figment.train;

import dev.figment.data.SeriesWindow;
import java.util.List;

/**
 * Sequences that a model made, in the data's own form.
 *
 * @param series numbers in their units; empty of a model of text
 * @param texts empty of a model of numbers
 */
public record MadeSequences(List<SeriesWindow> series, List<String> texts) {
  public MadeSequences {
    series = List.copyOf(series);
    texts = List.copyOf(texts);
  }
}

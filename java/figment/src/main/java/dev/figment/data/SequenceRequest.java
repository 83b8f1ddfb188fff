package dev.figment.data;

import dev.figment.device.FigmentException;
import java.util.List;

/**
 * Which sequences to train on, and in which form.
 *
 * @param data a known name or a file
 * @param window T, the steps or characters of a window; null for what suits the data
 * @param stride the steps from the start of one window to that of the next; null for what suits
 * @param columns names or numbers of the columns of a CSV file; empty for all numbers in it
 * @param scaling how numbers are scaled
 * @param seed what generated data are made from
 */
public record SequenceRequest(
    String data,
    Integer window,
    Integer stride,
    List<String> columns,
    Scaling.Kind scaling,
    long seed) {
  public SequenceRequest {
    columns = List.copyOf(columns);
    if (window != null && (window < 1 || window > WindowPlan.LONGEST)) {
      throw new FigmentException(
          "A window of %d steps was asked for; give 1 to %d."
              .formatted(window, WindowPlan.LONGEST));
    }
    if (stride != null && stride < 1) {
      throw new FigmentException(
          "A window every %d steps was asked for; give a stride from 1 on.".formatted(stride));
    }
  }

  /** The data as they are. */
  public static SequenceRequest of(String data) {
    return new SequenceRequest(data, null, null, List.of(), Scaling.Kind.STANDARD, 0);
  }
}

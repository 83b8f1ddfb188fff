package dev.figment.data;

import dev.figment.device.FigmentException;
import java.util.List;

/**
 * Numbers over time.
 *
 * @param name where they come from, for messages
 * @param columns the names of the F columns
 * @param values rows x F; NaN where one is missing
 */
public record Series(String name, List<String> columns, double[] values) {
  public Series {
    columns = List.copyOf(columns);
    if (columns.isEmpty() || values.length % columns.size() != 0) {
      throw new FigmentException(
          "%s: %d numbers are no rows of %d columns"
              .formatted(name, values.length, columns.size()));
    }
  }

  public int rows() {
    return values.length / columns.size();
  }

  /**
   * Windows of one length.
   *
   * @param window T, their rows
   * @param stride the rows from the start of one to that of the next
   * @throws FigmentException when a part of the series is too short, or cannot be scaled
   */
  public Split<SeriesDataset> split(int window, int stride, Scaling.Kind kind) {
    WindowPlan.checkRoom(name, "rows", rows(), window, stride);
    return split(kind, (from, end) -> WindowPlan.sliding(from, end, window, stride));
  }

  /** The windows of a plan that lie within one part; the others are left out. */
  Split<SeriesDataset> split(WindowPlan plan, Scaling.Kind kind) {
    return split(kind, plan::within);
  }

  /** Says which windows lie within rows. */
  private interface Cut {
    WindowPlan within(int from, int end);
  }

  private Split<SeriesDataset> split(Scaling.Kind kind, Cut cut) {
    int train = Split.trainEnd(rows());
    int validation = Split.validationEnd(rows());
    Scaling scaling = Scaling.fit(kind, this, train);
    float[] scaled = scaling.apply(values);
    return new Split<>(
        new SeriesDataset(name, scaling, scaled, cut.within(0, train)),
        new SeriesDataset(name, scaling, scaled, cut.within(train, validation)),
        new SeriesDataset(name, scaling, scaled, cut.within(validation, rows())));
  }
}

package dev.figment.data;

import dev.figment.device.FigmentException;
import dev.figment.io.IoFailure;
import java.util.ArrayList;
import java.util.List;

/**
 * How numbers are brought to a common size, column by column, and back: scaled = (number - shift) /
 * scale. Jackson writes and reads it as it is.
 *
 * @param columns one a feature, in order
 */
public record Scaling(Kind kind, List<Column> columns) {
  /** What the training part becomes. */
  public enum Kind {
    /** Mean 0 and standard deviation 1. */
    STANDARD,
    /** From 0 to 1. */
    MINMAX
  }

  /**
   * How a column is scaled.
   *
   * @param scale in the column's unit, above 0
   * @param low the least number of the training part
   * @param high its greatest
   */
  public record Column(String name, double shift, double scale, double low, double high) {
    public Column {
      if (!(scale > 0 && low < high)) {
        throw new FigmentException(
            "column %s is said to reach from %s to %s, in steps of %s; give a scaling that was fitted"
                .formatted(IoFailure.quote(name), low, high, scale));
      }
    }
  }

  public Scaling {
    columns = List.copyOf(columns);
  }

  /**
   * Fits to the first rows of a series; missing values do not count.
   *
   * @throws FigmentException when a column has no value or only one there
   */
  static Scaling fit(Kind kind, Series series, int rows) {
    List<Column> columns = new ArrayList<>();
    for (int column = 0; column < series.columns().size(); column++) {
      columns.add(fit(kind, series, column, rows));
    }
    return new Scaling(kind, columns);
  }

  private static Column fit(Kind kind, Series series, int column, int rows) {
    int features = series.columns().size();
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    double sum = 0;
    int count = 0;
    for (int i = column; i < rows * features; i += features) {
      double value = series.values()[i];
      if (!Double.isNaN(value)) {
        low = Math.min(low, value);
        high = Math.max(high, value);
        sum += value;
        count++;
      }
    }
    String name = series.columns().get(column);
    if (count == 0) {
      throw unusable(series, name, rows, "has no value");
    }
    if (low == high) {
      throw unusable(series, name, rows, "is %s throughout".formatted(Double.toString(low)));
    }
    if (kind == Kind.MINMAX) {
      return new Column(name, low, high - low, low, high);
    }
    double mean = sum / count;
    double squares = 0;
    for (int i = column; i < rows * features; i += features) {
      double distance = series.values()[i] - mean;
      squares += Double.isNaN(distance) ? 0 : distance * distance;
    }
    return new Column(name, mean, Math.sqrt(squares / count), low, high);
  }

  private static FigmentException unusable(Series series, String column, int rows, String found) {
    return new FigmentException(
        "cannot scale column %s of %s: it %s in the %d rows of the training part; leave it out with --columns"
            .formatted(IoFailure.quote(column), series.name(), found, rows));
  }

  /** F. */
  public int features() {
    return columns.size();
  }

  /** Scales rows x F numbers; NaN stays NaN. */
  float[] apply(double[] values) {
    float[] scaled = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      Column column = columns.get(i % columns.size());
      scaled[i] = (float) ((values[i] - column.shift) / column.scale);
    }
    return scaled;
  }

  /** The scaled number next to a scaled one that lies in the range of the training part. */
  public double inRange(int feature, double scaled) {
    Column column = columns.get(feature);
    double low = (column.low - column.shift) / column.scale;
    double high = (column.high - column.shift) / column.scale;
    return Math.min(high, Math.max(low, scaled));
  }

  /** The number that a scaled one of a feature stands for. */
  public double restore(int feature, double scaled) {
    Column column = columns.get(feature);
    return scaled * column.scale + column.shift;
  }

  /**
   * Windows in their own units, from a batch.
   *
   * @param values T x N x F scaled numbers
   * @param lengths N, the steps of each window
   */
  public List<SeriesWindow> restore(float[] values, int[] lengths) {
    int size = lengths.length;
    int features = features();
    if (size == 0 || values.length % (size * features) != 0) {
      throw new FigmentException(
          "%d numbers are no steps of %d windows of %d features"
              .formatted(values.length, size, features));
    }
    List<SeriesWindow> windows = new ArrayList<>();
    for (int n = 0; n < size; n++) {
      double[] window = new double[lengths[n] * features];
      for (int i = 0; i < window.length; i++) {
        int step = i / features;
        int feature = i % features;
        window[i] = restore(feature, values[(step * size + n) * features + feature]);
      }
      windows.add(new SeriesWindow(features, window));
    }
    return windows;
  }
}

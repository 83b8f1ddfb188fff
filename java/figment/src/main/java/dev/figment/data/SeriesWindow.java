package dev.figment.data;

/**
 * A piece of a series in its own units, real or generated.
 *
 * @param features F
 * @param values steps x F; NaN where one is missing
 */
public record SeriesWindow(int features, double[] values) {
  /** Its steps. */
  public int length() {
    return values.length / features;
  }

  public double at(int step, int feature) {
    return values[step * features + feature];
  }
}

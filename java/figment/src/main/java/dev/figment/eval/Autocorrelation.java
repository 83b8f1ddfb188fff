package dev.figment.eval;

import dev.figment.data.SeriesWindow;
import dev.figment.device.FigmentException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How a series is related to itself some steps later, over many windows of it. The autocorrelation
 * of a feature at lag k is the mean of (x_t - m)(x_{t+k} - m) over all pairs of steps within a
 * window, divided by the mean of (x_t - m)^2, where m is the feature's mean over all windows.
 * Missing values take no part.
 *
 * <p>Source of the distance: the ACF score of M. Wiese, R. Knobloch, R. Korn, P. Kretschmer, "Quant
 * GANs: Deep Generation of Financial Time Series", Quantitative Finance 2020: the Euclidean norm of
 * the difference over the lags; here its mean over the features.
 */
public final class Autocorrelation {
  private Autocorrelation() {}

  /**
   * The distance of two sets of windows, at least 0.
   *
   * @param lags lags 1 to this many count
   */
  public static double distance(List<SeriesWindow> real, List<SeriesWindow> generated, int lags) {
    double[][] a = of(real, lags);
    double[][] b = of(generated, lags);
    if (a.length != b.length) {
      throw new FigmentException(
          "the real windows have %d features, the generated ones %d".formatted(a.length, b.length));
    }
    double sum = 0;
    for (int feature = 0; feature < a.length; feature++) {
      double squares = 0;
      for (int lag = 0; lag < lags; lag++) {
        double difference = a[feature][lag] - b[feature][lag];
        squares += difference * difference;
      }
      sum += Math.sqrt(squares);
    }
    return sum / a.length;
  }

  /**
   * The autocorrelations of each feature.
   *
   * @param lags lags 1 to this many
   * @return features x lags
   * @throws FigmentException when a feature is constant, or no window reaches over a lag
   */
  public static double[][] of(List<SeriesWindow> windows, int lags) {
    if (windows.isEmpty() || lags < 1) {
      throw new FigmentException(
          "the autocorrelation of %d windows at %d lags was asked for; give at least one of each"
              .formatted(windows.size(), lags));
    }
    double[][] correlations = new double[windows.get(0).features()][lags];
    for (int feature = 0; feature < correlations.length; feature++) {
      double mean = mean(windows, feature);
      double variance = meanProduct(windows, feature, 0, mean);
      for (int lag = 1; lag <= lags; lag++) {
        double correlation = meanProduct(windows, feature, lag, mean) / variance;
        if (!Double.isFinite(correlation)) {
          throw new FigmentException(
              "feature %d has no autocorrelation at lag %d: it is constant, or no window is that long; ask for fewer lags"
                  .formatted(feature + 1, lag));
        }
        correlations[feature][lag - 1] = correlation;
      }
    }
    return correlations;
  }

  private static double mean(List<SeriesWindow> windows, int feature) {
    return windows.stream()
        .flatMapToDouble(w -> IntStream.range(0, w.length()).mapToDouble(t -> w.at(t, feature)))
        .filter(value -> !Double.isNaN(value))
        .average()
        .orElse(Double.NaN);
  }

  /** The mean of (x_t - mean)(x_{t + lag} - mean). */
  private static double meanProduct(List<SeriesWindow> windows, int feature, int lag, double mean) {
    double sum = 0;
    long count = 0;
    for (SeriesWindow window : windows) {
      for (int t = 0; t + lag < window.length(); t++) {
        double product = (window.at(t, feature) - mean) * (window.at(t + lag, feature) - mean);
        if (!Double.isNaN(product)) {
          sum += product;
          count++;
        }
      }
    }
    return sum / count;
  }
}

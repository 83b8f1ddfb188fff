package dev.figment.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds the R peaks of an electrocardiogram, one a heartbeat.
 *
 * <p>The squared slope of the signal, averaged over 0.12 s, is high where the ventricles contract.
 * Each run of it above a threshold is a beat, whose peak is the highest sample within 0.06 s of the
 * steepest place. The threshold is a fifth of the median, over the eleven seconds around, of each
 * second's maximum: an artefact of a second or two does not move it. Of two peaks closer than 0.25
 * s, which no heart can do, the steeper one stays.
 *
 * <p>Source: the steps of J. Pan, W. Tompkins, "A Real-Time QRS Detection Algorithm", IEEE
 * Transactions on Biomedical Engineering, 1985, with a threshold that looks ahead.
 */
final class RPeaks {
  private static final double AVERAGED_SECONDS = 0.12;
  private static final double REFRACTORY_SECONDS = 0.25;
  private static final int SECONDS_ASIDE = 5;
  private static final double SHARE_OF_MAXIMUM = 0.2;

  private RPeaks() {}

  /**
   * Finds them.
   *
   * @param signal the voltage, positive where an R peak points up
   * @param rate samples a second
   * @return the samples of the peaks, ascending
   */
  static int[] find(double[] signal, int rate) {
    int half = (int) Math.round(AVERAGED_SECONDS * rate / 2);
    double[] steepness = averaged(squaredSlope(signal), half);
    double[] thresholds = thresholds(steepness, rate);
    List<Integer> peaks = new ArrayList<>();
    for (int i = 0; i < signal.length; i++) {
      int steepest = i;
      while (i < signal.length && steepness[i] > thresholds[i / rate]) {
        steepest = steepness[i] > steepness[steepest] ? i : steepest;
        i++;
      }
      if (steepness[steepest] > thresholds[steepest / rate]) {
        add(peaks, highest(signal, steepest, half), steepness, REFRACTORY_SECONDS * rate);
      }
    }
    return peaks.stream().mapToInt(Integer::intValue).toArray();
  }

  private static void add(List<Integer> peaks, int peak, double[] steepness, double refractory) {
    int last = peaks.size() - 1;
    if (last < 0 || peak - peaks.get(last) >= refractory) {
      peaks.add(peak);
    } else if (steepness[peak] > steepness[peaks.get(last)]) {
      peaks.set(last, peak);
    }
  }

  private static double[] squaredSlope(double[] signal) {
    double[] squared = new double[signal.length];
    for (int i = 1; i + 1 < signal.length; i++) {
      double slope = signal[i + 1] - signal[i - 1];
      squared[i] = slope * slope;
    }
    return squared;
  }

  private static double[] averaged(double[] values, int half) {
    double[] sums = new double[values.length + 1];
    for (int i = 0; i < values.length; i++) {
      sums[i + 1] = sums[i] + values[i];
    }
    double[] means = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      int from = Math.max(0, i - half);
      int end = Math.min(values.length, i + half + 1);
      means[i] = (sums[end] - sums[from]) / (2 * half + 1);
    }
    return means;
  }

  /** One a second. */
  private static double[] thresholds(double[] steepness, int rate) {
    double[] maxima = new double[(steepness.length + rate - 1) / rate];
    for (int i = 0; i < steepness.length; i++) {
      maxima[i / rate] = Math.max(maxima[i / rate], steepness[i]);
    }
    double[] thresholds = new double[maxima.length];
    for (int second = 0; second < maxima.length; second++) {
      double[] around =
          Arrays.copyOfRange(
              maxima,
              Math.max(0, second - SECONDS_ASIDE),
              Math.min(maxima.length, second + SECONDS_ASIDE + 1));
      Arrays.sort(around);
      thresholds[second] = SHARE_OF_MAXIMUM * around[around.length / 2];
    }
    return thresholds;
  }

  private static int highest(double[] signal, int around, int half) {
    int highest = Math.max(0, around - half);
    for (int i = highest; i < Math.min(signal.length, around + half + 1); i++) {
      highest = signal[i] > signal[highest] ? i : highest;
    }
    return highest;
  }
}

package dev.figment.eval;

import dev.figment.data.SequenceBatch;
import dev.figment.data.SeriesDataset;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Likelihood;
import dev.figment.device.RandomStream;
import dev.figment.device.UniformIntegers;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * How well the next step of real windows is predicted by a small recurrent network that was trained
 * on other windows, generated ones for example: the mean absolute error in scaled units. Missing
 * values are no part of it.
 *
 * <p>Source: "train on synthetic, test on real" of C. Esteban, S. Hyland, G. Raetsch (2017), as the
 * predictive score of J. Yoon, D. Jarrett, M. van der Schaar, "Time-series Generative Adversarial
 * Networks", NeurIPS 2019; here one layer of 24 gated recurrent units predicts all features.
 */
public final class PredictiveScore {
  private static final int UPDATES = 400;
  private static final int BATCH = 32;

  private PredictiveScore() {}

  /**
   * Trains the network on windows and tests it on real ones.
   *
   * @param training of as many steps and features as {@code real}
   * @param real of at least two steps
   * @param resamples of the bootstrap
   */
  public static Bootstrap.Interval of(
      Device device, SeriesDataset training, SeriesDataset real, int resamples, long seed) {
    int features = real.features();
    try (SmallGru network =
        new SmallGru(
            device,
            seed,
            real.steps(),
            features,
            features,
            false,
            BATCH,
            Likelihood.SQUARED_ERROR)) {
      SequenceBatch batch = training.batch(BATCH);
      UniformIntegers random = new UniformIntegers(0, RandomStream.SHUFFLE, seed);
      for (int update = 0; update < UPDATES; update++) {
        training.gather(
            IntStream.range(0, BATCH).map(i -> random.below(training.size())).toArray(), batch);
        network.train(batch, ahead(batch.values(), features), ahead(batch.mask(), features));
      }
      return errors(real, resamples, seed, network::predict);
    }
  }

  /** The same of the prediction that nothing changes, to compare with. */
  public static Bootstrap.Interval ofLastValues(SeriesDataset real, int resamples, long seed) {
    return errors(real, resamples, seed, SequenceBatch::values);
  }

  /** Predicts the next step of each. */
  private interface Predictor {
    float[] of(SequenceBatch batch);
  }

  private static Bootstrap.Interval errors(
      SeriesDataset real, int resamples, long seed, Predictor predictor) {
    double[] sums = new double[real.size()];
    double[] counts = new double[real.size()];
    SequenceBatch batch = real.batch(BATCH);
    for (int first = 0; first < real.size(); first += BATCH) {
      int start = first;
      real.gather(
          IntStream.range(0, BATCH).map(i -> Math.min(start + i, real.size() - 1)).toArray(),
          batch);
      float[] predicted = predictor.of(batch);
      float[] targets = ahead(batch.values(), real.features());
      float[] weights = ahead(batch.mask(), real.features());
      for (int i = 0; i < targets.length; i++) {
        int window = first + i / real.features() % BATCH;
        if (weights[i] > 0 && window < real.size()) {
          sums[window] += Math.abs(predicted[i] - targets[i]);
          counts[window]++;
        }
      }
    }
    if (Arrays.stream(counts).sum() == 0) {
      throw new FigmentException(
          "the predictive score needs windows of two steps or more; %s holds none"
              .formatted(real.name()));
    }
    return Bootstrap.percentile(
        drawn ->
            Arrays.stream(drawn[0]).mapToDouble(i -> sums[i]).sum()
                / Arrays.stream(drawn[0]).mapToDouble(i -> counts[i]).sum(),
        resamples,
        0.95,
        seed,
        real.size());
  }

  /** Of T x N x F numbers those of the next step at each; zeros at the last. */
  private static float[] ahead(float[] values, int features) {
    return Arrays.copyOf(
        Arrays.copyOfRange(values, BATCH * features, values.length), values.length);
  }
}

package dev.figment.eval;

import dev.figment.data.SequenceBatch;
import dev.figment.data.SeriesDataset;
import dev.figment.data.SeriesWindow;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Likelihood;
import dev.figment.device.RandomStream;
import dev.figment.device.UniformIntegers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How well a small recurrent classifier tells real windows from generated ones that it was not
 * trained on: |accuracy - 1/2|, from 0, where it cannot, to 1/2, where it always does. The two kinds
 * count alike.
 *
 * <p>Source: J. Yoon, D. Jarrett, M. van der Schaar, "Time-series Generative Adversarial Networks",
 * NeurIPS 2019; here one layer of 24 gated recurrent units.
 */
public final class DiscriminativeScore {
  private static final int UPDATES = 400;
  private static final int BATCH = 32;
  private static final int TEST_EVERY = 4; // a fourth is held out

  private DiscriminativeScore() {}

  /**
   * Trains the classifier on three windows of four and tests it on the others.
   *
   * @param real at least 8 windows
   * @param generated as many steps and features, at least 8 windows
   * @param resamples of the bootstrap
   */
  public static Bootstrap.Interval of(
      Device device, SeriesDataset real, SeriesDataset generated, int resamples, long seed) {
    if (real.size() < 2 * TEST_EVERY || generated.size() < 2 * TEST_EVERY) {
      throw new FigmentException(
          "the discriminative score needs at least %d windows of each kind; there are %d real and %d generated ones"
              .formatted(2 * TEST_EVERY, real.size(), generated.size()));
    }
    List<SeriesWindow> windows = new ArrayList<>(real.spread(real.size()));
    windows.addAll(generated.spread(generated.size()));
    SeriesDataset both =
        SeriesDataset.of("real and generated", real.scaling(), windows, real.steps());
    int[] realTraining = part(0, real.size(), false);
    int[] generatedTraining = part(real.size(), windows.size(), false);
    try (SmallGru classifier =
        new SmallGru(
            device, seed, real.steps(), real.features(), 1, true, BATCH, Likelihood.BERNOULLI)) {
      SequenceBatch batch = both.batch(BATCH);
      float[] ones = new float[BATCH];
      Arrays.fill(ones, 1);
      UniformIntegers random = new UniformIntegers(0, RandomStream.SHUFFLE, seed);
      for (int update = 0; update < UPDATES; update++) {
        int[] drawn = new int[BATCH];
        float[] labels = new float[BATCH];
        for (int i = 0; i < BATCH; i++) {
          int[] from = i % 2 == 0 ? realTraining : generatedTraining;
          drawn[i] = from[random.below(from.length)];
          labels[i] = i % 2 == 0 ? 1 : 0;
        }
        both.gather(drawn, batch);
        classifier.train(batch, labels, ones);
      }
      boolean[] asReal = verdicts(classifier, both, part(0, real.size(), true));
      boolean[] asGenerated =
          verdicts(classifier, both, part(real.size(), windows.size(), true));
      return Bootstrap.percentile(
          drawn ->
              Math.abs(
                  (share(asReal, drawn[0]) + 1 - share(asGenerated, drawn[1])) / 2 - 0.5),
          resamples,
          0.95,
          seed,
          asReal.length,
          asGenerated.length);
    }
  }

  private static int[] part(int from, int end, boolean test) {
    return IntStream.range(from, end)
        .filter(i -> ((i - from) % TEST_EVERY == TEST_EVERY - 1) == test)
        .toArray();
  }

  /** Whether each window is taken for a real one. */
  private static boolean[] verdicts(SmallGru classifier, SeriesDataset data, int[] windows) {
    boolean[] verdicts = new boolean[windows.length];
    SequenceBatch batch = data.batch(BATCH);
    for (int first = 0; first < windows.length; first += BATCH) {
      int start = first;
      data.gather(
          IntStream.range(0, BATCH)
              .map(i -> windows[Math.min(start + i, windows.length - 1)])
              .toArray(),
          batch);
      float[] logits = classifier.predict(batch);
      for (int i = 0; i < Math.min(BATCH, windows.length - first); i++) {
        verdicts[first + i] = logits[i] > 0;
      }
    }
    return verdicts;
  }

  private static double share(boolean[] verdicts, int[] drawn) {
    return (double) Arrays.stream(drawn).filter(i -> verdicts[i]).count() / drawn.length;
  }
}

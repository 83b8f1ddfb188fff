package dev.figment.bench.steps;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The times of one contender's steps in milliseconds, round by round. */
final class StepTimes {
  private final List<double[]> rounds = new ArrayList<>();

  void add(double[] round) {
    rounds.add(round.clone());
  }

  int rounds() {
    return rounds.size();
  }

  int steps() {
    return rounds.stream().mapToInt(round -> round.length).sum();
  }

  /** Of all steps of all rounds. */
  double median() {
    return median(rounds.stream().flatMapToDouble(Arrays::stream).toArray());
  }

  double fastest() {
    return rounds.stream().flatMapToDouble(Arrays::stream).min().orElseThrow();
  }

  /** The ratio of a peer's median to this one's in each round, from the smallest on. */
  double[] ratios(StepTimes peer) {
    double[] ratios = new double[rounds()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = median(peer.rounds.get(i)) / median(rounds.get(i));
    }
    Arrays.sort(ratios);
    return ratios;
  }

  /** The middle; of an even number, the mean of the two. */
  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}

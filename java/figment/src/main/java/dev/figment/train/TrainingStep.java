package dev.figment.train;

import java.util.Map;

/** What one training step gave, of whatever model. */
public interface TrainingStep {
  /** Its number, from 1. */
  long step();

  /** The epoch of the data, from 0. */
  int epoch();

  /** Its numbers by the names that they have in metrics.jsonl, the two that tell most first. */
  Map<String, Double> numbers();

  /** The number or two that tell most, for a narrow terminal. */
  String brief();

  /** What a display calls an example, in a word that is short. */
  default String example() {
    return "img";
  }

  /** Whether no number of the step is NaN or infinite. */
  default boolean isFinite() {
    return numbers().values().stream().allMatch(Double::isFinite);
  }
}

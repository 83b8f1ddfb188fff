package dev.figment.cli;

import dev.figment.train.TrainingRun;
import java.util.List;

/**
 * The options of a model's training that a configuration file may hold, under the same names. Some
 * defaults depend on other options: {@link #settle} fills in what was not given.
 */
interface TrainingOptions {
  /** The model, as {@code figment train} and the folders of runs name it: {@code gan}. */
  String model();

  /** Options that decide what is computed, so that a run keeps them to its end. */
  List<String> deciding();

  /** How the networks are updated. */
  UpdateOptions updates();

  /** Seed, device and folder. */
  RunningOptions running();

  /** Examples of a pass. */
  int batch();

  /** Fills in what was not given and does not depend on the data. */
  void settle();

  /** Refuses what no training can have, once settled. */
  void check(OptionLimits limits);

  TrainingRun.Every every();

  /** The steps to train in all on so many examples. */
  long totalSteps(int examples);

  /**
   * Fills in what a run's file keeps: the data as they can be named from any folder, and the steps,
   * where it was not told epochs.
   *
   * @param total steps to train in all
   */
  void settleRun(long total);

  /** How the networks learn, in one line. */
  String summary();

  /** A line on options that others brought along, or null; once settled. */
  default String presets() {
    return null;
  }
}

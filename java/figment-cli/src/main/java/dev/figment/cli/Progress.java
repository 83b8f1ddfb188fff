package dev.figment.cli;

import dev.figment.train.TrainingRun;
import java.io.PrintWriter;

/** Shows a training's course. */
interface Progress extends TrainingRun.Observer, AutoCloseable {
  /** Ends the display; idempotent. */
  @Override
  void close();

  /**
   * A bar where standard output is a terminal, else lines.
   *
   * @param steps the training's last step
   * @param every steps between two lines
   */
  static Progress of(PrintWriter out, long steps, int every) {
    return Terminal.isStandardOutput()
        ? new ProgressBarDisplay(out, steps, Terminal.columns())
        : new ProgressLines(out, steps, every, System::nanoTime);
  }
}

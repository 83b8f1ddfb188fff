package dev.figment.cli;

import dev.figment.train.GanStep;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar on one line of a terminal: share and steps done, time spent and left, losses, speed. */
final class ProgressBarDisplay implements Progress {
  private static final int INTERVAL_MILLIS = 250;
  private static final int WIDE = 110; // columns; a narrower terminal would cut the full names off

  private final PrintWriter out;
  private final long steps;
  private final int columns;
  private ProgressBar bar; // from the first step on

  ProgressBarDisplay(PrintWriter out, long steps, int columns) {
    this.out = out;
    this.steps = steps;
    this.columns = columns;
  }

  @Override
  public void trained(GanStep step, double imagesPerSecond) {
    if (bar == null) {
      bar = start(step.step() - 1);
    }
    bar.setExtraMessage(
        String.format(
            Locale.ROOT,
            columns < WIDE
                ? "epoch %d D %.2f G %.2f %.0f img/s"
                : "epoch %d d_loss %.3f g_loss %.3f %.0f img/s",
            step.epoch(),
            step.discriminatorLoss(),
            step.generatorLoss(),
            imagesPerSecond));
    bar.stepTo(step.step());
  }

  private ProgressBar start(long done) {
    return new ProgressBarBuilder()
        .setTaskName("step")
        .setInitialMax(steps)
        .startsFrom(done, Duration.ZERO)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(INTERVAL_MILLIS)
        .setConsumer(new DelegatingProgressBarConsumer(this::draw, columns - 1))
        .build();
  }

  private void draw(String line) {
    out.print("\r" + line);
    out.flush();
  }

  @Override
  public void note(String line) {
    out.println(line);
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
      out.println();
    }
  }
}

package dev.figment.cli;

import dev.figment.train.TrainingStep;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;
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
  public void trained(TrainingStep step, double examplesPerSecond) {
    if (bar == null) {
      bar = start(step.step() - 1);
    }
    bar.setExtraMessage(
        String.format(
            Locale.ROOT,
            "epoch %d %s %.0f %s/s",
            step.epoch(),
            columns < WIDE ? step.brief() : foremost(step),
            examplesPerSecond,
            step.example()));
    bar.stepTo(step.step());
  }

  private static String foremost(TrainingStep step) {
    return step.numbers().entrySet().stream()
        .limit(2)
        .map(number -> String.format(Locale.ROOT, "%s %.3f", number.getKey(), number.getValue()))
        .collect(Collectors.joining(" "));
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

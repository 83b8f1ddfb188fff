package dev.figment.cli;

import dev.figment.train.TrainingStep;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;

/** A line for the first step, for the last, and between them about one a second. */
final class ProgressLines implements Progress {
  private static final long INTERVAL_NANOS = 1_000_000_000;

  private final PrintWriter out;
  private final long steps;
  private final int every;
  private final LongSupplier clock;
  private long firstStep;
  private long firstTime;
  private long lastTime;

  /**
   * @param every steps between two lines, at least
   * @param clock nanoseconds
   */
  ProgressLines(PrintWriter out, long steps, int every, LongSupplier clock) {
    this.out = out;
    this.steps = steps;
    this.every = every;
    this.clock = clock;
  }

  @Override
  public void trained(TrainingStep step, double examplesPerSecond) {
    long now = clock.getAsLong();
    boolean first = firstStep == 0;
    if (first) {
      firstStep = step.step();
      firstTime = now;
    }
    boolean due = step.step() % every == 0 && now - lastTime >= INTERVAL_NANOS;
    if (first || due || step.step() == steps) {
      lastTime = now;
      out.println(line(step, examplesPerSecond, now));
      out.flush();
    }
  }

  private String line(TrainingStep step, double examplesPerSecond, long now) {
    StringBuilder numbers = new StringBuilder();
    step.numbers()
        .forEach(
            (name, value) -> numbers.append(String.format(Locale.ROOT, " %s %.4f", name, value)));
    String line =
        String.format(
            Locale.ROOT,
            "step %d/%d epoch %d%s %s/s %.1f",
            step.step(),
            steps,
            step.epoch(),
            numbers,
            step.example(),
            examplesPerSecond);
    long done = step.step() - firstStep;
    if (done == 0) {
      return line;
    }
    double secondsLeft = (now - firstTime) * 1e-9 / done * (steps - step.step());
    return line + " left " + duration(Math.round(secondsLeft));
  }

  /** Hours, minutes and seconds as 0:04:10. */
  static String duration(long seconds) {
    return String.format(
        Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }

  @Override
  public void note(String line) {
    out.println(line);
    out.flush();
  }

  @Override
  public void close() {}
}

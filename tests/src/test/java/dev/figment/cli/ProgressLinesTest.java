package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.train.GanStep;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** Which steps get a line, by a clock of our own. */
class ProgressLinesTest {
  private final StringWriter out = new StringWriter();
  private long now = 1;

  @Test
  void theFirstThenOneASecondThenTheLast() {
    show(10, 1, 300); // one step takes 300 ms

    assertThat(out.toString().lines().map(line -> line.split("[ /]")[1]))
        .containsExactly("1", "5", "9", "10");
  }

  @Test
  void onlyEverySoManySteps() {
    show(10, 3, 5000);

    assertThat(out.toString().lines().map(line -> line.split("[ /]")[1]))
        .containsExactly("1", "3", "6", "9", "10");
  }

  @Test
  void saysHowMuchTimeIsLeft() {
    show(3, 1, 2_000_000);

    assertThat(out.toString().lines().skip(1).findFirst())
        .get()
        .asString()
        .endsWith("left 0:33:20");
  }

  private void show(int steps, int every, long millis) {
    ProgressLines lines = new ProgressLines(new PrintWriter(out), steps, every, () -> now);
    for (int step = 1; step <= steps; step++) {
      now += millis * 1_000_000;
      lines.trained(new GanStep(step, 0, 1, 1, 0.5, 0.5, OptionalDouble.empty()), 100);
    }
  }
}

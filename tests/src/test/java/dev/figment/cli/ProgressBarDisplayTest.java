package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.train.GanStep;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** The bar that a terminal shows. */
class ProgressBarDisplayTest {
  private static final int COLUMNS = 110;
  private static final int NARROW = 80;

  private final StringWriter out = new StringWriter();
  private final ProgressBarDisplay bar = new ProgressBarDisplay(new PrintWriter(out), 40, COLUMNS);

  @Test
  void showsWhereTheTrainingIs() {
    for (int step = 11; step <= 40; step++) { // as a run that goes on from step 10
      bar.trained(new GanStep(step, 3, 1.25, 0.75, 0.5, 0.5, OptionalDouble.empty()), 345.4);
    }
    bar.close();
    bar.close();

    String[] drawn = out.toString().stripTrailing().split("\r");
    assertThat(drawn[drawn.length - 1])
        .startsWith("step 100%")
        .contains("40/40", "epoch 3 d_loss 1.250 g_loss 0.750 345 img/s");
    assertThat(drawn).allSatisfy(line -> assertThat(line).hasSizeLessThan(COLUMNS));
    assertThat(out.toString()).endsWith(System.lineSeparator());
  }

  @Test
  void showsAllOfItOnANarrowTerminalToo() {
    int steps = 46_800; // of the long run
    ProgressBarDisplay narrow = new ProgressBarDisplay(new PrintWriter(out), steps, NARROW);
    narrow.trained(new GanStep(steps, 99, 1.25, 0.75, 0.5, 0.5, OptionalDouble.empty()), 345.4);
    narrow.close();

    String[] drawn = out.toString().stripTrailing().split("\r");
    assertThat(drawn[drawn.length - 1])
        .startsWith("step 100%")
        .endsWith("epoch 99 D 1.25 G 0.75 345 img/s")
        .hasSizeLessThan(NARROW);
  }

  @Test
  void closesWithoutAStep() {
    bar.close();

    assertThat(out.toString()).isEmpty();
  }
}

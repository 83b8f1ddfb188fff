package dev.figment.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;

class GanWatchTest {
  private final GanWatch watch = new GanWatch(0.5);

  private List<Long> warnedSteps(int from, int to, double loss, DoubleSupplier norm) {
    List<Long> steps = new ArrayList<>();
    for (long step = from; step <= to; step++) {
      GanStep seen = new GanStep(step, 0, loss, 1, 1, 0, OptionalDouble.empty());
      if (watch.trained(seen, norm).isPresent()) {
        steps.add(step);
      }
    }
    return steps;
  }

  @Test
  void warnsOnceWhenTheDiscriminatorHasWonForTwoHundredSteps() {
    assertThat(warnedSteps(1, 199, 1e-4, () -> 1e-7)).isEmpty();
    assertThat(warnedSteps(200, 500, 1e-4, () -> 1e-7)).containsExactly(200L);
    assertThat(warnedSteps(501, 501, 1e-4, () -> 1)).isEmpty(); // it lives again
    assertThat(warnedSteps(502, 800, 1e-4, () -> 1e-7)).containsExactly(701L);
  }

  @Test
  void doesNotAskForTheGradientOfAHealthyStep() {
    DoubleSupplier costly =
        () -> {
          throw new AssertionError("asked");
        };
    assertThat(warnedSteps(1, 300, 0.5, costly)).isEmpty();
  }

  @Test
  void aStrongGradientOrAnErringDiscriminatorIsNoWin() {
    assertThat(warnedSteps(1, 300, 1e-4, () -> 1e-3)).isEmpty();
    assertThat(warnedSteps(301, 600, 1e-2, () -> 1e-7)).isEmpty();
  }

  @Test
  void warnsAtTheSecondNarrowGridInARow() {
    assertThat(watch.sampled(100, 0.01)).isEmpty(); // early
    assertThat(watch.sampled(200, 0.01)).isEmpty();
    assertThat(watch.sampled(300, 0.4)).isEmpty();
    assertThat(watch.sampled(400, 0.09)).isEmpty();
    assertThat(watch.sampled(500, 0.09))
        .hasValueSatisfying(text -> assertThat(text).contains("0.090", "0.500", "--seed"));
    assertThat(watch.sampled(600, 0.09)).isEmpty(); // said
  }

  @Test
  void spreadIsTheMeanOverPixelsOfTheDeviationOverImages() {
    // Pixel 0: 1 and -1, deviation 1; pixel 1: 0.5 twice, deviation 0.
    assertThat(GanWatch.spread(new float[] {1, 0.5f, -1, 0.5f}, 2)).isCloseTo(0.5, within(1e-12));
  }
}

package dev.figment.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.FigmentException;
import dev.figment.optim.Schedule.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Learning rates by step against their closed forms. */
class ScheduleTest {
  private static final double EXACT = 1e-15;

  @ParameterizedTest
  @CsvSource({
    // kind, steps, warmup, done, factor
    "CONSTANT, 0, 0, 0, 1",
    "CONSTANT, 0, 0, 1000000, 1",
    "CONSTANT, 0, 4, 0, 0.25",
    "CONSTANT, 0, 4, 3, 1",
    "CONSTANT, 0, 4, 4, 1",
    "LINEAR, 10, 0, 0, 1",
    "LINEAR, 10, 0, 9, 0.1",
    "LINEAR, 10, 0, 10, 0",
    "LINEAR, 10, 0, 11, 0",
    "LINEAR, 12, 2, 0, 0.5",
    "LINEAR, 12, 2, 1, 1",
    "LINEAR, 12, 2, 2, 1",
    "LINEAR, 12, 2, 7, 0.5",
    "COSINE, 12, 0, 0, 1",
    "COSINE, 12, 0, 4, 0.75", // (1 + cos 60 degrees) / 2
    "COSINE, 12, 0, 6, 0.5",
    "COSINE, 12, 0, 8, 0.25",
    "COSINE, 12, 0, 13, 0",
    "COSINE, 15, 3, 7, 0.75",
    "STEP, 5, 0, 0, 1",
    "STEP, 5, 0, 4, 1",
    "STEP, 5, 0, 5, 0.1",
    "STEP, 5, 0, 10, 0.01",
    "STEP, 5, 2, 6, 1",
    "STEP, 5, 2, 7, 0.1",
  })
  void factorsAreTheClosedForms(Kind kind, long steps, long warmup, long done, double factor) {
    assertThat(new Schedule(kind, steps, warmup).factor(done)).isCloseTo(factor, within(EXACT));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void neverRisesAfterWarmUpAndStaysWithinZeroAndOne(Kind kind) {
    Schedule schedule = new Schedule(kind, 50, 7);
    for (long done = 7; done < 200; done++) {
      assertThat(schedule.factor(done)).isBetween(0.0, schedule.factor(done - 1));
      assertThat(schedule.factor(done)).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void onlyConstantWithoutWarmUpIsConstant() {
    assertThat(Schedule.CONSTANT.isConstant()).isTrue();
    assertThat(new Schedule(Kind.CONSTANT, 0, 1).isConstant()).isFalse();
    assertThat(new Schedule(Kind.STEP, 1, 0).isConstant()).isFalse();
    assertThat(new Schedule(Kind.COSINE, 1000, 50)).hasToString("cosine 1000, warm-up 50");
  }

  @ParameterizedTest
  @CsvSource({"LINEAR, 0, 0", "STEP, 0, 0", "CONSTANT, 0, -1", "COSINE, 5, 5", "LINEAR, 5, 6"})
  void refusesWhatHasNoForm(Kind kind, long steps, long warmup) {
    assertThatThrownBy(() -> new Schedule(kind, steps, warmup))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("schedule of %d steps with %d of warm-up", steps, warmup);
  }
}

package dev.figment.contract;

import dev.figment.device.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The logarithm of the mean exponential down columns. */
class LogMeanExpContract extends ContractTest {
  @ParameterizedTest
  @CsvSource({
    "1, 1", "1, 33", "2, 1", "5, 3", "7, 32", "8, 64", "50, 128", "63, 31", "64, 70", "65, 33",
    "131, 5", "1000, 2", "5000, 1"
  })
  void valueAndWeights(int count, int columns) {
    check(count, columns, new Values(count).uniform((long) count * columns, -12, 12));
  }

  /** Log weights of images are hundreds, and one may be all that counts. */
  @Test
  void farFromZeroAndFarApart() {
    double[] x = new double[12 * 9];
    double[] extremes = {-700, -696.5, 80, -80, 0, 1e-40f, 104, 3e38f, -3e38f};
    Arrays.setAll(x, i -> extremes[(i * 7 + i / 9) % 9]);
    check(12, 9, x);
    Arrays.setAll(x, i -> -512 + i % 5 * 0.25);
    check(12, 9, x);
  }

  /** A column with a NaN shows it, whichever element it is; the others do not. */
  @Test
  void notNumbers() {
    for (int place : new int[] {0, 2, 3 * 70 + 1, 69 * 3 + 2}) {
      double[] x = new Values(place).signed(80 * 3);
      x[place] = Double.NaN;
      check(80, 3, x);
    }
  }

  private void check(int count, int columns, double[] x) {
    device
        .call("logMeanExp")
        .tolerance(Tolerance.loosened(2e-5, 4e-6, "a float32 sum of exponentials"))
        .output("value", Shape.of(columns))
        .tolerance(Tolerance.loosened(1e-6, 2e-5, "exponentials of float32 differences"))
        .output("weights", Shape.of(count, columns))
        .input("x", Shape.of(count, columns), x)
        .check((k, t) -> k.logMeanExp(t.get("value"), t.get("weights"), t.get("x")));
  }
}

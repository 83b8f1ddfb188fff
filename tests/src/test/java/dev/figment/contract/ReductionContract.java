package dev.figment.contract;

import dev.figment.device.GradientMode;
import dev.figment.device.Shape;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Sums. */
class ReductionContract extends ContractTest {
  private static final Shape ONE = Shape.of(1);

  @ParameterizedTest
  @MethodSource("counts")
  void sum(int count) {
    device
        .call("sum")
        .tolerance(Tolerance.sum(count, 1))
        .output("result", ONE)
        .input("x", Shape.of(count), new Values(count).signed(count))
        .check((k, t) -> k.sum(t.get("result"), t.get("x")));
  }

  @ParameterizedTest
  @MethodSource("counts")
  void sumOfSquares(int count) {
    device
        .call("sumOfSquares")
        .tolerance(Tolerance.loosened(1e-30, 1e-6 * Math.sqrt(10), "a sum of positive terms"))
        .output("result", ONE)
        .input("x", Shape.of(count), new Values(count).signed(count))
        .check((k, t) -> k.sumOfSquares(t.get("result"), t.get("x")));
  }

  /** A million equal terms: one running float32 sum would be off by a thousandth. */
  @Test
  void longSumsKeepTheirDigits() {
    int count = 1 << 20;
    double[] x = new double[count];
    Arrays.fill(x, (float) 0.1);
    device
        .call("sum of a million terms")
        .tolerance(Tolerance.loosened(0, 1e-5, "partial sums; one running sum is off by 1e-3"))
        .output("result", ONE)
        .input("x", Shape.of(count), x)
        .check((k, t) -> k.sum(t.get("result"), t.get("x")));
  }

  @Test
  void notANumberReachesTheSum() {
    double[] x = new Values(3).signed(1001);
    x[500] = Double.NaN;
    device
        .call("sum with a NaN")
        .output("result", ONE)
        .input("x", Shape.of(1001), x)
        .check((k, t) -> k.sum(t.get("result"), t.get("x")));
    device
        .call("sumOfSquares with a NaN")
        .output("result", ONE)
        .input("x", Shape.of(1001), x)
        .check((k, t) -> k.sumOfSquares(t.get("result"), t.get("x")));
    x[500] = Double.POSITIVE_INFINITY;
    device
        .call("sum with an infinity")
        .output("result", ONE)
        .input("x", Shape.of(1001), x)
        .check((k, t) -> k.sum(t.get("result"), t.get("x")));
  }

  static Stream<Arguments> matrices() {
    int[] rows = {1, 2, 17, 255, 1000};
    int[] columns = {1, 3, 16, 33, 64, 257};
    return Arrays.stream(rows)
        .boxed()
        .flatMap(r -> Arrays.stream(columns).mapToObj(c -> Arguments.of(r, c)));
  }

  @ParameterizedTest
  @MethodSource("matrices")
  void columnSum(int rows, int columns) {
    Values values = new Values(rows);
    double[] x = values.signed((long) rows * columns);
    for (GradientMode mode : new GradientMode[] {GradientMode.OVERWRITE, GradientMode.ACCUMULATE}) {
      device
          .call("columnSum " + mode)
          .tolerance(Tolerance.sum(rows + 1, 1))
          .gradient("result", Shape.of(columns), mode, values)
          .input("x", Shape.of(rows, columns), x)
          .check((k, t) -> k.columnSum(t.get("result"), t.get("x"), mode));
    }
  }
}

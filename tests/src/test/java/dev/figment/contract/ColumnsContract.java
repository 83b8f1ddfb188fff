package dev.figment.contract;

import dev.figment.device.GradientMode;
import dev.figment.device.Shape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Columns of one tensor to columns of another: concatenation and splitting. */
class ColumnsContract extends ContractTest {
  // rows, columns of y, first, columns of x, first, columns
  private static final String SIZES =
      """
      1, 1, 0, 1, 0, 1
      5, 3, 1, 2, 0, 2
      33, 7, 0, 9, 4, 5
      70, 24, 8, 16, 4, 12
      70, 24, 8, 16, 4, 10
      70, 24, 9, 16, 4, 12
      70, 23, 8, 16, 4, 12
      70, 24, 8, 17, 4, 12
      4099, 4, 3, 1, 0, 1
      4099, 4, 0, 3, 0, 3
      2, 9000, 4096, 4904, 0, 4904
      1, 70001, 70000, 3, 2, 1
      257, 132, 0, 132, 0, 132
      """;

  @ParameterizedTest
  @CsvSource(textBlock = SIZES)
  void copyColumns(int rows, int yColumns, int yFrom, int xColumns, int xFrom, int columns) {
    Values values = new Values(rows);
    Shape y = Shape.of(rows, yColumns);
    double[] before = values.signed(y.count()); // of which all other columns stay
    double[] x = values.signed((long) rows * xColumns);
    for (GradientMode mode : new GradientMode[] {GradientMode.OVERWRITE, GradientMode.ACCUMULATE}) {
      device
          .call("copyColumns " + mode)
          .tolerance(Tolerance.EXACT)
          .updated("y", y, before.clone())
          .input("x", Shape.of(rows, xColumns), x)
          .check((k, t) -> k.copyColumns(t.get("y"), yFrom, t.get("x"), xFrom, columns, mode));
    }
  }

  /** Only the last axis counts; all others are rows. */
  @ParameterizedTest
  @CsvSource({"3, 1", "4, 4", "128, 128"})
  void channelsOfImages(int left, int right) {
    Shape y = Shape.of(2, 3, 5, left + right);
    Values values = new Values(left);
    Shape a = Shape.of(2, 3, 5, left);
    Shape b = Shape.of(2, 3, 5, right);
    device
        .call("copyColumns of two parts")
        .tolerance(Tolerance.SAME_BITS)
        .output("y", y)
        .input("a", a, values.signed(a.count()))
        .input("b", b, values.signed(b.count()))
        .check(
            (k, t) -> {
              k.copyColumns(t.get("y"), 0, t.get("a"), 0, left, GradientMode.OVERWRITE);
              k.copyColumns(t.get("y"), left, t.get("b"), 0, right, GradientMode.OVERWRITE);
            });
  }
}

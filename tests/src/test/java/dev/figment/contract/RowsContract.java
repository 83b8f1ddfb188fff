package dev.figment.contract;

import dev.figment.device.Shape;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows with numbers of their own, and the element-wise operations that go with them. */
class RowsContract extends ContractTest {
  private static final Shape ONE = Shape.of(1);

  static Stream<Shape> shapes() {
    return Stream.of(
        Shape.of(1),
        Shape.of(7),
        Shape.of(1, 1),
        Shape.of(5, 3),
        Shape.of(33, 8),
        Shape.of(1, 4099),
        Shape.of(3, 4096),
        Shape.of(6, 5, 7, 3),
        Shape.of(2, 70001));
  }

  private static Shape rows(Shape x) {
    return Shape.of(x.size(0));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void rowSumOfSquares(Shape shape) {
    device
        .call("rowSumOfSquares")
        .tolerance(Tolerance.loosened(1e-30, 2e-6, "a sum of positive terms"))
        .output("result", rows(shape))
        .input("x", shape, new Values(shape.count()).signed(shape.count()))
        .check((k, t) -> k.rowSumOfSquares(t.get("result"), t.get("x")));
  }

  @Test
  void notANumberSpoilsItsRowOnly() {
    double[] x = new Values(4).signed(3 * 300);
    x[400] = Double.NaN;
    device
        .call("rowSumOfSquares with a NaN")
        .tolerance(Tolerance.loosened(1e-30, 2e-6, "a sum of positive terms"))
        .output("result", Shape.of(3))
        .input("x", Shape.of(3, 300), x)
        .check((k, t) -> k.rowSumOfSquares(t.get("result"), t.get("x")));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void scaleRows(Shape shape) {
    Values values = new Values(shape.count());
    double[] x = values.signed(shape.count());
    double[] factor = values.uniform(shape.size(0), -3, 3);
    device
        .call("scaleRows")
        .tolerance(Tolerance.EXACT)
        .output("y", shape)
        .input("x", shape, x)
        .input("factor", rows(shape), factor)
        .check((k, t) -> k.scaleRows(t.get("y"), t.get("x"), t.get("factor")));
    device
        .call("scaleRows in place")
        .tolerance(Tolerance.EXACT)
        .updated("y", shape, x)
        .input("factor", rows(shape), factor)
        .check((k, t) -> k.scaleRows(t.get("y"), t.get("y"), t.get("factor")));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void lerpRows(Shape shape) {
    Values values = new Values(shape.count());
    double[] a = values.signed(shape.count());
    double[] b = values.signed(shape.count());
    double[] weight = values.uniform(shape.size(0), 0, 1);
    device
        .call("lerpRows")
        .output("y", shape)
        .input("a", shape, a)
        .input("b", shape, b)
        .input("weight", rows(shape), weight)
        .check((k, t) -> k.lerpRows(t.get("y"), t.get("a"), t.get("b"), t.get("weight")));
    device
        .call("lerpRows over b")
        .input("a", shape, a)
        .updated("y", shape, b)
        .input("weight", rows(shape), weight)
        .check((k, t) -> k.lerpRows(t.get("y"), t.get("a"), t.get("y"), t.get("weight")));
  }

  @ParameterizedTest
  @MethodSource("counts")
  void scaleBy(int count) {
    Shape shape = Shape.of(count);
    device
        .call("scaleBy")
        .tolerance(Tolerance.EXACT)
        .output("y", shape)
        .input("x", shape, new Values(count).signed(count))
        .input("factor", ONE, new double[] {-1.75})
        .check((k, t) -> k.scaleBy(t.get("y"), t.get("x"), t.get("factor")));
  }

  @ParameterizedTest
  @MethodSource("counts")
  void clamp(int count) {
    double[] x = new Values(count).signed(count);
    x[count / 2] = Double.NaN;
    if (count > 2) {
      x[0] = Double.NEGATIVE_INFINITY;
      x[count - 1] = Double.POSITIVE_INFINITY;
    }
    Shape shape = Shape.of(count);
    double low = (float) -0.3;
    double high = (float) 0.01;
    device
        .call("clamp")
        .tolerance(Tolerance.SAME_BITS)
        .output("y", shape)
        .input("x", shape, Arrays.copyOf(x, count))
        .check((k, t) -> k.clamp(t.get("y"), t.get("x"), low, high));
    device
        .call("clamp in place")
        .tolerance(Tolerance.SAME_BITS)
        .updated("y", shape, x)
        .check((k, t) -> k.clamp(t.get("y"), t.get("y"), low, high));
  }
}

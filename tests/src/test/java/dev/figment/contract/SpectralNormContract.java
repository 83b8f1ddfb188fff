package dev.figment.contract;

import dev.figment.device.Shape;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Spectral normalisation: the step of the power iteration, and the gradient. */
class SpectralNormContract extends ContractTest {
  private static final Shape ONE = Shape.of(1);

  static Stream<Shape> shapes() {
    return Stream.of(
        Shape.of(1, 1),
        Shape.of(1, 7),
        Shape.of(5, 1),
        Shape.of(1, 4100),
        Shape.of(33, 36),
        Shape.of(64, 5, 5, 1),
        Shape.of(19, 3, 5, 31),
        Shape.of(3, 4099),
        Shape.of(270, 33));
  }

  /** Sums of numbers of both signs, of a length that the vectors' own is small beside. */
  private static Tolerance summed() {
    return Tolerance.loosened(1e-6, 5e-6, "sums of some hundred products of both signs");
  }

  private static int rows(Shape w) {
    return w.size(0);
  }

  private static int columns(Shape w) {
    return (int) (w.count() / w.size(0));
  }

  private static double[] unit(Values values, int count) {
    double[] x = values.signed(count);
    double norm = Math.sqrt(Arrays.stream(x).map(each -> each * each).sum());
    return Arrays.stream(x).map(each -> (float) (each / norm)).toArray();
  }

  private void spectralNorm(String what, Shape shape, double[] w, double[] u) {
    device
        .call("spectralNorm" + what)
        .tolerance(summed())
        .output("inverse", ONE)
        .updated("u", Shape.of(rows(shape)), u)
        .output("v", Shape.of(columns(shape)))
        .input("w", shape, w)
        .check((k, t) -> k.spectralNorm(t.get("inverse"), t.get("u"), t.get("v"), t.get("w")));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void aStep(Shape shape) {
    Values values = new Values(shape.count());
    spectralNorm("", shape, values.signed((int) shape.count()), unit(values, rows(shape)));
  }

  /** From any length of u, and of weights of any size. */
  @Test
  void lengthsDoNotMatter() {
    Shape shape = Shape.of(9, 50);
    Values values = new Values(2);
    double[] w = values.signed(450);
    double[] u = values.signed(9);
    spectralNorm(" of large numbers", shape, scaled(w, 0x1p20), scaled(u, 0x1p10));
    device
        .call("spectralNorm of small numbers")
        .tolerance(Tolerance.loosened(10, 5e-6, "an inverse of some millions"))
        .output("inverse", ONE)
        .tolerance(summed())
        .updated("u", Shape.of(9), u)
        .output("v", Shape.of(50))
        .input("w", shape, scaled(w, 0x1p-24))
        .check((k, t) -> k.spectralNorm(t.get("inverse"), t.get("u"), t.get("v"), t.get("w")));
  }

  private static double[] scaled(double[] x, double by) {
    return Arrays.stream(x).map(each -> by * each).toArray();
  }

  @Test
  void weightsOfZeroAreLeftAlone() {
    Shape shape = Shape.of(7, 3, 11);
    spectralNorm(" of zeros", shape, new double[231], unit(new Values(1), 7));
    double[] onlyFirstRow = new double[231];
    Arrays.fill(onlyFirstRow, 0, 33, 0.5);
    double[] second = new double[7];
    second[1] = 1;
    spectralNorm(" of what u does not see", shape, onlyFirstRow, second);
  }

  @Test
  void notANumberReachesAll() {
    Shape shape = Shape.of(5, 40);
    Values values = new Values(3);
    double[] w = values.signed(200);
    w[77] = Double.NaN;
    device
        .call("spectralNorm with a NaN")
        .output("inverse", ONE)
        .updated("u", Shape.of(5), unit(values, 5))
        .output("v", Shape.of(40))
        .input("w", shape, w)
        .check((k, t) -> k.spectralNorm(t.get("inverse"), t.get("u"), t.get("v"), t.get("w")));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void backward(Shape shape) {
    Values values = new Values(shape.count());
    int count = (int) shape.count();
    device
        .call("spectralNormBackward")
        .tolerance(summed())
        .updated("dw", shape, values.signed(count))
        .input("w", shape, values.signed(count))
        .input("u", Shape.of(rows(shape)), unit(values, rows(shape)))
        .input("v", Shape.of(columns(shape)), unit(values, columns(shape)))
        .input("inverse", ONE, new double[] {0.75})
        .check(
            (k, t) ->
                k.spectralNormBackward(
                    t.get("dw"), t.get("w"), t.get("u"), t.get("v"), t.get("inverse")));
  }
}

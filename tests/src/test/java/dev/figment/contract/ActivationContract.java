package dev.figment.contract;

import dev.figment.device.Activation;
import dev.figment.device.Shape;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Activations, forward and backward. */
class ActivationContract extends ContractTest {
  /** Every activation at every count. */
  static Stream<Arguments> cases() {
    return activations().stream()
        .flatMap(a -> Arrays.stream(counts()).mapToObj(n -> Arguments.of(a, n)));
  }

  /** Zeros, denormals, values where exponentials overflow or vanish, infinities and a NaN. */
  private static final double[] EXTREMES = {
    0.0,
    -0.0,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    1e-40f,
    -1e-40f,
    Float.MIN_NORMAL,
    1e-8f,
    -1e-8f,
    1,
    -1,
    9,
    -9,
    20,
    -20,
    80,
    -80,
    104,
    -104,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    Double.NaN,
  };

  @ParameterizedTest
  @MethodSource("cases")
  void forward(Activation activation, int count) {
    Shape shape = Shape.of(count);
    device
        .call("activationForward " + activation.kind())
        .output("y", shape)
        .input("x", shape, new Values(count).uniform(count, -6, 6))
        .check((k, t) -> k.activationForward(t.get("y"), t.get("x"), activation));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void forwardInPlace(Activation activation, int count) {
    Shape shape = Shape.of(count);
    device
        .call("activationForward in place " + activation.kind())
        .updated("y", shape, new Values(count).uniform(count, -6, 6))
        .check((k, t) -> k.activationForward(t.get("y"), t.get("y"), activation));
  }

  @ParameterizedTest
  @MethodSource("activations")
  void forwardOfExtremes(Activation activation) {
    // Once alone, so that they meet the scalar tail, and once wide enough for vectors.
    for (int repeat : new int[] {1, 7}) {
      double[] x = new double[EXTREMES.length * repeat];
      Arrays.setAll(x, i -> EXTREMES[i % EXTREMES.length]);
      Shape shape = Shape.of(x.length);
      device
          .call("activationForward of extremes " + activation.kind())
          .tolerance(
              Tolerance.loosened(
                  Float.MIN_NORMAL, 0x1p-20, "denormal results may be flushed; a few operations"))
          .output("y", shape)
          .input("x", shape, x)
          .check((k, t) -> k.activationForward(t.get("y"), t.get("x"), activation));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void backward(Activation activation, int count) {
    Shape shape = Shape.of(count);
    device
        .call("activationBackward " + activation.kind())
        .output("dx", shape)
        .input("dy", shape, new Values(count).signed(count))
        .input("y", shape, outputs(activation, count))
        .check((k, t) -> k.activationBackward(t.get("dx"), t.get("dy"), t.get("y"), activation));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void backwardInPlace(Activation activation, int count) {
    Shape shape = Shape.of(count);
    device
        .call("activationBackward in place " + activation.kind())
        .updated("dx", shape, new Values(count).signed(count))
        .input("y", shape, outputs(activation, count))
        .check((k, t) -> k.activationBackward(t.get("dx"), t.get("dx"), t.get("y"), activation));
  }

  /** Values such an activation may have had, exact zeros among them. */
  private static double[] outputs(Activation activation, int count) {
    Values values = new Values(count + 1);
    double[] y =
        activation.kind() == Activation.Kind.SIGMOID
            ? values.uniform(count, 0, 1)
            : values.signed(count);
    for (int i = 0; i < count; i += 5) {
      y[i] = 0;
    }
    return y;
  }
}

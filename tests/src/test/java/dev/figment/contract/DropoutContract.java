package dev.figment.contract;

import dev.figment.device.Activation;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Dropout after an activation, forward and backward. */
class DropoutContract extends ContractTest {
  private static final int COUNTER = 77;
  private static final long SEED = 0xFEDCBA9876543210L;

  /** Every activation and probability meet over the counts. */
  static Stream<Arguments> cases() {
    double[] probabilities = {0.25, 0, 0.5, 0.1, 0.999};
    int[] counts = counts();
    return activations().stream()
        .flatMap(
            activation ->
                IntStream.range(0, counts.length)
                    .mapToObj(
                        i ->
                            Arguments.of(
                                activation,
                                probabilities[(i + activation.kind().ordinal()) % 5],
                                counts[i])));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void forward(Activation activation, double p, int count) {
    Shape shape = Shape.of(count);
    double[] x = new Values(count).uniform(count, -4, 4);
    device
        .call("dropoutForward p=%s %s".formatted(p, activation.kind()))
        .tolerance(tolerance(p))
        .output("y", shape)
        .input("x", shape, x)
        .counter("counter", COUNTER)
        .check(
            (k, t) ->
                k.dropoutForward(
                    t.get("y"),
                    t.get("x"),
                    activation,
                    p,
                    new RandomStream(SEED, t.get("counter"), RandomStream.dropout(1))));
    device
        .call("dropoutForward in place p=%s %s".formatted(p, activation.kind()))
        .tolerance(tolerance(p))
        .updated("y", shape, x)
        .counter("counter", COUNTER)
        .check(
            (k, t) ->
                k.dropoutForward(
                    t.get("y"),
                    t.get("y"),
                    activation,
                    p,
                    new RandomStream(SEED, t.get("counter"), RandomStream.dropout(1))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void backward(Activation activation, double p, int count) {
    Shape shape = Shape.of(count);
    Values values = new Values(count);
    double[] dy = values.signed(count);
    // Forward's outputs are an activation's, over (1 - p).
    double low = activation.kind() == Activation.Kind.SIGMOID ? 0 : -1 / (1 - p);
    double[] y = values.uniform(count, low, 1 / (1 - p));
    device
        .call("dropoutBackward p=%s %s".formatted(p, activation.kind()))
        .tolerance(tolerance(p))
        .output("dx", shape)
        .input("dy", shape, dy)
        .input("y", shape, y)
        .counter("counter", COUNTER)
        .check(
            (k, t) ->
                k.dropoutBackward(
                    t.get("dx"),
                    t.get("dy"),
                    t.get("y"),
                    activation,
                    p,
                    new RandomStream(SEED, t.get("counter"), RandomStream.dropout(1))));
    device
        .call("dropoutBackward in place p=%s %s".formatted(p, activation.kind()))
        .tolerance(tolerance(p))
        .updated("dx", shape, dy)
        .input("y", shape, y)
        .counter("counter", COUNTER)
        .check(
            (k, t) ->
                k.dropoutBackward(
                    t.get("dx"),
                    t.get("dx"),
                    t.get("y"),
                    activation,
                    p,
                    new RandomStream(SEED, t.get("counter"), RandomStream.dropout(1))));
  }

  private static Tolerance tolerance(double p) {
    return Tolerance.loosened(
        1e-6 / (1 - p), 1e-6, "a formula's rounding, magnified by 1 / (1 - p)");
  }
}

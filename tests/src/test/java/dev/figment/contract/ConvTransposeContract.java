package dev.figment.contract;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.Shape;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Transposed convolution, forward and both backward passes. */
class ConvTransposeContract extends ContractTest {
  static Stream<ConvCase> cases() {
    return ConvCases.selected();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void forward(ConvCase c) {
    ConvGeometry g = c.geometry();
    Values values = new Values(4);
    Call call =
        device
            .call("convTransposeForward")
            .tolerance(Tolerance.products(ConvTerms.backwardTerms(g)))
            .output("y", g.large(c.batch()))
            .input("x", g.small(c.batch()), values.signed(g.small(c.batch()).count()))
            .input("w", g.weights(), values.signed(g.weights().count()));
    if (c.bias()) {
      call.input("bias", Shape.of(g.channels()), values.signed(g.channels()));
    }
    call.check(
        (k, t) ->
            k.convTransposeForward(
                t.get("y"), t.get("x"), t.get("w"), t.get("bias"), c.activation(), g));
  }

  /** Training stops at a NaN; no layer may hide one. Each channel meets another path's kernel. */
  @ParameterizedTest
  @MethodSource("activations")
  void notANumberPassesThrough(Activation activation) {
    for (int channels : new int[] {1, 3, 16}) {
      ConvGeometry g = ConvGeometry.same(8, 8, channels, 16, 5, 2);
      Values values = new Values(7);
      double[] x = values.signed(g.small(2).count());
      x[x.length / 3] = Double.NaN;
      device
          .call("convTransposeForward with a NaN " + activation.kind())
          .tolerance(Tolerance.products(25 * 16 + 1))
          .output("y", g.large(2))
          .input("x", g.small(2), x)
          .input("w", g.weights(), values.signed(g.weights().count()))
          .check(
              (k, t) ->
                  k.convTransposeForward(t.get("y"), t.get("x"), t.get("w"), null, activation, g));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void backwardData(ConvCase c) {
    ConvGeometry g = c.geometry();
    Values values = new Values(5);
    device
        .call("convTransposeBackwardData")
        .tolerance(Tolerance.products(ConvTerms.forwardTerms(g)))
        .output("dx", g.small(c.batch()))
        .input("dy", g.large(c.batch()), values.signed(g.large(c.batch()).count()))
        .input("w", g.weights(), values.signed(g.weights().count()))
        .check((k, t) -> k.convTransposeBackwardData(t.get("dx"), t.get("dy"), t.get("w"), g));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void backwardWeights(ConvCase c) {
    ConvGeometry g = c.geometry();
    Values values = new Values(6);
    Call call =
        device
            .call("convTransposeBackwardWeights")
            .tolerance(Tolerance.products(ConvTerms.weightTerms(g, c.batch())));
    call.gradient("dw", g.weights(), c.mode(), values);
    if (c.bias()) {
      call.tolerance(Tolerance.sum((long) c.batch() * g.height() * g.width(), 1));
      call.gradient("dbias", Shape.of(g.channels()), c.mode(), values);
    }
    call.input("dy", g.large(c.batch()), values.signed(g.large(c.batch()).count()))
        .input("x", g.small(c.batch()), values.signed(g.small(c.batch()).count()))
        .check(
            (k, t) ->
                k.convTransposeBackwardWeights(
                    t.get("dw"), t.get("dbias"), t.get("dy"), t.get("x"), g, c.mode()));
  }
}

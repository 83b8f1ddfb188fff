package dev.figment.contract;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.Shape;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Convolution, forward and both backward passes. */
class ConvContract extends ContractTest {
  static Stream<ConvCase> cases() {
    return ConvCases.selected();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void forward(ConvCase c) {
    ConvGeometry g = c.geometry();
    Values values = new Values(1);
    Call call =
        device
            .call("convForward")
            .tolerance(Tolerance.products(ConvTerms.forwardTerms(g)))
            .output("y", g.small(c.batch()))
            .input("x", g.large(c.batch()), values.signed(g.large(c.batch()).count()))
            .input("w", g.weights(), values.signed(g.weights().count()));
    if (c.bias()) {
      call.input("bias", Shape.of(g.smallChannels()), values.signed(g.smallChannels()));
    }
    call.check(
        (k, t) ->
            k.convForward(t.get("y"), t.get("x"), t.get("w"), t.get("bias"), c.activation(), g));
  }

  /** Training stops at a NaN; no layer may hide one. Each channel meets another path's kernel. */
  @ParameterizedTest
  @MethodSource("activations")
  void notANumberPassesThrough(Activation activation) {
    for (int channels : new int[] {1, 3, 16}) {
      ConvGeometry g = ConvGeometry.same(8, 8, channels, 16, 5, 2);
      Values values = new Values(7);
      double[] x = values.signed(g.large(2).count());
      x[x.length / 3] = Double.NaN;
      device
          .call("convForward with a NaN " + activation.kind())
          .tolerance(Tolerance.products(25 * 16 + 1))
          .output("y", g.small(2))
          .input("x", g.large(2), x)
          .input("w", g.weights(), values.signed(g.weights().count()))
          .check((k, t) -> k.convForward(t.get("y"), t.get("x"), t.get("w"), null, activation, g));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void backwardData(ConvCase c) {
    ConvGeometry g = c.geometry();
    Values values = new Values(2);
    device
        .call("convBackwardData")
        .tolerance(Tolerance.products(ConvTerms.backwardTerms(g)))
        .output("dx", g.large(c.batch()))
        .input("dy", g.small(c.batch()), values.signed(g.small(c.batch()).count()))
        .input("w", g.weights(), values.signed(g.weights().count()))
        .check((k, t) -> k.convBackwardData(t.get("dx"), t.get("dy"), t.get("w"), g));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void backwardWeights(ConvCase c) {
    ConvGeometry g = c.geometry();
    Values values = new Values(3);
    Call call =
        device
            .call("convBackwardWeights")
            .tolerance(Tolerance.products(ConvTerms.weightTerms(g, c.batch())));
    call.gradient("dw", g.weights(), c.mode(), values);
    if (c.bias()) {
      call.gradient("dbias", Shape.of(g.smallChannels()), c.mode(), values);
    }
    call.input("dy", g.small(c.batch()), values.signed(g.small(c.batch()).count()))
        .input("x", g.large(c.batch()), values.signed(g.large(c.batch()).count()))
        .check(
            (k, t) ->
                k.convBackwardWeights(
                    t.get("dw"), t.get("dbias"), t.get("dy"), t.get("x"), g, c.mode()));
  }
}

package dev.figment.contract;

import dev.figment.device.Activation;
import dev.figment.device.GradientMode;
import dev.figment.device.Shape;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Dense layers, forward and both backward passes. */
class DenseContract extends ContractTest {
  /** One layer: batch x in -> batch x out. */
  record Case(int batch, int in, int out, Activation activation, boolean bias, GradientMode mode) {
    Shape x() {
      return Shape.of(batch, in);
    }

    Shape w() {
      return Shape.of(out, in);
    }

    Shape y() {
      return Shape.of(batch, out);
    }
  }

  /** Odd sizes in every place; the rest goes round so that all of it meets. */
  static Stream<Case> cases() {
    int[] sizes = {1, 3, 17, 64, 100, 257};
    int[] batches = full() ? sizes : new int[] {1, 3, 17};
    Stream.Builder<Case> cases = Stream.builder();
    List<Activation> activations = activations();
    int next = 0;
    for (int batch : batches) {
      for (int in : sizes) {
        for (int out : sizes) {
          cases.add(
              new Case(
                  batch,
                  in,
                  out,
                  activations.get(next % 5),
                  next / 2 % 2 == 0,
                  next % 3 == 0 ? GradientMode.ACCUMULATE : GradientMode.OVERWRITE));
          next++;
        }
      }
    }
    int part = divisor(8);
    cases.add(new Case(128, 100, 257, Activation.TANH, true, GradientMode.OVERWRITE));
    int wide = 12544 / part;
    cases.add(
        new Case(2, full() ? 1024 : 100, wide, Activation.TANH, true, GradientMode.OVERWRITE));
    cases.add(new Case(2, 6272, 1, Activation.IDENTITY, true, GradientMode.OVERWRITE));
    // As many rows as the steps of a recurrent layer; not whole blocks, panels or tiles.
    cases.add(new Case(1100 / part, 33, 101, Activation.IDENTITY, true, GradientMode.ACCUMULATE));
    cases.add(new Case(1024 / part, 8, 64, Activation.IDENTITY, false, GradientMode.OVERWRITE));
    // The same of few inputs.
    cases.add(new Case(1030 / part, 5, 131, Activation.TANH, true, GradientMode.ACCUMULATE));
    cases.add(new Case(1024 / part, 24, 128, Activation.IDENTITY, false, GradientMode.OVERWRITE));
    cases.add(new Case(1055 / part, 9, 300, Activation.IDENTITY, true, GradientMode.OVERWRITE));
    return cases.build();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void forward(Case c) {
    Values values = new Values(10);
    Call call =
        device
            .call("denseForward " + c.activation().kind())
            .tolerance(Tolerance.products(c.in() + 1))
            .output("y", c.y())
            .input("x", c.x(), values.signed(c.x().count()))
            .input("w", c.w(), values.signed(c.w().count()));
    if (c.bias()) {
      call.input("bias", Shape.of(c.out()), values.signed(c.out()));
    }
    call.check(
        (k, t) ->
            k.denseForward(t.get("y"), t.get("x"), t.get("w"), t.get("bias"), c.activation()));
  }

  /** Training stops at a NaN; no layer may hide one. */
  @ParameterizedTest
  @MethodSource("activations")
  void notANumberPassesThrough(Activation activation) {
    Case c = new Case(3, 17, 33, activation, true, GradientMode.OVERWRITE);
    Values values = new Values(13);
    double[] x = values.signed(c.x().count());
    x[20] = Double.NaN;
    device
        .call("denseForward with a NaN " + activation.kind())
        .tolerance(Tolerance.products(c.in() + 1))
        .output("y", c.y())
        .input("x", c.x(), x)
        .input("w", c.w(), values.signed(c.w().count()))
        .input("bias", Shape.of(c.out()), values.signed(c.out()))
        .check(
            (k, t) ->
                k.denseForward(t.get("y"), t.get("x"), t.get("w"), t.get("bias"), activation));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void backwardData(Case c) {
    Values values = new Values(11);
    device
        .call("denseBackwardData")
        .tolerance(Tolerance.products(c.out()))
        .output("dx", c.x())
        .input("dy", c.y(), values.signed(c.y().count()))
        .input("w", c.w(), values.signed(c.w().count()))
        .check((k, t) -> k.denseBackwardData(t.get("dx"), t.get("dy"), t.get("w")));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void backwardWeights(Case c) {
    Values values = new Values(12);
    Call call =
        device
            .call("denseBackwardWeights " + c.mode())
            .tolerance(Tolerance.products(c.batch() + 1))
            .gradient("dw", c.w(), c.mode(), values);
    if (c.bias()) {
      call.gradient("dbias", Shape.of(c.out()), c.mode(), values);
    }
    call.input("dy", c.y(), values.signed(c.y().count()))
        .input("x", c.x(), values.signed(c.x().count()))
        .check(
            (k, t) ->
                k.denseBackwardWeights(
                    t.get("dw"), t.get("dbias"), t.get("dy"), t.get("x"), c.mode()));
  }
}

package dev.figment.contract;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.Kernels;
import dev.figment.device.Nonlinearity;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Products that end with an activation and dropout, and those that go back through the ones before
 * them. Each geometry meets another kernel or path: vectors and single channels of either image,
 * parts of a depth, phases, and images of few channels.
 */
class EndingContract extends ContractTest {
  private static final long SEED = 0x1234_5678_9abcL;
  private static final int COUNTER = 3;
  private static final int BATCH = 3;

  /** A geometry and what ends it; {@code dropped} is dropout's probability. */
  record Case(ConvGeometry g, Activation activation, double dropped) {
    Nonlinearity with(Map<String, Tensor> t) {
      return new Nonlinearity(
          activation, dropped, new RandomStream(SEED, t.get("counter"), RandomStream.dropout(1)));
    }

    boolean isDense() {
      return g.height() * g.width() == 1;
    }

    Shape large() {
      return isDense() ? Shape.of(BATCH, g.channels()) : g.large(BATCH);
    }

    Shape small() {
      return isDense() ? Shape.of(BATCH, g.smallChannels()) : g.small(BATCH);
    }

    Shape weights() {
      return isDense() ? Shape.of(g.smallChannels(), g.channels()) : g.weights();
    }
  }

  static Stream<Case> cases() {
    List<ConvGeometry> geometries =
        List.of(
            ConvGeometry.same(7, 9, 8, 20, 5, 2),
            ConvGeometry.same(6, 5, 5, 7, 3, 2),
            ConvGeometry.same(6, 5, 6, 33, 3, 1),
            ConvGeometry.same(8, 8, 64, 48, 3, 1),
            ConvGeometry.same(12, 10, 1, 20, 5, 2),
            ConvGeometry.same(9, 11, 3, 7, 4, 2),
            ConvGeometry.of(1, 1, 36, 20, 1, 1, 0),
            ConvGeometry.of(1, 1, 33, 1, 1, 1, 0));
    return geometries.stream()
        .flatMap(
            g ->
                activations().stream()
                    .flatMap(
                        activation -> Stream.of(0.0, 0.3).map(p -> new Case(g, activation, p))))
        .filter(
            c ->
                full()
                    || (c.g().channels() + c.activation().kind().ordinal()) % 2 == 0
                    || c.activation().kind() == Activation.Kind.LEAKY_RELU);
  }

  /** Those that are not of dense layers, which have no transposed form. */
  static Stream<Case> images() {
    return cases().filter(c -> !c.isDense());
  }

  /** y = end(product + bias). */
  @ParameterizedTest
  @MethodSource("cases")
  void forward(Case c) {
    call("product to small", c, c.small(), c.large(), c.g().smallChannels(), true)
        .check(
            (k, t) -> {
              if (c.isDense()) {
                k.denseForward(t.get("y"), t.get("x"), t.get("w"), t.get("bias"), c.with(t));
              } else {
                k.convForward(t.get("y"), t.get("x"), t.get("w"), t.get("bias"), c.with(t), c.g());
              }
            });
  }

  @ParameterizedTest
  @MethodSource("images")
  void transposedForward(Case c) {
    call("product to large", c, c.large(), c.small(), c.g().channels(), true)
        .check(
            (k, t) ->
                k.convTransposeForward(
                    t.get("y"), t.get("x"), t.get("w"), t.get("bias"), c.with(t), c.g()));
  }

  /** dx is the gradient before what has made "made". */
  @ParameterizedTest
  @MethodSource("cases")
  void backward(Case c) {
    call("way back to large", c, c.large(), c.small(), 0, false).check((k, t) -> back(k, t, c));
  }

  private static void back(Kernels k, Map<String, Tensor> t, Case c) {
    Tensor dx = t.get("y");
    Tensor dy = t.get("x");
    if (c.isDense()) {
      k.denseBackwardData(dx, dy, t.get("w"), t.get("made"), c.with(t));
    } else {
      k.convBackwardData(dx, dy, t.get("w"), t.get("made"), c.with(t), c.g());
    }
  }

  @ParameterizedTest
  @MethodSource("images")
  void transposedBackward(Case c) {
    call("way back to small", c, c.small(), c.large(), 0, false)
        .check(
            (k, t) ->
                k.convTransposeBackwardData(
                    t.get("y"), t.get("x"), t.get("w"), t.get("made"), c.with(t), c.g()));
  }

  private Call call(String what, Case c, Shape out, Shape in, int bias, boolean forward) {
    Values values = new Values(41);
    long terms = Math.max(ConvTerms.forwardTerms(c.g()), ConvTerms.backwardTerms(c.g()));
    Tolerance products = Tolerance.products(terms);
    Call call =
        device
            .call("%s, %s, dropped %s".formatted(what, c.activation().kind(), c.dropped()))
            .tolerance(
                Tolerance.loosened(
                    2 * products.absolute(),
                    2 * products.relative(),
                    "products, scaled up by what dropout keeps"))
            .output("y", out)
            .input("x", in, values.signed(in.count()))
            .input("w", c.weights(), values.signed(c.weights().count()))
            .counter("counter", COUNTER);
    if (bias > 0) {
      call.input("bias", Shape.of(bias), values.signed(bias));
    }
    if (!forward) {
      call.input("made", out, values.uniform(out.count(), -1, 1));
    }
    return call;
  }
}

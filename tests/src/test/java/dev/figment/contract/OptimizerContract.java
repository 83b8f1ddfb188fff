package dev.figment.contract;

import dev.figment.device.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The optimizers besides Adam, moving averages and clipping, over a flat arena. */
class OptimizerContract extends ContractTest {
  private static final Shape ONE = Shape.of(1);
  private static final Tolerance UPDATE =
      Tolerance.loosened(2e-7, 1e-6, "a few float32 operations on numbers up to 1");

  @ParameterizedTest
  @MethodSource("counts")
  void plainSgd(int count) {
    Values values = new Values(count);
    Shape shape = Shape.of(count);
    for (double weightDecay : new double[] {0, 0.25}) {
      device
          .call("sgd with weight decay " + weightDecay)
          .tolerance(UPDATE)
          .updated("values", shape, values.signed(count))
          .input("gradients", shape, values.signed(count))
          .input("rate", ONE, new double[] {0.5})
          .check(
              (k, t) ->
                  k.sgd(
                      t.get("values"),
                      null,
                      t.get("gradients"),
                      t.get("rate"),
                      0,
                      false,
                      weightDecay));
    }
  }

  @ParameterizedTest
  @MethodSource("counts")
  void sgdWithMomentum(int count) {
    Values values = new Values(count);
    Shape shape = Shape.of(count);
    for (boolean nesterov : new boolean[] {false, true}) {
      device
          .call("sgd with momentum, nesterov " + nesterov)
          .tolerance(UPDATE)
          .updated("values", shape, values.signed(count))
          .updated("velocity", shape, values.signed(count))
          .input("gradients", shape, values.signed(count))
          .input("rate", ONE, new double[] {0.25})
          .check(
              (k, t) ->
                  k.sgd(
                      t.get("values"),
                      t.get("velocity"),
                      t.get("gradients"),
                      t.get("rate"),
                      0.75,
                      nesterov,
                      0.125));
    }
  }

  @ParameterizedTest
  @MethodSource("counts")
  void rmsProp(int count) {
    Values values = new Values(count);
    rmsProp(values.signed(count), values.uniform(count, 0, 1), values.signed(count));
  }

  /** From nothing an update is the rate over sqrt(1 - decay), whatever the gradient's size. */
  @Test
  void rmsPropFromNothing() {
    double[] gradients = new Values(5).signed(257);
    Arrays.setAll(gradients, i -> (float) (gradients[i] * Math.pow(10, -(i % 5))));
    gradients[0] = 0;
    rmsProp(new double[257], new double[257], gradients);
  }

  private void rmsProp(double[] start, double[] square, double[] gradients) {
    Shape shape = Shape.of(start.length);
    device
        .call("rmsProp")
        .tolerance(Tolerance.loosened(1e-6, 2e-6, "a few float32 operations, updates up to 7"))
        .updated("values", shape, start)
        .updated("meanSquare", shape, square)
        .input("gradients", shape, gradients)
        .input("rate", ONE, new double[] {0.5})
        .check(
            (k, t) ->
                k.rmsProp(
                    t.get("values"),
                    t.get("meanSquare"),
                    t.get("gradients"),
                    t.get("rate"),
                    0.99,
                    1e-8));
  }

  @ParameterizedTest
  @MethodSource("counts")
  void movingAverage(int count) {
    Values values = new Values(count);
    Shape shape = Shape.of(count);
    device
        .call("ema")
        .tolerance(UPDATE)
        .updated("average", shape, values.signed(count))
        .input("values", shape, values.signed(count))
        .check((k, t) -> k.ema(t.get("average"), t.get("values"), null, 0.75));
  }

  /** The warm-up rules at first, the decay in the end. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 9, 89, 2_000_000_000})
  void movingAverageWarmsUp(int step) {
    Values values = new Values(step);
    Shape shape = Shape.of(101);
    device
        .call("ema at step " + step)
        .tolerance(UPDATE)
        .updated("average", shape, values.signed(101))
        .input("values", shape, values.signed(101))
        .counter("step", step)
        .check((k, t) -> k.ema(t.get("average"), t.get("values"), t.get("step"), 0.875));
  }

  @ParameterizedTest
  @MethodSource("counts")
  void clipByNorm(int count) {
    double[] gradients = new Values(count).signed(count);
    double norm = Math.sqrt(Arrays.stream(gradients).map(g -> g * g).sum());
    for (double maxNorm : new double[] {norm / 3, norm * 3, Double.POSITIVE_INFINITY}) {
      clip(gradients, maxNorm);
    }
  }

  @Test
  void clipByNormOfNothingAndOfWhatIsNoNumber() {
    clip(new double[1001], 1);
    double[] tiny = new double[1001];
    Arrays.fill(tiny, 1e-40f);
    clip(tiny, 1);
    for (double odd : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      double[] gradients = new Values(6).signed(1001);
      gradients[700] = odd;
      clip(gradients, 1);
    }
  }

  private void clip(double[] gradients, double maxNorm) {
    device
        .call("clipByNorm to " + maxNorm)
        .tolerance(Tolerance.loosened(1e-12, 4e-6, "a sum of positive terms, then two roundings"))
        .updated("gradients", Shape.of(gradients.length), gradients)
        .output("norm", ONE)
        .check((k, t) -> k.clipByNorm(t.get("gradients"), t.get("norm"), maxNorm));
  }
}

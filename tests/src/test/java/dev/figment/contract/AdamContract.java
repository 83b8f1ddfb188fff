package dev.figment.contract;

import dev.figment.device.Shape;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Adam over a flat arena. */
class AdamContract extends ContractTest {
  static Stream<Arguments> cases() {
    int[] steps = {1, 2, 10, 1000, 2_000_000_000};
    int[] counts = counts();
    return IntStream.range(0, counts.length)
        .mapToObj(i -> Arguments.of(counts[i], steps[i % steps.length]));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void update(int count, int step) {
    Values values = new Values(count);
    check(
        step,
        values.signed(count),
        values.signed(count),
        values.uniform(count, 0, 1),
        values.signed(count),
        0.5,
        0.999);
  }

  /** From nothing the first update is the rate in the gradient's direction, whatever its size. */
  @ParameterizedTest
  @MethodSource("counts")
  void firstUpdate(int count) {
    double[] gradients = new Values(count).signed(count);
    for (int i = 0; i < count; i++) {
      gradients[i] = (float) (gradients[i] * Math.pow(10, -(i % 7)));
    }
    gradients[0] = 0;
    check(
        1,
        new Values(count + 1).signed(count),
        new double[count],
        new double[count],
        gradients,
        0.9,
        0.999);
  }

  private void check(
      int step,
      double[] start,
      double[] m,
      double[] v,
      double[] gradients,
      double beta1,
      double beta2) {
    Shape shape = Shape.of(start.length);
    device
        .call("adam step %d beta1 %s beta2 %s".formatted(step, beta1, beta2))
        .tolerance(Tolerance.loosened(1e-7, 1e-6, "a few float32 operations on numbers up to 1"))
        .updated("values", shape, start)
        .updated("m", shape, m)
        .updated("v", shape, v)
        .input("gradients", shape, gradients)
        .counter("step", step)
        .input("rate", Shape.of(1), new double[] {(float) 2e-4})
        .check(
            (k, t) ->
                k.adam(
                    t.get("values"),
                    t.get("m"),
                    t.get("v"),
                    t.get("gradients"),
                    t.get("step"),
                    t.get("rate"),
                    beta1,
                    beta2,
                    1e-8,
                    step % 2 * 0.1));
  }

  /** A rate of order 1 shows an update's own error, which a small one hides behind the value. */
  @ParameterizedTest
  @MethodSource("steps")
  void updateItself(int step) {
    int count = 1001;
    Values values = new Values(step);
    Shape shape = Shape.of(count);
    double[] second = values.uniform(count, 0, 1);
    double[] first = values.signed(count);
    Arrays.setAll(first, i -> (float) (first[i] * Math.sqrt(second[i])));
    device
        .call("adam at rate 1, step " + step)
        .tolerance(Tolerance.loosened(1e-6, 2e-6, "a few float32 operations"))
        .updated("values", shape, new double[count])
        .updated("m", shape, first)
        .updated("v", shape, second)
        .input("gradients", shape, values.signed(count))
        .counter("step", step)
        .input("rate", Shape.of(1), new double[] {1})
        .check(
            (k, t) ->
                k.adam(
                    t.get("values"),
                    t.get("m"),
                    t.get("v"),
                    t.get("gradients"),
                    t.get("step"),
                    t.get("rate"),
                    0.5,
                    0.999,
                    1e-8,
                    0));
  }

  static int[] steps() {
    return new int[] {1, 2, 5, 100, 10_000};
  }
}

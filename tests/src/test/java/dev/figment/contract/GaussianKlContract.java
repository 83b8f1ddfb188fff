package dev.figment.contract;

import dev.figment.device.Shape;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** KL between diagonal Gaussians, and to the standard normal distribution. */
class GaussianKlContract extends ContractTest {
  static Stream<Arguments> cases() {
    int[][] shapes = {{1, 1}, {3, 2}, {7, 5}, {130, 8}, {33, 20}, {5, 129}, {2, 1500}};
    return Arrays.stream(shapes)
        .flatMap(s -> Stream.of(true, false).map(prior -> Arguments.of(s[0], s[1], prior)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void lossAndGradients(int rows, int latent, boolean prior) {
    Values values = new Values(rows);
    double[] q = values.uniform(2L * rows * latent, -2, 2);
    double[] p = prior ? values.uniform(2L * rows * latent, -2, 2) : null;
    check(rows, latent, q, p, null, rows);
    double[] weights = values.uniform(rows, 0, 2);
    weights[rows / 2] = 0;
    check(rows, latent, q, p, weights, 3);
  }

  /** Beyond the clamp log variances count as +-10 and have no gradient; at it they have. */
  @Test
  void extremes() {
    double[] extremes = {30, -30, 10, -10, 0, Math.nextUp(10f), 1e-40f, -80};
    double[] q = new double[2 * 5 * 7];
    double[] p = new double[q.length];
    Arrays.setAll(q, i -> extremes[i % 8]);
    Arrays.setAll(p, i -> extremes[(i * 3 + 1) % 8] / 4);
    check(5, 7, q, p, null, 5);
    check(5, 7, q, null, null, 5);
  }

  @Test
  void rowsLeftOutMayBeNotNumbers() {
    double[] q = new Values(1).signed(2 * 4 * 6);
    Arrays.fill(q, 12, 24, Double.NaN);
    check(4, 6, q, null, new double[] {1, 0, 1, 1}, 4);
    check(4, 6, q, new Values(2).signed(48), new double[] {1, 1, 1, 1}, 4);
  }

  private void check(int rows, int latent, double[] q, double[] p, double[] weights, int batch) {
    Shape shape = Shape.of(rows, 2 * latent);
    Call call =
        device
            .call("gaussianKl to " + (p == null ? "the standard normal distribution" : "p"))
            .tolerance(Tolerance.loosened(2e-5, 4e-6, "float32 sums of a row's terms"))
            .output("result", Shape.of(1))
            .output("rows", Shape.of(rows))
            .tolerance(Tolerance.loosened(2e-6, 4e-6, "a few float32 operations"))
            .output("dq", shape)
            .input("q", shape, q)
            .input("scale", Shape.of(1), new double[] {0.375});
    if (p != null) {
      call.output("dp", shape).input("p", shape, p);
    }
    if (weights != null) {
      call.input("weights", Shape.of(rows), weights);
    }
    call.check(
        (k, t) ->
            k.gaussianKl(
                t.get("result"),
                t.get("rows"),
                t.get("dq"),
                t.get("dp"),
                t.get("q"),
                t.get("p"),
                t.get("weights"),
                t.get("scale"),
                batch));
  }
}

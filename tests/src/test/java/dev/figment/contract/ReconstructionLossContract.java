package dev.figment.contract;

import dev.figment.device.Likelihood;
import dev.figment.device.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Negative log-likelihoods and their gradients. */
class ReconstructionLossContract extends ContractTest {
  private enum Weights {
    NONE,
    ROWS,
    ELEMENTS
  }

  private static final List<Likelihood> LIKELIHOODS =
      List.of(
          Likelihood.SQUARED_ERROR,
          Likelihood.gaussian(0.25),
          Likelihood.BERNOULLI,
          Likelihood.GAUSSIAN_LEARNED);

  static Stream<Arguments> cases() {
    int[][] shapes = {{1, 1}, {3, 2}, {7, 5}, {130, 8}, {5, 30}, {33, 36}, {2, 1027}, {9, 784}};
    return LIKELIHOODS.stream()
        .flatMap(
            likelihood ->
                Arrays.stream(shapes).map(s -> Arguments.of(likelihood, Shape.of(s[0], s[1]))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void lossAndGradient(Likelihood likelihood, Shape target) {
    Values values = new Values(target.count());
    double[] prediction = values.uniform(target.count() * likelihood.outputs(), -3, 3);
    double[] data = values.uniform(target.count(), 0, 1);
    for (Weights weights : Weights.values()) {
      check(likelihood, target, prediction, data, weights, target.size(0));
    }
  }

  /** Logits of +-80, log variances of +-30, targets at the ends, denormals. */
  @ParameterizedTest
  @MethodSource("likelihoods")
  void extremes(Likelihood likelihood) {
    double[] extremes = {80, -80, 0, 30, -30, 1e-40f, -10, 10, 104, -104, 200};
    double[] data = {0, 1, 1e-41f, 0.5, 1};
    Shape target = Shape.of(11, 13);
    double[] prediction = new double[143 * likelihood.outputs()];
    Arrays.setAll(prediction, i -> extremes[i % extremes.length]);
    double[] x = new double[143];
    Arrays.setAll(x, i -> data[i % data.length]);
    check(likelihood, target, prediction, x, Weights.NONE, 11);
  }

  static List<Likelihood> likelihoods() {
    return LIKELIHOODS;
  }

  /** What is missing is NaN and weighs nothing; a NaN that weighs something is not hidden. */
  @ParameterizedTest
  @MethodSource("likelihoods")
  void missingValues(Likelihood likelihood) {
    Shape target = Shape.of(6, 12);
    Values values = new Values(3);
    double[] prediction = values.signed(target.count() * likelihood.outputs());
    double[] data = values.uniform(target.count(), 0, 1);
    for (int i = 0; i < data.length; i += 3) {
      data[i] = Double.NaN; // where Weights.ELEMENTS has zeros
    }
    check(likelihood, target, prediction, data, Weights.ELEMENTS, 6);
    check(likelihood, target, prediction, data, Weights.NONE, 6);
  }

  @Test
  void valueAlone() {
    Shape target = Shape.of(5, 7);
    Values values = new Values(9);
    device
        .call("reconstructionLoss without gradient and rows")
        .tolerance(Tolerance.loosened(1e-5, 2e-6, "a sum of a few operations each"))
        .output("result", Shape.of(1))
        .input("prediction", target, values.signed(35))
        .input("target", target, values.uniform(35, 0, 1))
        .check(
            (k, t) ->
                k.reconstructionLoss(
                    t.get("result"),
                    null,
                    null,
                    t.get("prediction"),
                    t.get("target"),
                    null,
                    Likelihood.BERNOULLI,
                    5));
  }

  /** Rows that are steps of two sequences: the sum is divided by 2. */
  @Test
  void stepsOfSequences() {
    Shape target = Shape.of(12, 3);
    Values values = new Values(4);
    check(
        Likelihood.GAUSSIAN_LEARNED, target, values.signed(72), values.signed(36), Weights.ROWS, 2);
  }

  private void check(
      Likelihood likelihood,
      Shape target,
      double[] prediction,
      double[] data,
      Weights weights,
      int batch) {
    int rows = target.size(0);
    Shape outputs = Shape.of(rows, target.size(1) * likelihood.outputs());
    Call call =
        device
            .call("reconstructionLoss %s, weights %s".formatted(likelihood, weights))
            .tolerance(Tolerance.loosened(2e-5, 4e-6, "float32 sums of a row's terms"))
            .output("result", Shape.of(1))
            .output("rows", Shape.of(rows))
            .tolerance(Tolerance.loosened(1e-6, 4e-6, "a few float32 operations"))
            .output("dprediction", outputs)
            .input("prediction", outputs, prediction)
            .input("target", target, data);
    if (weights != Weights.NONE) {
      Shape shape = weights == Weights.ROWS ? Shape.of(rows) : target;
      double[] factors = new Values(8).uniform(shape.count(), 0, 2);
      for (int i = 0; i < factors.length; i += 3) {
        factors[i] = 0;
      }
      call.input("weights", shape, factors);
    }
    call.check(
        (k, t) ->
            k.reconstructionLoss(
                t.get("result"),
                t.get("rows"),
                t.get("dprediction"),
                t.get("prediction"),
                t.get("target"),
                t.get("weights"),
                likelihood,
                batch));
  }
}

package dev.figment.contract;

import dev.figment.device.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Softmax cross-entropy. */
class CrossEntropyContract extends ContractTest {
  @ParameterizedTest
  @CsvSource({
    "1, 1", "1, 2", "3, 5", "300, 3", "70, 10", "33, 64", "5, 97", "3, 1000", "2, 1031", "2, 4100",
    "1, 5003"
  })
  void lossAndGradient(int rows, int classes) {
    Values values = new Values(classes);
    double[] logits = values.uniform((long) rows * classes, -8, 8);
    int[] labels = new int[rows];
    Arrays.setAll(labels, n -> (n * 31 + classes - 1) % classes);
    check(rows, classes, logits, labels, null, rows);
    double[] weights = values.uniform(rows, 0, 2);
    weights[rows - 1] = 0;
    labels[0] = -1;
    check(rows, classes, logits, labels, weights, 4);
  }

  @Test
  void extremes() {
    double[] extremes = {80, -80, 0, 1e-40f, 104, -200, 3e38f, -3e38f};
    double[] logits = new double[8 * 9];
    Arrays.setAll(logits, i -> extremes[i % 6]);
    System.arraycopy(extremes, 0, logits, 0, 8);
    int[] labels = new int[8];
    Arrays.setAll(labels, n -> n);
    check(8, 9, logits, labels, null, 8);
  }

  /** A row left out may hold NaN; others show theirs, and so does a label of no class. */
  @Test
  void notNumbersAndLabelsOfNoClass() {
    double[] logits = new Values(7).signed(5 * 8);
    logits[8] = Double.NaN;
    check(5, 8, logits, new int[] {0, -100, 7, 2, 3}, null, 5);
    check(5, 8, logits, new int[] {0, 1, 7, 2, 3}, null, 5);
    logits[8] = 0;
    check(5, 8, logits, new int[] {0, 1, 8, 2, 3}, null, 5);
  }

  private void check(
      int rows, int classes, double[] logits, int[] labels, double[] weights, int batch) {
    Shape shape = Shape.of(rows, classes);
    Call call =
        device
            .call("crossEntropy")
            .tolerance(Tolerance.loosened(1e-5, 4e-6, "a float32 sum of exponentials"))
            .output("result", Shape.of(1))
            .output("rows", Shape.of(rows))
            .tolerance(Tolerance.loosened(1e-6, 4e-6, "a few float32 operations"))
            .output("dlogits", shape)
            .input("logits", shape, logits)
            .ints("labels", Shape.of(rows), labels);
    if (weights != null) {
      call.input("weights", Shape.of(rows), weights);
    }
    call.check(
        (k, t) ->
            k.crossEntropy(
                t.get("result"),
                t.get("rows"),
                t.get("dlogits"),
                t.get("logits"),
                t.get("labels"),
                t.get("weights"),
                batch));
  }
}

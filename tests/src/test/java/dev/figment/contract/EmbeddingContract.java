package dev.figment.contract;

import dev.figment.device.GradientMode;
import dev.figment.device.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Embedding: rows of a table by index, and gradients added up by index. */
class EmbeddingContract extends ContractTest {
  private static final String SHAPES =
      """
      1, 1, 1
      5, 3, 2
      100, 9, 5
      33, 97, 16
      2050, 7, 8
      70, 20, 132
      3, 40, 300
      """;

  @ParameterizedTest
  @CsvSource(textBlock = SHAPES)
  void forward(int rows, int vocabulary, int columns) {
    checkForward(rows, vocabulary, columns, indices(rows, vocabulary));
  }

  @ParameterizedTest
  @CsvSource(textBlock = SHAPES)
  void backward(int rows, int vocabulary, int columns) {
    checkBackward(rows, vocabulary, columns, indices(rows, vocabulary));
  }

  /** All of one index: the longest sum there is. */
  @Test
  void oneIndex() {
    int[] indices = new int[3000];
    Arrays.fill(indices, 2);
    checkBackward(3000, 5, 6, indices);
  }

  @Test
  void indicesOutside() {
    int[] indices = {0, 4, -1, 3, 5, 1, Integer.MAX_VALUE, Integer.MIN_VALUE, 2};
    checkForward(9, 5, 4, indices);
    checkForward(9, 5, 3, indices);
    checkBackward(9, 5, 4, indices);
    checkBackward(9, 5, 3, indices);
  }

  private static int[] indices(int rows, int vocabulary) {
    int[] indices = new int[rows];
    // Some rows of the table often, some never.
    Arrays.setAll(indices, n -> n * n % vocabulary);
    return indices;
  }

  private void checkForward(int rows, int vocabulary, int columns, int[] indices) {
    device
        .call("embeddingForward")
        .tolerance(Tolerance.SAME_BITS)
        .output("y", Shape.of(rows, columns))
        .input(
            "table",
            Shape.of(vocabulary, columns),
            new Values(rows).signed((long) vocabulary * columns))
        .ints("indices", Shape.of(rows), indices)
        .check((k, t) -> k.embeddingForward(t.get("y"), t.get("table"), t.get("indices")));
  }

  private void checkBackward(int rows, int vocabulary, int columns, int[] indices) {
    Values values = new Values(columns);
    double[] dy = values.signed((long) rows * columns);
    for (GradientMode mode : new GradientMode[] {GradientMode.OVERWRITE, GradientMode.ACCUMULATE}) {
      device
          .call("embeddingBackward " + mode)
          .tolerance(Tolerance.products(rows + 1))
          .gradient("dtable", Shape.of(vocabulary, columns), mode, values)
          .input("dy", Shape.of(rows, columns), dy)
          .ints("indices", Shape.of(rows), indices)
          .check(
              (k, t) -> k.embeddingBackward(t.get("dtable"), t.get("dy"), t.get("indices"), mode));
    }
  }
}

package dev.figment.contract;

import dev.figment.device.Kernels;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Recurrent cells over sequences, forward and backward through time. */
class RecurrentContract extends ContractTest {
  /** States are below 1 and their errors fade, since a step shrinks them on the whole. */
  private static final Tolerance THROUGH_TIME =
      Tolerance.loosened(4e-6, 1e-5, "float32 sums of products, step after step");

  enum Cell {
    GRU(3),
    LSTM(4);

    private final int products;

    Cell(int products) {
      this.products = products;
    }
  }

  /**
   * A sequence.
   *
   * @param ragged whether lengths differ from sample to sample
   * @param extras whether bias, constant gates and gradients of every step are there
   */
  record Case(
      Cell cell, int steps, int batch, int units, boolean ragged, boolean reverse, boolean extras) {
    Shape states() {
      return Shape.of(steps + 1, batch, units);
    }

    Shape gates(int each) {
      return Shape.of(steps, batch, each * units);
    }

    Shape rows(int each) {
      return Shape.of(batch, each * units);
    }

    Shape w() {
      return Shape.of(cell.products * units, units);
    }

    /** No step, all steps, more than there are, and what lies between. */
    int[] lengths() {
      int[] result = new int[batch];
      Arrays.setAll(result, n -> (n * 5 + 3) % (steps + 2));
      if (batch > 2) {
        result[batch - 1] = 0;
        result[batch - 2] = -1;
      }
      return result;
    }

    double[] weights(Values values) {
      // So large that gates differ, so small that no gradient grows through many steps.
      double bound = (steps > 50 ? 0.5 : 2) / Math.sqrt(units + 3);
      return values.uniform(w().count(), -bound, bound);
    }
  }

  static Stream<Case> cases() {
    Stream.Builder<Case> cases = Stream.builder();
    int next = 0;
    for (Cell cell : Cell.values()) {
      for (int[] size :
          new int[][] {
            {1, 1, 1}, {1, 5, 8}, {2, 1, 37}, {3, 4, 5}, {5, 17, 33}, {7, 33, 16}, {4, 3, 64}
          }) {
        for (boolean reverse : new boolean[] {false, true}) {
          boolean ragged = next % 3 != 0;
          boolean extras = next / 2 % 2 == 0;
          cases.add(new Case(cell, size[0], size[1], size[2], ragged, reverse, extras));
          next++;
        }
      }
      cases.add(new Case(cell, 200, 2, 7, true, false, true));
      cases.add(new Case(cell, 200, 1, 12, false, true, false));
      if (full()) {
        cases.add(new Case(cell, 64, 128, 128, true, false, true));
        cases.add(new Case(cell, 20, 40, 200, true, true, true));
      }
    }
    return cases.build();
  }

  // ---- forward

  @ParameterizedTest
  @MethodSource("cases")
  void forward(Case c) {
    Values values = new Values(c.steps());
    double[] input = values.uniform(c.gates(c.cell().products).count(), -2, 2);
    forward("", c, values, c.weights(values), input, true);
  }

  /** Inference keeps nothing. */
  @ParameterizedTest
  @EnumSource
  void forwardWithoutBackward(Cell cell) {
    Case c = new Case(cell, 3, 5, 9, true, true, true);
    Values values = new Values(3);
    double[] input = values.uniform(c.gates(cell.products).count(), -2, 2);
    forward(" for inference", c, values, c.weights(values), input, false);
  }

  /** Gates that are wholly open or shut. */
  @ParameterizedTest
  @EnumSource
  void saturated(Cell cell) {
    Case c = new Case(cell, 6, 4, 11, false, false, true);
    Values values = new Values(5);
    double[] input = values.signed(c.gates(cell.products).count());
    for (int i = 0; i < input.length; i++) {
      input[i] = (i % 3 - 1) * 80;
    }
    forward(" saturated", c, values, c.weights(values), input, true);
  }

  /** A NaN spoils its own sample from its step on, and no other; at a held step it is not seen. */
  @ParameterizedTest
  @EnumSource
  void notANumber(Cell cell) {
    Case c = new Case(cell, 4, 5, 6, true, false, true); // lengths 3, 2, 1, -1, 0
    Values values = new Values(6);
    double[] input = values.signed(c.gates(cell.products).count());
    int row = cell.products * c.units();
    input[(c.batch() + 1) * row + 2] = Double.NaN; // step 1 of sample 1
    input[(2 * c.batch() + 2) * row + 4] = Double.NaN; // step 2 of sample 2, held
    input[4 * row] = Double.NaN; // a sample without steps
    forward(" with NaNs", c, values, c.weights(values), input, true);
  }

  private void forward(
      String what, Case c, Values values, double[] w, double[] inputGates, boolean training) {
    int products = c.cell().products;
    Call call =
        device
            .call(c.cell() + " forward" + what + (c.reverse() ? " in reverse" : ""))
            .tolerance(THROUGH_TIME)
            .updated("states", c.states(), values.signed(c.states().count()));
    if (c.cell() == Cell.LSTM) {
      call.updated("cells", c.states(), values.signed(c.states().count()));
    }
    if (training) {
      call.output("gates", c.gates(4));
    }
    call.input("inputGates", c.gates(products), inputGates).input("w", c.w(), w);
    if (c.extras()) {
      call.input("constant", c.rows(products), values.signed(c.rows(products).count()));
    }
    if (c.extras() && c.cell() == Cell.GRU) {
      call.input("bias", Shape.of(3 * c.units()), values.signed(3 * c.units()));
    }
    if (c.ragged()) {
      call.ints("lengths", Shape.of(c.batch()), c.lengths());
    }
    call.check((k, t) -> forward(c, k, t));
  }

  private static void forward(Case c, Kernels k, Map<String, Tensor> t) {
    if (c.cell() == Cell.GRU) {
      k.gruForward(
          t.get("states"),
          t.get("gates"),
          t.get("inputGates"),
          t.get("constant"),
          t.get("w"),
          t.get("bias"),
          t.get("lengths"),
          c.reverse());
    } else {
      k.lstmForward(
          t.get("states"),
          t.get("cells"),
          t.get("gates"),
          t.get("inputGates"),
          t.get("constant"),
          t.get("w"),
          t.get("lengths"),
          c.reverse());
    }
  }

  // ---- backward

  @ParameterizedTest
  @MethodSource("cases")
  void backward(Case c) {
    Values values = new Values(c.units());
    // Any numbers that gates can be, so that backward is judged by itself.
    double[] gates = values.uniform(c.gates(4).count(), 0.05, 0.95);
    backward("", c, values, c.weights(values), gates);
  }

  /** Gates at their bounds let gradients pass wholly, or not at all. */
  @ParameterizedTest
  @EnumSource
  void backwardOfSaturatedGates(Cell cell) {
    Case c = new Case(cell, 5, 3, 10, true, false, true);
    Values values = new Values(8);
    double[] gates = new double[(int) c.gates(4).count()];
    Arrays.setAll(gates, i -> i * 7 % 3 == 0 ? 1 : 0);
    backward(" of saturated gates", c, values, c.weights(values), gates);
  }

  @Test
  void backwardOfManySaturatedSteps() {
    Case c = new Case(Cell.LSTM, 150, 2, 3, false, true, true);
    double[] gates = new double[(int) c.gates(4).count()];
    Arrays.fill(gates, 1); // the forget gate lets all pass, and the gradient must not grow
    backward(" of open gates", c, new Values(9), new double[(int) c.w().count()], gates);
  }

  private void backward(String what, Case c, Values values, double[] w, double[] gates) {
    int products = c.cell().products;
    boolean gru = c.cell() == Cell.GRU;
    Call call =
        device
            .call(c.cell() + " backward" + what + (c.reverse() ? " in reverse" : ""))
            .tolerance(THROUGH_TIME)
            .output("dgates", c.gates(products))
            .updated("dstate", c.rows(1), values.signed(c.rows(1).count()));
    if (gru) {
      call.output("dhiddenGates", c.gates(products));
    } else {
      call.updated("dcell", c.rows(1), values.signed(c.rows(1).count()));
    }
    if (c.extras()) {
      call.input("dy", c.gates(1), values.signed(c.gates(1).count()));
    }
    call.input("states", c.states(), values.signed(c.states().count()))
        .input("gates", c.gates(4), gates)
        .input("w", c.w(), w);
    if (c.ragged()) {
      call.ints("lengths", Shape.of(c.batch()), c.lengths());
    }
    call.check(
        (k, t) -> {
          if (gru) {
            k.gruBackward(
                t.get("dgates"),
                t.get("dhiddenGates"),
                t.get("dstate"),
                t.get("dy"),
                t.get("states"),
                t.get("gates"),
                t.get("w"),
                t.get("lengths"),
                c.reverse());
          } else {
            k.lstmBackward(
                t.get("dgates"),
                t.get("dstate"),
                t.get("dcell"),
                t.get("dy"),
                t.get("states"),
                t.get("gates"),
                t.get("w"),
                t.get("lengths"),
                c.reverse());
          }
        });
  }
}

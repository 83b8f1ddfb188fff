package dev.figment.device;

import static dev.figment.device.Checks.reals;
import static dev.figment.device.Checks.shape;
import static dev.figment.device.Checks.type;
import static dev.figment.device.Checks.vector;

/** What {@link CheckedKernels} checks of recurrent cells. */
final class RecurrentChecks {
  private static final int GRU_PRODUCTS = 3;
  private static final int LSTM_PRODUCTS = 4;

  /** Numbers a unit and step that forward leaves for backward, of either cell. */
  private static final int SAVED = 4;

  private final String operation;
  private final int steps;
  private final int batch;
  private final int units;

  private RecurrentChecks(String operation, String name, Tensor states) {
    this.operation = operation;
    Shape shape = states.shape();
    if (shape.rank() != 3 || shape.size(0) < 2) {
      throw new FigmentException(
          "%s takes %s of shape [T + 1, N, H] with T >= 1 and got %s."
              .formatted(operation, name, shape));
    }
    steps = shape.size(0) - 1;
    batch = shape.size(1);
    units = shape.size(2);
  }

  static void gruForward(
      Tensor states,
      Tensor gates,
      Tensor inputGates,
      Tensor constantGates,
      Tensor w,
      Tensor bias,
      Tensor lengths,
      boolean reverse) {
    RecurrentChecks check = new RecurrentChecks("gruForward", "states", states);
    reals(check.operation, states);
    check.forward(gates, inputGates, constantGates, w, lengths, GRU_PRODUCTS);
    vector(check.operation, "bias", bias, GRU_PRODUCTS * check.units);
  }

  static void gruBackward(
      Tensor dinputGates,
      Tensor dhiddenGates,
      Tensor dstate,
      Tensor dy,
      Tensor states,
      Tensor gates,
      Tensor w,
      Tensor lengths,
      boolean reverse) {
    RecurrentChecks check = new RecurrentChecks("gruBackward", "states", states);
    reals(check.operation, states);
    check.sequence("dinputGates", dinputGates, GRU_PRODUCTS);
    check.sequence("dhiddenGates", dhiddenGates, GRU_PRODUCTS);
    check.backward(dstate, dy, gates, w, lengths, GRU_PRODUCTS);
  }

  static void lstmForward(
      Tensor states,
      Tensor cells,
      Tensor gates,
      Tensor inputGates,
      Tensor constantGates,
      Tensor w,
      Tensor lengths,
      boolean reverse) {
    RecurrentChecks check = new RecurrentChecks("lstmForward", "states", states);
    reals(check.operation, states, cells);
    Checks.same(check.operation, "cells", cells, "states", states);
    check.forward(gates, inputGates, constantGates, w, lengths, LSTM_PRODUCTS);
  }

  static void lstmBackward(
      Tensor dgates,
      Tensor dstate,
      Tensor dcell,
      Tensor dy,
      Tensor cells,
      Tensor gates,
      Tensor w,
      Tensor lengths,
      boolean reverse) {
    RecurrentChecks check = new RecurrentChecks("lstmBackward", "cells", cells);
    reals(check.operation, cells);
    check.sequence("dgates", dgates, LSTM_PRODUCTS);
    check.rows("dcell", dcell, 1);
    check.backward(dstate, dy, gates, w, lengths, LSTM_PRODUCTS);
  }

  private void forward(
      Tensor gates,
      Tensor inputGates,
      Tensor constantGates,
      Tensor w,
      Tensor lengths,
      int products) {
    if (gates != null) {
      sequence("gates", gates, SAVED);
    }
    sequence("inputGates", inputGates, products);
    if (constantGates != null) {
      rows("constantGates", constantGates, products);
    }
    weights(w, products);
    lengths(lengths);
  }

  private void backward(
      Tensor dstate, Tensor dy, Tensor gates, Tensor w, Tensor lengths, int products) {
    rows("dstate", dstate, 1);
    if (dy != null) {
      sequence("dy", dy, 1);
    }
    sequence("gates", gates, SAVED);
    weights(w, products);
    lengths(lengths);
  }

  private void sequence(String name, Tensor tensor, int perUnit) {
    reals(operation, tensor);
    shape(operation, name, tensor, Shape.of(steps, batch, perUnit * units));
  }

  private void rows(String name, Tensor tensor, int perUnit) {
    reals(operation, tensor);
    shape(operation, name, tensor, Shape.of(batch, perUnit * units));
  }

  private void weights(Tensor w, int products) {
    reals(operation, w);
    shape(operation, "w", w, Shape.of(products * units, units));
  }

  private void lengths(Tensor lengths) {
    if (lengths != null) {
      type(operation, "lengths", lengths, DataType.INT32);
      shape(operation, "lengths", lengths, Shape.of(batch));
    }
  }
}

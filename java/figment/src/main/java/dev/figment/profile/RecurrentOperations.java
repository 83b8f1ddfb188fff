package dev.figment.profile;

import static dev.figment.profile.Operation.reals;

import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.List;

/** recurrent.cu: a launch for each step, and one more backward. */
final class RecurrentOperations {
  private static final int STEPS = 4;
  private static final int BATCH = 64;
  private static final int UNITS = 128;
  private static final int TILE = 16; // samples and units of a block
  private static final String SHAPE = "%d steps x %d x %d".formatted(STEPS, BATCH, UNITS);
  private static final Shape STATES = Shape.of(STEPS + 1, BATCH, UNITS);
  private static final long NUMBERS = (long) BATCH * UNITS; // of a state

  private RecurrentOperations() {}

  static List<Operation> all() {
    return List.of(gruForward(), gruBackward(), lstmForward(), lstmBackward());
  }

  private static Shape sequence(int perUnit) {
    return Shape.of(STEPS, BATCH, perUnit * UNITS);
  }

  private static long numbers(int perUnit) {
    return STEPS * NUMBERS * perUnit;
  }

  /** Numbers that blocks read of both factors, each tile anew. */
  private static long factors(int depth, int left, int right) {
    return NUMBERS / (TILE * TILE) * depth * (left + right);
  }

  private static long product(int gates) {
    return 2 * NUMBERS * gates * UNITS * STEPS;
  }

  private static Operation gruForward() {
    // Of a step: the state before twice, for the product and for itself; input gates, state, gates.
    // Of the bias a row for every two samples, which are a warp's.
    long step = factors(UNITS, TILE, 3 * TILE) + NUMBERS * (1 + 3 + 1 + 4) + 3 * NUMBERS / 2;
    return Operation.of("recurrent", "gru_forward", SHAPE)
        .kernel(
            "gru_forward",
            product(3) + 16 * numbers(1),
            reals(STATES.count()),
            reals(numbers(4)),
            reals(numbers(3)),
            reals(3L * UNITS * UNITS),
            reals(3 * UNITS))
        .tiled(reals(STEPS * step))
        .calls(
            tensors -> {
              Tensor states = tensors.zeros(STATES);
              Tensor gates = tensors.zeros(sequence(4));
              Tensor input = tensors.values(sequence(3));
              Tensor w = weights(tensors, 3);
              Tensor bias = tensors.values(3 * UNITS);
              return kernels ->
                  kernels.gruForward(states, gates, input, null, w, bias, null, false);
            });
  }

  private static Operation gruBackward() {
    // Of a step: the carried gradient there and back, dy, state, gates, two gradients to gates.
    long step = NUMBERS * (2 + 1 + 1 + 4 + 6) + factors(3 * UNITS, TILE, TILE);
    return Operation.of("recurrent", "gru_backward", SHAPE)
        .kernel(
            "gru_backward",
            product(3) + 20 * numbers(1),
            reals(2 * numbers(3)),
            reals(2 * NUMBERS),
            reals(numbers(1)),
            reals(numbers(1)),
            reals(numbers(4)),
            reals(3L * UNITS * UNITS))
        .tiled(reals(STEPS * step + 2 * NUMBERS))
        .calls(
            tensors -> {
              Tensor dinput = tensors.zeros(sequence(3));
              Tensor dhidden = tensors.zeros(sequence(3));
              Tensor dstate = tensors.zeros(BATCH, UNITS);
              Tensor dy = tensors.values(sequence(1));
              Tensor states = tensors.values(STATES);
              Tensor gates = tensors.values(sequence(4), 0, 1);
              Tensor w = weights(tensors, 3);
              return kernels ->
                  kernels.gruBackward(dinput, dhidden, dstate, dy, states, gates, w, null, false);
            });
  }

  private static Operation lstmForward() {
    // Of a step: the state before for the product, two cells, input gates, state, gates.
    long step = factors(UNITS, TILE, 4 * TILE) + NUMBERS * (2 + 4 + 1 + 4);
    return Operation.of("recurrent", "lstm_forward", SHAPE)
        .kernel(
            "lstm_forward",
            product(4) + 16 * numbers(1),
            reals(2 * STATES.count()),
            reals(numbers(4)),
            reals(numbers(4)),
            reals(4L * UNITS * UNITS))
        .tiled(reals(STEPS * step))
        .calls(
            tensors -> {
              Tensor states = tensors.zeros(STATES);
              Tensor cells = tensors.zeros(STATES);
              Tensor gates = tensors.zeros(sequence(4));
              Tensor input = tensors.values(sequence(4));
              Tensor w = weights(tensors, 4);
              return kernels ->
                  kernels.lstmForward(states, cells, gates, input, null, w, null, false);
            });
  }

  private static Operation lstmBackward() {
    // Of a step: both carried gradients there and back, dy, two cells, gates and their gradients.
    long step = NUMBERS * (4 + 1 + 2 + 4 + 4) + factors(4 * UNITS, TILE, TILE);
    return Operation.of("recurrent", "lstm_backward", SHAPE)
        .kernel(
            "lstm_backward",
            product(4) + 26 * numbers(1),
            reals(numbers(4)),
            reals(4 * NUMBERS),
            reals(numbers(1)),
            reals(STATES.count()),
            reals(numbers(4)),
            reals(4L * UNITS * UNITS))
        .tiled(reals(STEPS * step + 2 * NUMBERS))
        .calls(
            tensors -> {
              Tensor dgates = tensors.zeros(sequence(4));
              Tensor dstate = tensors.zeros(BATCH, UNITS);
              Tensor dcell = tensors.zeros(BATCH, UNITS);
              Tensor dy = tensors.values(sequence(1));
              Tensor cells = tensors.values(STATES);
              Tensor gates = tensors.values(sequence(4), 0, 1);
              Tensor w = weights(tensors, 4);
              return kernels ->
                  kernels.lstmBackward(dgates, dstate, dcell, dy, cells, gates, w, null, false);
            });
  }

  private static Tensor weights(Tensors tensors, int gates) {
    return tensors.values(Shape.of(gates * UNITS, UNITS), -0.1, 0.1);
  }
}

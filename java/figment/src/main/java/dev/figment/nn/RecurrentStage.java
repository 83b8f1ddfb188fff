package dev.figment.nn;

import dev.figment.device.Activation;
import dev.figment.device.DataType;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;

/**
 * One direction of one layer of a {@link RecurrentPass}. The input's product with its weights is
 * one call for all steps, and so are the gradients to all weights; only the states follow one
 * another.
 */
final class RecurrentStage {
  private final RecurrentNetwork network;
  private final Kernels kernels;
  private final Recurrent stack;
  private final String prefix;
  private final int steps;
  private final int batch;
  private final boolean reverse;
  private final Tensor lengths; // null where all sequences have all steps
  private final Tensor[] sources; // [T][N][width] each
  private final Tensor constant; // [N][constants], or null
  private final Tensor
      scratch; // of any shape, for the second of two terms; null where none has one

  private final Tensor inputGates; // then their gradient
  private final Tensor constantGates; // null without constants; then their gradient
  private final Tensor states;
  private final Tensor cells; // null of a GRU
  private final Tensor gates; // null without backward

  private final Tensor dhiddenGates; // of an LSTM the same as the input's
  private final Tensor dlast; // given from outside
  private final Tensor dlastCell;
  private final Tensor dstate; // carried from step to step
  private final Tensor dcell;

  RecurrentStage(
      RecurrentPass.Builder plan,
      Resources resources,
      int layer,
      int direction,
      Tensor[] sources,
      Tensor constant,
      Tensor scratch) {
    network = plan.network();
    kernels = network.device().kernels();
    stack = network.description();
    prefix = stack.prefix(layer, direction);
    steps = plan.steps();
    batch = plan.batch();
    reverse = direction == 1;
    lengths = plan.lengths();
    this.sources = sources;
    this.constant = stack.hasConstants(layer) ? constant : null;
    this.scratch = scratch;
    int units = stack.units();
    int rows = stack.cell().gates() * units;
    boolean lstm = stack.cell() == Recurrent.Cell.LSTM;
    boolean training = plan.isTraining();
    inputGates = allocate(resources, true, steps, batch, rows);
    constantGates = allocate(resources, this.constant != null, batch, rows);
    states = allocate(resources, true, steps + 1, batch, units);
    cells = allocate(resources, lstm, steps + 1, batch, units);
    gates = allocate(resources, training, steps, batch, 4 * units);
    dhiddenGates =
        lstm && training ? inputGates : allocate(resources, training, steps, batch, rows);
    dlast = allocate(resources, training, batch, units);
    dstate = allocate(resources, training, batch, units);
    dlastCell = allocate(resources, training && lstm, batch, units);
    dcell = allocate(resources, training && lstm, batch, units);
  }

  private Tensor allocate(Resources resources, boolean wanted, int... sizes) {
    return wanted ? resources.own(network.device().allocate(DataType.REAL, Shape.of(sizes))) : null;
  }

  // ---- what is seen from outside

  /** [T][N][units]: the state after each step. */
  Tensor outputs() {
    return states.rows(reverse ? 0 : 1, steps);
  }

  /** [T][N][units]: the state before each step. */
  Tensor before() {
    return states.rows(reverse ? 1 : 0, steps);
  }

  Tensor initialState() {
    return row(states, reverse ? steps : 0);
  }

  Tensor lastState() {
    return row(states, reverse ? 0 : steps);
  }

  Tensor lastStateGradient() {
    return dlast;
  }

  Tensor initialStateGradient() {
    return dstate;
  }

  private static Tensor row(Tensor sequence, int row) {
    return sequence.rows(row, 1).reshaped(sequence.shape().sample());
  }

  // ---- forward

  /** What does not change from step to step. */
  void begin() {
    if (constant != null) {
      Tensor w = value("constant_weight");
      kernels.denseForward(constantGates, constant, w, null, Activation.IDENTITY);
    }
  }

  /** Steps {@code first .. first + count - 1}; in reverse all of them. */
  void forward(int first, int count) {
    Tensor given = flat(inputGates, first, count);
    for (int source = 0; source < sources.length; source++) {
      Tensor product = source == 0 ? given : like(given);
      Tensor bias = source == 0 ? value("input_bias") : null;
      kernels.denseForward(
          product,
          flat(sources[source], first, count),
          value(Recurrent.inputWeight(source)),
          bias,
          Activation.IDENTITY);
      if (source > 0) {
        kernels.add(given, given, product);
      }
    }
    Tensor over = states.rows(first, count + 1);
    Tensor kept = part(gates, first, count);
    Tensor input = inputGates.rows(first, count);
    Tensor w = value("hidden_weight");
    if (cells == null) {
      Tensor bias = value("hidden_bias");
      kernels.gruForward(over, kept, input, constantGates, w, bias, lengths, reverse);
    } else {
      Tensor cell = cells.rows(first, count + 1);
      kernels.lstmForward(over, cell, kept, input, constantGates, w, lengths, reverse);
    }
  }

  // ---- backward

  /** Takes over the gradient to the last state. */
  void beginBackward() {
    kernels.copy(dstate, dlast);
    if (cells != null) {
      kernels.copy(dcell, dlastCell);
    }
  }

  /**
   * Back through steps {@code first .. first + count - 1}; in reverse all of them.
   *
   * @param dy [T][N][units], the gradient to the states after the steps; null for none
   */
  void backward(int first, int count, Tensor dy) {
    Tensor over = states.rows(first, count + 1);
    Tensor kept = gates.rows(first, count);
    Tensor dinput = inputGates.rows(first, count);
    Tensor own = part(dy, first, count);
    Tensor w = value("hidden_weight");
    if (cells == null) {
      Tensor dhidden = dhiddenGates.rows(first, count);
      kernels.gruBackward(dinput, dhidden, dstate, own, over, kept, w, lengths, reverse);
    } else {
      Tensor cell = cells.rows(first, count + 1);
      kernels.lstmBackward(dinput, dstate, dcell, own, cell, kept, w, lengths, reverse);
    }
  }

  /** The gradient to the steps of a source: added to dx, or in place of what it holds. */
  void sourceGradient(Tensor dx, int source, int first, int count, boolean add) {
    Tensor result = flat(dx, first, count);
    accumulate(
        result,
        add,
        out ->
            kernels.denseBackwardData(
                out, flat(inputGates, first, count), value(Recurrent.inputWeight(source))));
  }

  /** The gradients to all parameters, and to the constant where it is wanted. */
  void finishBackward(Tensor dconstant, boolean add, GradientMode mode) {
    if (mode != GradientMode.IGNORE) {
      Tensor dinput = flat(inputGates, 0, steps);
      for (int source = 0; source < sources.length; source++) {
        kernels.denseBackwardWeights(
            gradient(Recurrent.inputWeight(source)),
            source == 0 ? gradient("input_bias") : null,
            dinput,
            flat(sources[source], 0, steps),
            mode);
      }
      kernels.denseBackwardWeights(
          gradient("hidden_weight"),
          cells == null ? gradient("hidden_bias") : null,
          flat(dhiddenGates, 0, steps),
          flat(before(), 0, steps),
          mode);
    }
    if (constant != null && (dconstant != null || mode != GradientMode.IGNORE)) {
      constantGradients(dconstant, add, mode);
    }
  }

  private void constantGradients(Tensor dconstant, boolean add, GradientMode mode) {
    int columns = Math.toIntExact(constantGates.count());
    kernels.columnSum(
        constantGates.reshaped(Shape.of(columns)),
        inputGates.reshaped(Shape.of(steps, columns)),
        GradientMode.OVERWRITE);
    if (mode != GradientMode.IGNORE) {
      kernels.denseBackwardWeights(
          gradient("constant_weight"), null, constantGates, constant, mode);
    }
    if (dconstant != null) {
      Tensor w = value("constant_weight");
      accumulate(dconstant, add, out -> kernels.denseBackwardData(out, constantGates, w));
    }
  }

  private interface Computation {
    void into(Tensor out);
  }

  private void accumulate(Tensor result, boolean add, Computation computation) {
    Tensor out = add ? like(result) : result;
    computation.into(out);
    if (add) {
      kernels.add(result, result, out);
    }
  }

  /** Scratch of a tensor's shape. */
  private Tensor like(Tensor tensor) {
    return new Tensor(scratch.memory(), 0, tensor.shape());
  }

  /** Steps of a sequence, each sample of each a row. */
  private Tensor flat(Tensor sequence, int first, int count) {
    int width = sequence.shape().size(2);
    return sequence.rows(first, count).reshaped(Shape.of(count * batch, width));
  }

  private static Tensor part(Tensor sequence, int first, int count) {
    return sequence == null ? null : sequence.rows(first, count);
  }

  private Tensor value(String name) {
    return network.parameters().value(prefix + name);
  }

  private Tensor gradient(String name) {
    return network.parameters().gradient(prefix + name);
  }
}

package dev.figment.gradient;

import dev.figment.contract.Values;
import dev.figment.device.DataType;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.reference.ReferenceDevice;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradients of recurrent cells, through time, against central differences. */
class RecurrentGradientTest {
  private static final int STEPS = 6;
  private static final int BATCH = 4;
  private static final int UNITS = 3;

  private final ReferenceDevice device = new ReferenceDevice();
  private final Kernels kernels = device.kernels();
  private final Values values = new Values(2);
  private final GradientCheck check = new GradientCheck();
  private final Tensor lengths = device.allocate(DataType.INT32, Shape.of(BATCH));

  RecurrentGradientTest() {
    lengths.write(6, 3, 0, 5);
  }

  private Tensor zeros(int... sizes) {
    return device.allocate(DataType.REAL, Shape.of(sizes));
  }

  private Tensor random(int... sizes) {
    Tensor tensor = zeros(sizes);
    tensor.write(values.signed(tensor.count()));
    return tensor;
  }

  private static double product(Tensor a, Tensor b) {
    double[] left = a.toDoubles();
    double[] right = b.toDoubles();
    double sum = 0;
    for (int i = 0; i < left.length; i++) {
      sum += left[i] * right[i];
    }
    return sum;
  }

  /** The rows of states after the steps, in their order. */
  private static Tensor outputs(Tensor states, boolean reverse) {
    return states.rows(reverse ? 0 : 1, STEPS);
  }

  private static Tensor previous(Tensor states, boolean reverse) {
    return states.rows(reverse ? 1 : 0, STEPS);
  }

  private static Tensor initial(Tensor states, boolean reverse) {
    return states.rows(reverse ? STEPS : 0, 1);
  }

  private static Tensor last(Tensor states, boolean reverse) {
    return states.rows(reverse ? 0 : STEPS, 1);
  }

  /** Steps of all samples as rows. */
  private static Tensor flat(Tensor sequence) {
    return sequence.reshaped(Shape.of(STEPS * BATCH, sequence.shape().size(2)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void gru(boolean reverse) {
    Tensor input = random(STEPS, BATCH, 3 * UNITS);
    Tensor constant = random(BATCH, 3 * UNITS);
    Tensor w = random(3 * UNITS, UNITS);
    Tensor bias = random(3 * UNITS);
    Tensor states = random(STEPS + 1, BATCH, UNITS);
    Tensor gates = zeros(STEPS, BATCH, 4 * UNITS);
    Tensor dy = random(STEPS, BATCH, UNITS);
    Tensor dlast = random(1, BATCH, UNITS);
    DoubleSupplier loss =
        () -> {
          kernels.gruForward(states, gates, input, constant, w, bias, lengths, reverse);
          return product(dy, outputs(states, reverse)) + product(dlast, last(states, reverse));
        };
    loss.getAsDouble();

    Tensor dinput = zeros(STEPS, BATCH, 3 * UNITS);
    Tensor dhidden = zeros(STEPS, BATCH, 3 * UNITS);
    Tensor dstate = zeros(BATCH, UNITS);
    dstate.write(dlast.toDoubles());
    kernels.gruBackward(dinput, dhidden, dstate, dy, states, gates, w, lengths, reverse);
    Tensor dw = zeros(3 * UNITS, UNITS);
    Tensor dbias = zeros(3 * UNITS);
    kernels.denseBackwardWeights(
        dw, dbias, flat(dhidden), flat(previous(states, reverse)), GradientMode.OVERWRITE);

    check.check("input gates", input, loss, dinput);
    check.check("w", w, loss, dw);
    check.check("bias", bias, loss, dbias);
    check.check("initial state", initial(states, reverse), loss, dstate);
    check.check("constant gates", constant, loss, summedOverTime(dinput));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void lstm(boolean reverse) {
    Tensor input = random(STEPS, BATCH, 4 * UNITS);
    Tensor constant = random(BATCH, 4 * UNITS);
    Tensor w = random(4 * UNITS, UNITS);
    Tensor states = random(STEPS + 1, BATCH, UNITS);
    Tensor cells = random(STEPS + 1, BATCH, UNITS);
    Tensor gates = zeros(STEPS, BATCH, 4 * UNITS);
    Tensor dy = random(STEPS, BATCH, UNITS);
    Tensor dlast = random(1, BATCH, UNITS);
    Tensor dlastCell = random(1, BATCH, UNITS);
    DoubleSupplier loss =
        () -> {
          kernels.lstmForward(states, cells, gates, input, constant, w, lengths, reverse);
          return product(dy, outputs(states, reverse))
              + product(dlast, last(states, reverse))
              + product(dlastCell, last(cells, reverse));
        };
    loss.getAsDouble();

    Tensor dgates = zeros(STEPS, BATCH, 4 * UNITS);
    Tensor dstate = zeros(BATCH, UNITS);
    Tensor dcell = zeros(BATCH, UNITS);
    dstate.write(dlast.toDoubles());
    dcell.write(dlastCell.toDoubles());
    kernels.lstmBackward(dgates, dstate, dcell, dy, cells, gates, w, lengths, reverse);
    Tensor dw = zeros(4 * UNITS, UNITS);
    kernels.denseBackwardWeights(
        dw, null, flat(dgates), flat(previous(states, reverse)), GradientMode.OVERWRITE);

    check.check("input gates", input, loss, dgates);
    check.check("w", w, loss, dw);
    check.check("initial state", initial(states, reverse), loss, dstate);
    check.check("initial cell", initial(cells, reverse), loss, dcell);
    check.check("constant gates", constant, loss, summedOverTime(dgates));
  }

  private Tensor summedOverTime(Tensor dgates) {
    int columns = dgates.shape().size(1) * dgates.shape().size(2);
    Tensor sum = zeros(columns);
    kernels.columnSum(sum, dgates.reshaped(Shape.of(STEPS, columns)), GradientMode.OVERWRITE);
    return sum;
  }

  /** Steps taken one at a time are the sequence, forward and back. */
  @Test
  void stepByStep() {
    Tensor input = random(STEPS, BATCH, 3 * UNITS);
    Tensor w = random(3 * UNITS, UNITS);
    Tensor states = random(STEPS + 1, BATCH, UNITS);
    Tensor gates = zeros(STEPS, BATCH, 4 * UNITS);
    Tensor dy = random(STEPS, BATCH, UNITS);
    DoubleSupplier loss =
        () -> {
          for (int t = 0; t < STEPS; t++) {
            kernels.gruForward(
                states.rows(t, 2), gates.rows(t, 1), input.rows(t, 1), null, w, null, null, false);
          }
          return product(dy, outputs(states, false));
        };
    loss.getAsDouble();
    Tensor dinput = zeros(STEPS, BATCH, 3 * UNITS);
    Tensor dhidden = zeros(STEPS, BATCH, 3 * UNITS);
    Tensor dstate = zeros(BATCH, UNITS);
    for (int t = STEPS - 1; t >= 0; t--) {
      kernels.gruBackward(
          dinput.rows(t, 1),
          dhidden.rows(t, 1),
          dstate,
          dy.rows(t, 1),
          states.rows(t, 2),
          gates.rows(t, 1),
          w,
          null,
          false);
    }
    check.check("input gates", input, loss, dinput);
    check.check("initial state", initial(states, false), loss, dstate);
  }
}

package dev.figment.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.figment.contract.Values;
import dev.figment.cuda.CudaDevices;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import dev.figment.device.GradientMode;
import dev.figment.device.Likelihood;
import dev.figment.device.Recording;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.gradient.GradientCheck;
import dev.figment.nn.Recurrent.Cell;
import dev.figment.optim.Adam;
import dev.figment.reference.ReferenceDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Stacks of recurrent layers: gradients, steps one at a time, starts, recording, learning. */
class RecurrentNetworkTest {
  private static final int STEPS = 5;
  private static final int BATCH = 3;

  private final Resources resources = new Resources();
  private final Values values = new Values(12);

  @AfterEach
  void close() {
    resources.close();
  }

  private RecurrentNetwork network(Device device, Recurrent description) {
    Randomness randomness = resources.own(new Randomness(device, 42));
    return resources.own(new RecurrentNetwork(device, randomness, description)).initialise();
  }

  private Tensor lengths(Device device, int... lengths) {
    Tensor tensor = resources.own(device.allocate(DataType.INT32, Shape.of(lengths.length)));
    tensor.write(lengths);
    return tensor;
  }

  private void randomise(Tensor tensor) {
    tensor.write(values.signed(tensor.count()));
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

  // ---- gradients

  static List<Recurrent> stacks() {
    List<Recurrent> stacks = new ArrayList<>();
    for (Cell cell : Cell.values()) {
      Recurrent one = Recurrent.of(cell, 2, 3);
      stacks.add(one);
      stacks.add(one.withConstants(4).stacked(2));
      stacks.add(one.withConstants(1).stacked(3).readingBothWays());
    }
    return stacks;
  }

  /** A loss linear in all outputs and in all last states. */
  @ParameterizedTest
  @MethodSource("stacks")
  void gradients(Recurrent stack) {
    Device device = resources.own(new ReferenceDevice());
    RecurrentNetwork network = network(device, stack);
    randomise(network.parameters().values()); // biases too
    RecurrentPass.Builder plan =
        network.pass(STEPS, BATCH).training().withInputGradient().lengths(lengths(device, 5, 2, 4));
    if (stack.constants() > 0) {
      plan.withConstantGradient();
    }
    RecurrentPass pass = resources.own(plan.build());
    randomise(pass.input());
    if (stack.constants() > 0) {
      randomise(pass.constant());
    }
    for (int direction = 0; direction < stack.directions(); direction++) {
      randomise(pass.outputGradient(direction));
      for (int layer = 0; layer < stack.layers(); layer++) {
        randomise(pass.lastStateGradient(layer, direction));
        randomise(pass.initialState(layer, direction));
      }
    }
    DoubleSupplier loss =
        () -> {
          pass.forward();
          double sum = 0;
          for (int direction = 0; direction < stack.directions(); direction++) {
            sum += product(pass.output(direction), pass.outputGradient(direction));
            for (int layer = 0; layer < stack.layers(); layer++) {
              sum +=
                  product(
                      pass.lastState(layer, direction), pass.lastStateGradient(layer, direction));
            }
          }
          return sum;
        };
    loss.getAsDouble();
    pass.backward(GradientMode.OVERWRITE);

    GradientCheck check = new GradientCheck();
    for (String name : network.parameters().names()) {
      check.check(
          name, network.parameters().value(name), loss, network.parameters().gradient(name));
    }
    check.check("input", pass.input(), loss, pass.inputGradient());
    if (stack.constants() > 0) {
      check.check("constant", pass.constant(), loss, pass.constantGradient());
    }
    for (int direction = 0; direction < stack.directions(); direction++) {
      check.check(
          "initial state",
          pass.initialState(0, direction),
          loss,
          pass.initialStateGradient(0, direction));
    }
    // Once more, added.
    double[] once = network.parameters().gradients().toDoubles();
    pass.forward();
    pass.backward(GradientMode.ACCUMULATE);
    double[] twice = network.parameters().gradients().toDoubles();
    for (int i = 0; i < once.length; i++) {
      assertThat(twice[i]).isCloseTo(2 * once[i], within(1e-12));
    }
  }

  /** Only the last states have a gradient: an encoder. */
  @ParameterizedTest
  @EnumSource
  void gradientsFromLastStates(Cell cell) {
    Device device = resources.own(new ReferenceDevice());
    RecurrentNetwork network = network(device, Recurrent.of(cell, 2, 3).readingBothWays());
    RecurrentPass pass =
        resources.own(network.pass(STEPS, BATCH).training().fromLastStates().build());
    randomise(pass.input());
    randomise(pass.lastStateGradient(0, 0));
    randomise(pass.lastStateGradient(0, 1));
    DoubleSupplier loss =
        () -> {
          pass.forward();
          return product(pass.lastState(0, 0), pass.lastStateGradient(0, 0))
              + product(pass.lastState(0, 1), pass.lastStateGradient(0, 1));
        };
    loss.getAsDouble();
    pass.backward(GradientMode.OVERWRITE);
    new GradientCheck()
        .check(
            "parameters",
            network.parameters().value(prefix(cell) + "hidden_weight"),
            loss,
            network.parameters().gradient(prefix(cell) + "hidden_weight"));
    assertThatThrownBy(() -> pass.outputGradient(0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("planned without its output's gradient");
  }

  private static String prefix(Cell cell) {
    return cell == Cell.GRU ? "gru_1." : "lstm_1.";
  }

  // ---- steps one at a time

  @ParameterizedTest
  @EnumSource
  void stepsOneAtATimeAreTheSequence(Cell cell) {
    Device device = resources.own(new ReferenceDevice());
    RecurrentNetwork network =
        network(device, Recurrent.of(cell, 2, 3).withConstants(2).stacked(2));
    RecurrentPass whole = trainedPass(network);
    RecurrentPass single = trainedPass(network);
    randomise(whole.input());
    randomise(whole.constant());
    randomise(whole.outputGradient(0));
    randomise(whole.initialState(1, 0));
    single.input().write(whole.input().toDoubles());
    single.constant().write(whole.constant().toDoubles());
    single.outputGradient(0).write(whole.outputGradient(0).toDoubles());
    single.initialState(1, 0).write(whole.initialState(1, 0).toDoubles());

    whole.forward();
    single.begin();
    for (int step = 0; step < STEPS; step++) {
      single.forwardStep(step);
    }
    assertThat(single.output(0).toDoubles()).isEqualTo(whole.output(0).toDoubles());

    whole.backward(GradientMode.OVERWRITE);
    double[] gradients = network.parameters().gradients().toDoubles();
    single.beginBackward();
    for (int step = STEPS - 1; step >= 0; step--) {
      single.backwardStep(step);
    }
    single.finishBackward(GradientMode.OVERWRITE);
    assertThat(network.parameters().gradients().toDoubles()).isEqualTo(gradients);
    assertThat(single.inputGradient().toDoubles()).isEqualTo(whole.inputGradient().toDoubles());
    assertThat(single.constantGradient().toDoubles())
        .isEqualTo(whole.constantGradient().toDoubles());
  }

  private RecurrentPass trainedPass(RecurrentNetwork network) {
    return resources.own(
        network.pass(STEPS, BATCH).training().withInputGradient().withConstantGradient().build());
  }

  @Test
  void stepsOneAtATimeGoForwardAlone() {
    Device device = resources.own(new ReferenceDevice());
    RecurrentPass pass =
        resources.own(
            network(device, Recurrent.of(Cell.GRU, 2, 3).readingBothWays())
                .pass(STEPS, BATCH)
                .build());
    assertThatThrownBy(() -> pass.forwardStep(0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("reads forward alone");
  }

  // ---- starts

  @Test
  void starts() {
    Device device = resources.own(new ReferenceDevice());
    Parameters lstm = network(device, Recurrent.of(Cell.LSTM, 2, 4)).parameters();
    assertThat(lstm.names())
        .containsExactly("lstm_1.input_weight", "lstm_1.input_bias", "lstm_1.hidden_weight");
    assertThat(lstm.value("lstm_1.input_bias").toDoubles())
        .containsExactly(0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    double[] w = lstm.value("lstm_1.hidden_weight").toDoubles();
    for (int gate = 0; gate < 4; gate++) {
      for (int a = 0; a < 4; a++) {
        for (int b = 0; b < 4; b++) {
          double sum = 0;
          for (int k = 0; k < 4; k++) {
            sum += w[(gate * 4 + a) * 4 + k] * w[(gate * 4 + b) * 4 + k];
          }
          assertThat(sum).isCloseTo(a == b ? 1 : 0, within(1e-12));
        }
      }
    }
    Recurrent both = Recurrent.of(Cell.GRU, 2, 4).withConstants(1).stacked(2).readingBothWays();
    assertThat(network(device, both).parameters().names())
        .startsWith("gru_1.input_weight", "gru_1.constant_weight", "gru_1.input_bias")
        .contains("gru_1_reverse.hidden_bias", "gru_2.input_weight", "gru_2.input_weight_reverse")
        .doesNotContain("gru_2.constant_weight")
        .hasSize(2 * 5 + 2 * 5);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Device device = resources.own(new ReferenceDevice());
    assertThatThrownBy(() -> Recurrent.of(Cell.GRU, 0, 3))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("0 inputs");
    RecurrentNetwork network = network(device, Recurrent.of(Cell.GRU, 2, 3));
    RecurrentPass.Builder plan = network.pass(STEPS, BATCH);
    Tensor wrong = resources.own(device.allocate(DataType.REAL, Shape.of(STEPS, BATCH, 3)));
    assertThatThrownBy(() -> plan.from(wrong))
        .isInstanceOf(FigmentException.class)
        .hasMessage(
            "A recurrent pass over 5 steps of 3 sequences takes its input in shape 5x3x2 and got 5x3x3.");
    assertThatThrownBy(plan::withConstantGradient)
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("has none");
    Tensor reals = resources.own(device.allocate(DataType.REAL, Shape.of(BATCH)));
    assertThatThrownBy(() -> plan.lengths(reals))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("INT32");
  }

  // ---- on the devices

  /** A recorded step allocates nothing, and its replay gives the same numbers. */
  @ParameterizedTest
  @EnumSource
  @Tag("sim")
  void aStepCanBeRecorded(Cell cell) {
    Device gpu = resources.own(CudaDevices.openShipped());
    Device cpu = resources.own(Devices.open("cpu", 1).device());
    Recurrent stack = Recurrent.of(cell, 3, 5).withConstants(2).stacked(2).readingBothWays();
    float[] expected = gradients(cpu, stack);
    assertThat(gradients(gpu, stack)).usingComparatorWithPrecision(1e-4f).containsExactly(expected);
  }

  private float[] gradients(Device device, Recurrent stack) {
    RecurrentNetwork network = network(device, stack);
    Values same = new Values(4);
    network
        .parameters()
        .values()
        .write(same.uniform(network.parameters().values().count(), -0.5, 0.5));
    RecurrentPass pass =
        resources.own(
            network
                .pass(STEPS, BATCH)
                .training()
                .withInputGradient()
                .withConstantGradient()
                .lengths(lengths(device, 2, 5, 3))
                .build());
    pass.input().write(same.signed(pass.input().count()));
    pass.constant().write(same.signed(pass.constant().count()));
    pass.outputGradient(0).write(same.signed(pass.outputGradient(0).count()));
    pass.outputGradient(1).write(same.signed(pass.outputGradient(1).count()));
    Runnable step =
        () -> {
          pass.forward();
          pass.backward(GradientMode.OVERWRITE);
        };
    step.run();
    float[] first = network.parameters().gradients().toFloats();
    try (Recording recording = device.record(step)) {
      device.kernels().fill(network.parameters().gradients(), 0);
      recording.replay();
      assertThat(network.parameters().gradients().toFloats()).isEqualTo(first);
    }
    return first;
  }

  /** The last state comes to tell what the first step was, and nothing else does. */
  @ParameterizedTest
  @EnumSource
  void learnsToRemember(Cell cell) {
    int steps = 10;
    int batch = 32;
    Device device = resources.own(Devices.open("cpu", 2).device());
    RecurrentNetwork network = network(device, Recurrent.of(cell, 1, 16));
    Randomness randomness = resources.own(new Randomness(device, 7));
    Network head =
        resources.own(new Network(device, randomness, Shape.of(16), List.of(Dense.of(1))));
    head.initialise();
    RecurrentPass pass =
        resources.own(network.pass(steps, batch).training().fromLastStates().build());
    Pass read =
        resources.own(
            head.pass(batch).training().withInputGradient().from(pass.lastState(0, 0)).build());
    Tensor result = resources.own(device.allocate(DataType.REAL, Shape.of(1)));
    Tensor gradient = resources.own(device.allocate(DataType.REAL, Shape.of(batch, 1)));
    Tensor target = pass.input().rows(0, 1).reshaped(Shape.of(batch, 1));
    Adam below = resources.own(new Adam(device, network.parameters(), 0.01, 0.9, 0.999, 1e-8));
    Adam above = resources.own(new Adam(device, head.parameters(), 0.01, 0.9, 0.999, 1e-8));
    double loss = 0;
    for (int step = 0; step < 300; step++) {
      randomise(pass.input());
      pass.forward();
      read.forward();
      device
          .kernels()
          .reconstructionLoss(
              result, null, gradient, read.output(), target, null, Likelihood.SQUARED_ERROR, batch);
      read.backward(gradient, GradientMode.OVERWRITE);
      device.kernels().copy(pass.lastStateGradient(0, 0), read.inputGradient());
      pass.backward(GradientMode.OVERWRITE);
      below.step();
      above.step();
      loss = result.toDoubles()[0];
    }
    // The variance of the target is 1/3.
    assertThat(loss).isLessThan(0.03);
  }
}

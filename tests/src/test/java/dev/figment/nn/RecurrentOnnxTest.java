package dev.figment.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.figment.contract.Values;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.nn.Recurrent.Cell;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The recurrent layer against the ONNX standard's GRU (linear_before_reset = 1) and LSTM, computed
 * by ONNX Runtime: both directions, unequal lengths, initial states.
 */
class RecurrentOnnxTest {
  private static final int STEPS = 7;
  private static final int BATCH = 5;
  private static final int INPUTS = 3;
  private static final int UNITS = 6;
  private static final int[] LENGTHS = {7, 1, 4, 6, 2};
  private static final double TOLERANCE = 2e-6;

  private final Resources resources = new Resources();
  private final Values values = new Values(31);

  @AfterEach
  void close() {
    resources.close();
  }

  @ParameterizedTest
  @EnumSource
  void agreesWithOnnxRuntime(Cell cell) throws OrtException {
    Device device = resources.own(Devices.open("cpu", 2).device());
    Randomness randomness = resources.own(new Randomness(device, 1));
    Recurrent stack = Recurrent.of(cell, INPUTS, UNITS).readingBothWays();
    RecurrentNetwork network = resources.own(new RecurrentNetwork(device, randomness, stack));
    randomise(network.parameters().values());
    Tensor lengths = resources.own(device.allocate(DataType.INT32, Shape.of(BATCH)));
    lengths.write(LENGTHS);
    RecurrentPass pass = resources.own(network.pass(STEPS, BATCH).lengths(lengths).build());
    randomise(pass.input());
    randomise(pass.initialState(0, 0));
    randomise(pass.initialState(0, 1));
    pass.forward();

    Map<String, float[]> expected = onnx(stack, network.parameters(), pass);
    for (int direction = 0; direction < 2; direction++) {
      float[] last = pass.lastState(0, direction).toFloats();
      float[] output = pass.output(direction).toFloats();
      for (int n = 0; n < BATCH; n++) {
        for (int u = 0; u < UNITS; u++) {
          int unit = n * UNITS + u;
          assertThat((double) last[unit])
              .isCloseTo(expected.get("Y_h")[direction * BATCH * UNITS + unit], within(TOLERANCE));
          for (int t = 0; t < LENGTHS[n]; t++) {
            assertThat((double) output[t * BATCH * UNITS + unit])
                .as("direction %d, step %d, sample %d, unit %d", direction, t, n, u)
                .isCloseTo(
                    expected.get("Y")[(t * 2 + direction) * BATCH * UNITS + unit],
                    within(TOLERANCE));
          }
        }
      }
    }
  }

  private void randomise(Tensor tensor) {
    tensor.write(values.signed(tensor.count()));
  }

  /** The operator's outputs Y [T][2][N][H] and Y_h [2][N][H] on the same numbers. */
  private static Map<String, float[]> onnx(
      Recurrent stack, Parameters parameters, RecurrentPass pass) throws OrtException {
    boolean gru = stack.cell() == Cell.GRU;
    int rows = (gru ? 3 : 4) * UNITS;
    OnnxNode node =
        new OnnxNode(gru ? "GRU" : "LSTM")
            .input("X", OnnxNode.FLOAT, STEPS, BATCH, INPUTS)
            .input("W", OnnxNode.FLOAT, 2, rows, INPUTS)
            .input("R", OnnxNode.FLOAT, 2, rows, UNITS)
            .input("B", OnnxNode.FLOAT, 2, 2 * rows)
            .input("sequence_lens", OnnxNode.INT32, BATCH)
            .input("initial_h", OnnxNode.FLOAT, 2, BATCH, UNITS)
            .output("Y", STEPS, 2, BATCH, UNITS)
            .output("Y_h", 2, BATCH, UNITS)
            .attribute("hidden_size", UNITS)
            .attribute("direction", "bidirectional");
    if (gru) {
      node.attribute("linear_before_reset", 1);
    }
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      try (OrtSession session = environment.createSession(node.model(), options)) {
        inputs.put("X", reals(pass.input().toFloats(), STEPS, BATCH, INPUTS));
        inputs.put("W", reals(both(stack, parameters, "input_weight"), 2, rows, INPUTS));
        inputs.put("R", reals(both(stack, parameters, "hidden_weight"), 2, rows, UNITS));
        inputs.put("B", reals(biases(stack, parameters, rows), 2, 2 * rows));
        inputs.put("sequence_lens", integers());
        inputs.put(
            "initial_h",
            reals(
                joined(pass.initialState(0, 0).toFloats(), pass.initialState(0, 1).toFloats()),
                2,
                BATCH,
                UNITS));
        try (OrtSession.Result result = session.run(inputs)) {
          return Map.of(
              "Y", numbers((OnnxTensor) result.get(0)), "Y_h", numbers((OnnxTensor) result.get(1)));
        }
      }
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  // ---- our order of gates to ONNX's

  /** ONNX's gates are z, r, h of a GRU and i, o, f, c of an LSTM. */
  private static int[] order(Cell cell) {
    return cell == Cell.GRU ? new int[] {1, 0, 2} : new int[] {0, 3, 1, 2};
  }

  private static float[] reordered(Cell cell, float[] ours) {
    int[] order = order(cell);
    int each = ours.length / order.length;
    float[] result = new float[ours.length];
    for (int gate = 0; gate < order.length; gate++) {
      System.arraycopy(ours, order[gate] * each, result, gate * each, each);
    }
    return result;
  }

  private static float[] both(Recurrent stack, Parameters parameters, String name) {
    return joined(one(stack, parameters, 0, name), one(stack, parameters, 1, name));
  }

  private static float[] one(Recurrent stack, Parameters parameters, int direction, String name) {
    String full = stack.prefix(0, direction) + name;
    return reordered(stack.cell(), parameters.value(full).toFloats());
  }

  /** Of each direction the input's bias, then the state's, which our LSTM has not. */
  private static float[] biases(Recurrent stack, Parameters parameters, int rows) {
    float[] result = new float[0];
    for (int direction = 0; direction < 2; direction++) {
      float[] hidden =
          stack.cell() == Cell.GRU
              ? one(stack, parameters, direction, "hidden_bias")
              : new float[rows];
      result = joined(result, joined(one(stack, parameters, direction, "input_bias"), hidden));
    }
    return result;
  }

  private static float[] joined(float[] a, float[] b) {
    float[] result = new float[a.length + b.length];
    System.arraycopy(a, 0, result, 0, a.length);
    System.arraycopy(b, 0, result, a.length, b.length);
    return result;
  }

  private static OnnxTensor reals(float[] numbers, long... sizes) throws OrtException {
    return OnnxTensor.createTensor(
        OrtEnvironment.getEnvironment(), FloatBuffer.wrap(numbers), sizes);
  }

  private static OnnxTensor integers() throws OrtException {
    return OnnxTensor.createTensor(
        OrtEnvironment.getEnvironment(), IntBuffer.wrap(LENGTHS), new long[] {BATCH});
  }

  private static float[] numbers(OnnxTensor tensor) {
    FloatBuffer buffer = tensor.getFloatBuffer();
    float[] result = new float[buffer.remaining()];
    buffer.get(result);
    return result;
  }
}

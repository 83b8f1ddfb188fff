package dev.figment.eval;

import dev.figment.data.SequenceBatch;
import dev.figment.device.Activation;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Likelihood;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.nn.Dense;
import dev.figment.nn.Network;
import dev.figment.nn.Parameters;
import dev.figment.nn.Randomness;
import dev.figment.nn.Recurrent;
import dev.figment.nn.RecurrentNetwork;
import dev.figment.nn.RecurrentPass;
import dev.figment.optim.Adam;
import dev.figment.optim.Optimizer;
import java.util.List;

/** A layer of gated recurrent units and a dense layer on its states, as measures train them. */
final class SmallGru implements AutoCloseable {
  private static final int UNITS = 24;
  private static final double RATE = 5e-3;
  private static final String WEIGHT = "dense_1.weight";
  private static final String BIAS = "dense_1.bias";

  private final Kernels kernels;
  private final int batch;
  private final Likelihood likelihood;
  private final Network head;
  private final RecurrentPass pass;
  private final Tensor lengths;
  private final Tensor states; // rows x units
  private final Tensor dstates;
  private final Tensor target; // rows x outputs
  private final Tensor weights;
  private final Tensor prediction;
  private final Tensor dprediction;
  private final Tensor result;
  private final Optimizer recurrentOptimizer;
  private final Optimizer headOptimizer;
  private final Resources resources = new Resources();

  /**
   * @param steps T
   * @param inputs numbers a step
   * @param outputs numbers a row
   * @param last whether a row is a sequence, seen at its end, or each of its steps
   * @param batch sequences at a time
   * @param likelihood of the outputs
   */
  SmallGru(
      Device device,
      long seed,
      int steps,
      int inputs,
      int outputs,
      boolean last,
      int batch,
      Likelihood likelihood) {
    this.batch = batch;
    this.likelihood = likelihood;
    kernels = device.kernels();
    int rows = last ? batch : steps * batch;
    try {
      Randomness randomness = resources.own(new Randomness(device, seed));
      RecurrentNetwork network =
          resources
              .own(
                  new RecurrentNetwork(
                      device, randomness, Recurrent.of(Recurrent.Cell.GRU, inputs, UNITS)))
              .initialise();
      head =
          resources
              .own(new Network(device, randomness, Shape.of(UNITS), List.of(Dense.of(outputs))))
              .initialise();
      lengths = resources.own(device.allocate(DataType.INT32, Shape.of(batch)));
      RecurrentPass.Builder plan = network.pass(steps, batch).training().lengths(lengths);
      pass = resources.own((last ? plan.fromLastStates() : plan).build());
      states = last ? pass.lastState(0, 0) : rows(pass.output(0), rows);
      dstates = last ? pass.lastStateGradient(0, 0) : rows(pass.outputGradient(0), rows);
      target = real(device, rows, outputs);
      weights = real(device, rows, outputs);
      prediction = real(device, rows, outputs);
      dprediction = real(device, rows, outputs);
      result = real(device, 1);
      recurrentOptimizer = adam(device, network.parameters());
      headOptimizer = adam(device, head.parameters());
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  private Optimizer adam(Device device, Parameters parameters) {
    return resources.own(new Adam(device, parameters, RATE, 0.9, 0.999, 1e-8));
  }

  private Tensor real(Device device, int... sizes) {
    return resources.own(device.allocate(DataType.REAL, Shape.of(sizes)));
  }

  private static Tensor rows(Tensor tensor, int rows) {
    return tensor.reshaped(Shape.of(rows, UNITS));
  }

  /** What it says of each row: rows x outputs. */
  float[] predict(SequenceBatch sequences) {
    pass.input().write(sequences.values());
    lengths.write(sequences.lengths());
    pass.forward();
    kernels.denseForward(
        prediction,
        states,
        head.parameters().value(WEIGHT),
        head.parameters().value(BIAS),
        Activation.IDENTITY);
    return prediction.toFloats();
  }

  /**
   * One update.
   *
   * @param targets rows x outputs
   * @param weight of each target; 0 leaves it out
   */
  void train(SequenceBatch sequences, float[] targets, float[] weight) {
    predict(sequences);
    target.write(targets);
    weights.write(weight);
    kernels.reconstructionLoss(
        result, null, dprediction, prediction, target, weights, likelihood, batch);
    kernels.denseBackwardWeights(
        head.parameters().gradient(WEIGHT),
        head.parameters().gradient(BIAS),
        dprediction,
        states,
        GradientMode.OVERWRITE);
    kernels.denseBackwardData(dstates, dprediction, head.parameters().value(WEIGHT));
    pass.backward(GradientMode.OVERWRITE);
    recurrentOptimizer.step();
    headOptimizer.step();
  }

  @Override
  public void close() {
    resources.close();
  }
}

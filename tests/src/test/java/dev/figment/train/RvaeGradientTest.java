package dev.figment.train;

import dev.figment.data.SequenceDataset;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Likelihood;
import dev.figment.device.Tensor;
import dev.figment.gradient.GradientCheck;
import dev.figment.model.RvaeArchitecture;
import dev.figment.nn.Parameters;
import dev.figment.nn.Recurrent.Cell;
import dev.figment.optim.OptimizerKind;
import dev.figment.optim.OptimizerNumbers;
import dev.figment.reference.ReferenceDevice;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The whole training step against central differences of its loss, in double precision. */
class RvaeGradientTest {
  private static final int BATCH = 3;
  private static final double BETA = 0.7;
  private static final double NO_RATE = 1e-300;

  @ParameterizedTest
  @EnumSource(Cell.class)
  void numbersOfUnequalLengths(Cell cell) {
    SequenceDataset data = RvaeModels.series(2 * BATCH);
    check(data, config(RvaeModels.ofNumbers(cell, Likelihood.gaussian(0.1), 1, false)));
    check(
        data,
        config(RvaeModels.ofNumbers(cell, Likelihood.GAUSSIAN_LEARNED, 2, true)).inputDropout(0.5));
  }

  @ParameterizedTest
  @EnumSource(Cell.class)
  void symbols(Cell cell) {
    SequenceDataset data = RvaeModels.text();
    check(data, config(RvaeModels.ofSymbols(cell, 1, false)));
    check(data, config(RvaeModels.ofSymbols(cell, 2, true)).inputDropout(0.5));
  }

  @ParameterizedTest
  @EnumSource(Cell.class)
  void freelyThroughTheMeans(Cell cell) {
    SequenceDataset data = RvaeModels.series(2 * BATCH);
    check(
        data,
        config(RvaeModels.ofNumbers(cell, Likelihood.GAUSSIAN_LEARNED, 2, false))
            .freeRunning(true));
  }

  @ParameterizedTest
  @EnumSource(Cell.class)
  void aLatentAStep(Cell cell) {
    SequenceDataset numbers = RvaeModels.series(2 * BATCH);
    check(numbers, perStep(RvaeModels.ofNumbers(cell, Likelihood.gaussian(0.1), 1, false)));
    check(
        numbers,
        perStep(RvaeModels.ofNumbers(cell, Likelihood.GAUSSIAN_LEARNED, 2, true))
            .inputDropout(0.5)
            .accumulate(2));
    check(
        numbers,
        perStep(RvaeModels.ofNumbers(cell, Likelihood.GAUSSIAN_LEARNED, 1, true))
            .freeRunning(true));
    check(RvaeModels.text(), perStep(RvaeModels.ofSymbols(cell, 2, true)).inputDropout(0.5));
  }

  private static RvaeConfig.Builder perStep(RvaeArchitecture architecture) {
    return config(architecture.withLatentPerStep(true));
  }

  @Test
  void accumulatedBatchesAreOneLargeBatch() {
    check(
        RvaeModels.series(2 * BATCH),
        config(RvaeModels.ofNumbers(Cell.GRU, Likelihood.gaussian(0.5), 1, true)).accumulate(2));
  }

  private static RvaeConfig.Builder config(RvaeArchitecture architecture) {
    return RvaeConfig.of(architecture)
        .batch(BATCH)
        .kl(new KlTerm(BETA, 0, 0, 0, 0, 0))
        .optimizer(OptimizerKind.SGD, new OptimizerNumbers(0, 0, 0, false, 0))
        .learningRate(NO_RATE);
  }

  private static void check(SequenceDataset data, RvaeConfig.Builder config) {
    try (Device device = new ReferenceDevice();
        RvaeTrainer trainer = new RvaeTrainer(device, config.build(), data)) {
      Tensor counter = trainer.state().get("random.counter");
      Random random = new Random(9);
      for (Parameters part : trainer.rvae().parts().values()) {
        for (String name : part.names()) { // biases are not zeros, and the KL is not at its minimum
          Tensor value = part.value(name);
          value.write(random.doubles(value.count()).map(u -> 2 * u - 1).toArray());
        }
      }
      DoubleSupplier loss =
          () -> {
            counter.write(7); // the same noise, on the same sequences
            trainer.restore(0, 0, 0);
            RvaeStep step = trainer.step();
            return step.reconstruction() + BETA * step.kl();
          };
      for (Map.Entry<String, Parameters> part : trainer.rvae().parts().entrySet()) {
        for (String name : part.getValue().names()) {
          loss.getAsDouble();
          Tensor gradient = part.getValue().gradient(name);
          Tensor copy = device.allocate(DataType.REAL, gradient.shape());
          copy.write(gradient.toDoubles()); // for every evaluation computes it anew
          new GradientCheck(1e-5, 8)
              .check(part.getKey() + "." + name, part.getValue().value(name), loss, copy);
          copy.memory().close();
        }
      }
    }
  }
}
